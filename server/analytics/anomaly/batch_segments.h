#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// A stretch of a whole series that differs, as one, from what lies around it.
struct LastingSegment {
  size_t first = 0;                       ///< its first row
  size_t end = 0;                         ///< behind its last row; the number of rows where it is still on
  size_t shows_at = 0;                    ///< the first row that surely belongs to it
  AnomalyType type = AnomalyType::kNone;  ///< kLevelShift, kDrift or kVarianceChange
  /// kLevelShift: its level less that around it, in the values' unit; kDrift: what it comes to from begin to end;
  /// kVarianceChange: its scatter over that around it.
  double size = 0;
  /// -log10 of the chance that a row of such a series, as it is, begins one as clear. Below the bar of the search where
  /// the series shows more of the kind than the laws of noise do.
  double surprise = 0;
};

/// Finds what lasts in a whole series, `rest`: its values without their seasons of these `periods`, no NaN. At most
/// `most` segments of at least `least_surprise`, by place, apart from each other.
///
/// Stretches of 6 rows to a sixteenth of the series, at lengths a factor of 1.4 apart, are held against as many rows on
/// either side, and the rows behind each place against those before it: in their mean, and in the mean magnitude of
/// what is new in each row (a scan over epidemic changes, see Yao 1993, "Tests for detecting epidemic changes"). What
/// is usual of such differences is learned from the series itself at each length, so neither dependence between rows
/// nor a wandering level passes for a change, and what comes back with every cycle or is done again and again is none
/// either; a second round leaves out what the first has found. The most surprising stretch is taken first, its ends are
/// moved to where they separate best, and what was compared with it is left out. O(n log n).
[[nodiscard]] std::vector<LastingSegment> FindLastingSegments(std::span<const double> rest,
                                                              std::span<const size_t> periods, size_t most,
                                                              double least_surprise);

}  // namespace bellwether
