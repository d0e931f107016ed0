#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace bellwether {

/// Which part of a date such as 03/04/2026 comes first.
enum class DateOrder { kUnknown, kDayFirst, kMonthFirst };

/// What a time was written as.
enum class TimeKind {
  kEpoch,     ///< a plain number: seconds, milliseconds, microseconds or nanoseconds since 1970
  kCalendar,  ///< a date, or a date and a time of day
};

/// A time as it was read.
struct ParsedTime {
  int64_t unix_ns = 0;
  TimeKind kind = TimeKind::kCalendar;
  bool has_zone = false;  ///< the text itself fixes the moment: it has a zone or an offset, or is an epoch number
};

/// Reads times as people write them:
///   2026-11-20T12:34:56.789Z, 2026-11-20 12:34:56+01:00, 2026-11-20 12:34, 2026-11-20, 20261120T123456Z
///   2026/11/20 …, 2026.11.20 …, 20.11.2026 … (day first), 20/11/2026 …, 11/20/2026 3:04 PM (see DateOrder)
///   epoch numbers with their unit told by magnitude: |x| < 1e11 seconds, < 1e14 milliseconds, < 1e17 microseconds,
///   else nanoseconds; a fraction is kept to the nanosecond.
/// Times without a zone are in the zone of the options; the hour that a change to winter time repeats is read as its
/// first pass. Digits past the nanosecond are cut off. Leap seconds count as the second that follows. Not thread-safe
/// (remembers the last offset).
class TimeParser {
 public:
  struct Options {
    absl::TimeZone zone = absl::UTCTimeZone();  ///< for times that name none
    DateOrder date_order = DateOrder::kUnknown;
    std::string format;  ///< strptime pattern (absl::ParseTime); when given nothing else is read
  };

  TimeParser() = default;
  explicit TimeParser(Options options);

  /// The moment that `text` names, nothing when it names none (or one before 1677 or after 2262).
  [[nodiscard]] std::optional<ParsedTime> Parse(std::string_view text);

 private:
  std::optional<ParsedTime> ParseCalendar(std::string_view text);
  std::optional<ParsedTime> ParseWithFormat(std::string_view text) const;
  int64_t LocalOffsetSeconds(int64_t local_seconds);

  Options options_;
  bool zone_is_utc_ = true;
  int64_t memo_quarter_ = INT64_MIN;  ///< local quarter of an hour whose offset is remembered
  int64_t memo_offset_s_ = 0;
};

/// Nanoseconds since the epoch of a time as TimeParser reads it, without a zone meaning UTC and with dates such as
/// 03/04/2026 refused. Nothing when `text` is no time.
[[nodiscard]] std::optional<int64_t> ParseTimestamp(std::string_view text);

/// What one text tells about the order of day and month.
enum class DateOrderHint {
  kNone,        ///< not a date of this form (or year first, or with dots)
  kAmbiguous,   ///< both numbers are at most 12
  kDayFirst,    ///< the first number is above 12
  kMonthFirst,  ///< the second number is above 12
};
[[nodiscard]] DateOrderHint HintOf(std::string_view text);

}  // namespace bellwether
