#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// The history with its lone outliers at what was usual there: one to three values in a row, far above or below both
/// what the same phase had in the seasons around and, without the season, the values before and after (additive
/// outliers: Fox 1972, "Outliers in time series"). Members that look back a season would forecast them again. Far is
/// six robust deviations of the usual and 2.5 times as far as 98 % of the values. What happened at the same phase of
/// any season at least half as far, what happens more than once in a hundred rows and ten seasons, and what is not
/// followed by two rows back at the level before (it may be a new one) is left alone. `seasons` ascending; the shortest
/// must have been seen four times, else the history is returned as it is. O(n seasons).
[[nodiscard]] std::vector<double> WithoutLoneOutliers(std::span<const double> history, std::span<const size_t> seasons);

}  // namespace bellwether
