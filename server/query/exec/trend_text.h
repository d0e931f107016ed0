#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/analytics/trend/trend_outlook.h"

namespace bellwether {

/// A trend in sentences, each with the number it rests on: slope a day (a week, for steps of a day and more) with its
/// interval and in percent, how much of the variation the line explains, the recent course, and the chance that it goes
/// on. Quantities in `unit`.
[[nodiscard]] std::string TrendText(const TrendOutlook& outlook, int64_t step_ns, std::string_view unit);

}  // namespace bellwether
