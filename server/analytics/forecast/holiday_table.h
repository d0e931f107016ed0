#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"

namespace bellwether {

/// A day that differs from its weekday.
struct Holiday {
  absl::CivilDay day;
  std::string name;
  friend bool operator==(const Holiday&, const Holiday&) = default;
};

/// A country whose public holidays are known.
struct HolidayCountry {
  std::string_view code;  ///< ISO 3166-1 alpha-2
  std::string_view name;
};

/// The countries of the built-in table, by code.
[[nodiscard]] std::span<const HolidayCountry> HolidayCountries();

/// The public holidays that all (or nearly all) of a country keeps, in the years given (1900 to 2200, both included),
/// in order of time, with the days off in lieu where the law moves them. INVALID_ARGUMENT (downstream) with the known
/// codes for a country that is not in the table.
[[nodiscard]] absl::StatusOr<std::vector<Holiday>> CountryHolidays(std::string_view code, int from_year, int to_year);

/// Sunday of Easter in the Gregorian calendar (Meeus, Jones and Butcher's rule).
[[nodiscard]] absl::CivilDay EasterSunday(int year);

}  // namespace bellwether
