#pragma once

#include <cstdint>
#include <span>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// Judges a series that may be looked at as a whole: periods from all of it, a baseline of phase medians on a slow
/// level, tails from all residuals, then the same judge as the streaming detectors; and what lasts as segments
/// (FindLastingSegments). Fills everything but the incidents of single rows: those that last are there. O(n log n).
[[nodiscard]] Detection DetectInBatch(std::span<const int64_t> times_unix_ns, std::span<const double> values,
                                      const DetectorOptions& options);

}  // namespace bellwether
