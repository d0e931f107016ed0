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

/// One segment of constant or straight mean under AR(1) noise.
struct Segment {
  size_t begin = 0;
  size_t end = 0;
  bool line = false;   ///< straight; else constant
  double level = 0;    ///< its mean value in the middle of the segment
  double slope = 0;    ///< per point; 0 for a constant
  double squares = 0;  ///< generalised residual sum of squares (innovations)
};

/// The best cut of a series.
struct Segmentation {
  std::vector<Segment> segments;
  double squares = 0;  ///< sum of those of the segments
  double price = 0;    ///< what its changes and lines were charged
};

/// Cuts `values` (no NaN) into segments of constant or straight mean: the exact minimum of generalised squares /
/// `variance` + prices over all cuts, by optimal partitioning (Jackson et al. 2005, "An algorithm for optimal
/// partitioning of data on an interval"). Each segment has the likelihood of stationary AR(1) noise about its own mean,
/// so a change costs its own start as well. O(n^2) from prefix sums, no allocation in the loops.
[[nodiscard]] Segmentation CutIntoSegments(std::span<const double> values, const SegmentSearch& search);

/// The same for given first indices of the segments but the first: no search.
[[nodiscard]] Segmentation FitSegments(std::span<const double> values, std::span<const size_t> changes,
                                       const SegmentSearch& search);

}  // namespace bellwether
