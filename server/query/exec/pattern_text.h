#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/analytics/patterns/patterns.h"

namespace bellwether {

/// "between 06:00 and 07:00 UTC", or "on Mondays".
[[nodiscard]] std::string HourText(size_t hour);
[[nodiscard]] std::string WeekdayText(size_t day);
/// The same for the cells of a table: "06:00 to 07:00 UTC", and "Monday".
[[nodiscard]] std::string HourName(size_t hour);
[[nodiscard]] std::string_view WeekdayName(size_t day);

/// "a daily pattern (71 % of its variation), a weekly pattern (9 % …)"; "none that repeats" where there is none.
[[nodiscard]] std::string PeriodsText(const Patterns& patterns, int64_t step_ns);

/// The patterns of a series in sentences, each with the numbers it rests on: what repeats, the highest and lowest hours
/// and days with their size, and what the series mainly is.
[[nodiscard]] std::string PatternsText(const Patterns& patterns, int64_t step_ns, std::string_view unit);

}  // namespace bellwether
