#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "server/analytics/forecast/holiday_table.h"

namespace bellwether {

/// The holidays of an iCalendar file (RFC 5545): each day of each event, between `from` and `to` (both included), in
/// order of time. Times of day and zones of events are not looked at, only their days. Events may repeat yearly (RRULE
/// FREQ=YEARLY with INTERVAL, COUNT and UNTIL); of those that repeat in another way only the first is taken.
struct IcsHolidays {
  std::vector<Holiday> days;
  size_t skipped = 0;     ///< events without a readable DTSTART
  size_t simplified = 0;  ///< events whose rule of repetition is not followed
};
/// INVALID_ARGUMENT (downstream) when `text` is no calendar or holds more than 10,000 events.
[[nodiscard]] absl::StatusOr<IcsHolidays> ReadIcs(std::string_view text, absl::CivilDay from, absl::CivilDay to);

/// Those of a country (empty = none; see CountryHolidays) and of an iCalendar text together.
[[nodiscard]] absl::StatusOr<IcsHolidays> FindHolidays(std::string_view country, const std::optional<std::string>& ics,
                                                       absl::CivilDay from, absl::CivilDay to);

/// A sentence on the events of a calendar that were passed over; empty for none.
[[nodiscard]] std::string PassedOver(const IcsHolidays& holidays);

/// What the calendar is to explain.
struct CalendarOptions {
  bool weekdays = false;
  std::vector<Holiday> holidays;  ///< empty = none
  absl::TimeZone zone = absl::UTCTimeZone();
};

/// The name of the column of holidays.
inline constexpr const char* kHolidayColumn = "holiday";

/// The group of the columns of weekdays among regressors.
inline constexpr int kWeekdayGroup = 1;

/// One explaining column of the calendar.
struct CalendarColumn {
  std::string name;  ///< "Monday" … "Saturday", or "holiday"
  std::vector<double> values;
};

/// Columns for `count` buckets of `step_ns` from `start_unix_ns` on, on the clock of the zone. Weekdays are six
/// columns, Monday to Saturday, each 1 on its day and -1 on Sundays, so that coefficients are differences from the
/// average day and Sunday's is minus their sum; left out for steps above a day. `holiday` is 1 on holidays; a bucket of
/// several days has the mean of its days.
[[nodiscard]] std::vector<CalendarColumn> CalendarColumns(const CalendarOptions& options, int64_t start_unix_ns,
                                                          int64_t step_ns, size_t count);

/// The same for buckets of `step_ns` that begin at any times.
[[nodiscard]] std::vector<CalendarColumn> CalendarColumns(const CalendarOptions& options,
                                                          std::span<const int64_t> begin_unix_ns, int64_t step_ns);

}  // namespace bellwether
