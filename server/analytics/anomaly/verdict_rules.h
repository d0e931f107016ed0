#pragma once

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// The largest magnitude that detectors compute with; larger ones are cut to it, so that sums of squares stay finite.
inline constexpr double kLargestMagnitude = 1e150;

/// A verdict on a missing value: nothing is known, nothing is anomalous.
[[nodiscard]] Verdict MissingVerdict();

/// Which deviations count: on which side, and how large at least, in the series' unit and as a share of what was
/// expected.
struct DeviationRule {
  Direction direction = Direction::kBoth;
  double min_absolute = 0;
  double min_relative = 0;
};

/// Whether a deviation counts at all: on the wanted side, and as large as the user's least deviations. `expected` may
/// be NaN (then only the direction of nothing is known and everything counts).
[[nodiscard]] bool DeviationCounts(double value, double expected, const DeviationRule& rule);
[[nodiscard]] bool DeviationCounts(double value, double expected, const DetectorOptions& options);

}  // namespace bellwether
