#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/forecaster.h"

namespace bellwether {

/// When a band first reaches a threshold. Steps are 0-based: step h is the (h + 1)th ahead.
struct BandCrossing {
  double level = 0;
  std::optional<size_t> near_edge;  ///< first step at which the edge on the threshold's side reaches it
  std::optional<size_t> far_edge;   ///< first step at which the whole band does
};

/// When a forecast reaches a threshold, and how likely that is. Reaching it counts: at or above, at or below.
struct ThresholdCrossing {
  std::optional<size_t> median;     ///< first step at which the median reaches it
  std::vector<BandCrossing> bands;  ///< one for each band of the forecast, in its order
  std::vector<double> at_step;      ///< probability of being at or beyond the threshold at each step
  /// Probability of having reached it at this step or an earlier one: never falling, at least `at_step`. That of the
  /// first passage of ForecastDistribution::CrossedBy, so errors that persist are not counted anew at each step.
  std::vector<double> by_step;

  /// The first step by which it has been reached with `probability`; none where the horizon does not hold it.
  [[nodiscard]] std::optional<size_t> StepOf(double probability) const;
};

/// Asks when `forecast` reaches `threshold`, in the unit of the series. O(horizon). INVALID_ARGUMENT (downstream) when
/// the threshold is not finite.
[[nodiscard]] absl::StatusOr<ThresholdCrossing> CrossThreshold(const Forecast& forecast, double threshold,
                                                               CrossingSide side);

}  // namespace bellwether
