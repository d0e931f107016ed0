#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/outliers/series_matrix.h"

namespace bellwether {

/// What a group does at each time: columns with one entry for each point of time.
struct CrossSections {
  std::vector<double> median;    ///< NaN where no series has a number
  std::vector<double> distance;  ///< the median distance from the median, unscaled; NaN as above
  /// The usual distance from the median: `distance`; where that is 0 because most numbers are equal but more than a
  /// tenth differs, the mean distance, on the same footing for a normal sample.
  std::vector<double> spread;
  std::vector<size_t> present;  ///< how many series have a finite number
};

/// Medians across the series at each time; infinite numbers are missing. Exact. O(series * points), with a buffer of
/// eight numbers for each series.
[[nodiscard]] CrossSections MeasureCrossSections(const SeriesMatrix& matrix);

/// Where the group ends at each time.
struct GroupEdges {
  std::vector<double> lower;
  std::vector<double> upper;
};

/// The numbers that hang together with the median at each time: from it outwards on both sides, up to the first gap
/// wider than reach[t]. These are the members of the median's cluster of DBSCAN with that radius on a line (Ester,
/// Kriegel, Sander, Xu, "A density-based algorithm for discovering clusters", 1996, two points making a core). NaN
/// where the median is NaN. A group wider than 64 gaps on a side ends there.
[[nodiscard]] GroupEdges FindConnectedEdges(const SeriesMatrix& matrix, std::span<const double> median,
                                            std::span<const double> reach);

}  // namespace bellwether
