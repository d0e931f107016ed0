#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/seasonality/period_finder.h"

namespace bellwether {

/// How strong each of the periods `found` (in steps, the order in which they were found) is in `values` (finite):
/// strongest first, without those that explain nothing once the earlier ones are taken out. O(n) for each.
[[nodiscard]] std::vector<Period> RatePeriods(std::span<const double> values, std::span<const size_t> found);

}  // namespace bellwether
