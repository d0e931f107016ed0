#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// What a search for segments assumes and charges.
struct SegmentSearch {
  double phi = 0;            ///< noise: z_t = phi z_t-1 + e_t, below 1
  double variance = 1;       ///< of e, above 0
  double change_price = 10;  ///< of a change, in units of twice the log likelihood
  double line_price = 10;    ///< of a segment that is a line and not a level; infinite = levels only
  size_t least_length = 5;   ///< of a segment
  size_t least_line = 8;     ///< of a segment that is a line
};

/// Cuts `values` (no NaN) into segments of constant or straight mean; returns the first index of each segment but the
/// first: the exact minimum of generalised squares / `variance` + prices over all cuts, by optimal partitioning
/// (Jackson et al. 2005, "An algorithm for optimal partitioning of data on an interval"). Each segment has the
/// likelihood of stationary AR(1) noise about its own mean, so a change costs its own start as well. O(n^2) from prefix
/// sums, no allocation in the loops.
[[nodiscard]] std::vector<size_t> CutIntoSegments(std::span<const double> values, const SegmentSearch& search);

}  // namespace bellwether
