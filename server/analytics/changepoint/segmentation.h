#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Splits `values` into segments of constant mean: the exact minimum of (residual sum of squares) / `variance` +
/// `penalty` a change, segments being at least `min_length` long (optimal partitioning: Jackson et al. 2005, "An
/// algorithm for optimal partitioning of data on an interval"). Returns the first index of each segment but the first.
/// Long series are averaged in bins for the search, and the places refined afterwards, so the time is bounded by that
/// of 1,500 bins.
[[nodiscard]] std::vector<size_t> SegmentMeans(std::span<const double> values, double variance, double penalty,
                                               size_t min_length);

}  // namespace bellwether
