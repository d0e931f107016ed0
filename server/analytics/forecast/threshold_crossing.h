#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/forecaster.h"

namespace bellwether {

/// Which side of a threshold is meant. Reaching it counts: at or above, at or below.
enum class CrossingSide { kAbove, kBelow };

/// The law of one step of a forecast, read off its median and band edges: between them the quantiles run straight on
/// the scale of Student's t with 6 degrees of freedom, beyond the outermost edge they go on with its distance from the
/// median. Where two edges are equal (a band clipped to the metric's range) the probability between them sits at that
/// value and none lies beyond. A handful of levels from 0.1 to 0.998 gives the forecaster's own law in fine steps.
class StepLaw {
 public:
  /// For the step `h` (0-based) of `forecast`, which must have a median there; bands may be missing.
  StepLaw(const Forecast& forecast, size_t h);

  /// The probability at or beyond `threshold`, 0 to 1.
  [[nodiscard]] double Beyond(double threshold, CrossingSide side) const;
  /// The value that is not exceeded with `probability` (above 0 and below 1).
  [[nodiscard]] double Quantile(double probability) const;

 private:
  struct Knot {
    double score;  ///< quantile of Student's t at the knot's probability
    double value;
  };
  [[nodiscard]] double ShareBelow(double value, bool including) const;

  std::vector<Knot> knots_;  ///< ascending in both
};

/// The levels at which a forecast should be asked for so that StepLaw follows its law closely.
[[nodiscard]] std::span<const double> LawLevels();

/// How the errors of one forecast hang together over its steps. On a normal scale the error of a step is the sum of a
/// part that persists (correlation `memory` from step to step) and one of its own; `persistent` is the former's share
/// of the variance. Independent errors have a share of 0, those of a random walk nearly 1.
struct ErrorDependence {
  double persistent = 0.8;
  double memory = 0.95;
};

/// Learns the dependence from standardised errors along held-out forecasts, one vector a forecast, step by step ahead
/// (NaN = not observed): their correlation one step and several steps apart. The defaults for fewer than 8 pairs.
[[nodiscard]] ErrorDependence EstimateErrorDependence(std::span<const std::vector<double>> error_paths);

/// The same from up to three forecasts made at earlier origins of the history with the same method. Costs as many fits.
[[nodiscard]] ErrorDependence MeasureErrorDependence(std::string_view method, const ForecastInput& input,
                                                     size_t horizon);

/// When a band first reaches a threshold.
struct BandCrossing {
  double level = 0;
  std::optional<size_t> near_edge;  ///< first step at which the edge on the threshold's side reaches it
  std::optional<size_t> far_edge;   ///< first step at which the whole band does
};

/// When a forecast reaches a threshold, and how likely that is. Steps are 0-based: step h is the (h + 1)th ahead.
struct ThresholdCrossing {
  std::optional<size_t> median;     ///< first step at which the median reaches it
  std::vector<BandCrossing> bands;  ///< one for each band of the forecast
  std::vector<double> at_step;      ///< probability of being at or beyond the threshold at each step
  std::vector<double> by_step;      ///< probability of having reached it at this step or an earlier one, never falling
  /// The first step by which it has been reached with `probability`; none where the horizon does not hold it.
  [[nodiscard]] std::optional<size_t> StepOf(double probability) const;
};

/// Asks when `shown` reaches `threshold`. Steps come from the median and the bands of `shown`, probabilities from
/// `law`, the same forecast at LawLevels() (or `shown` again). The probability by a step is that of the first passage of
/// the error process of `dependence`, computed without chance on a chain of 65 states (Rouwenhorst 1995, "Asset pricing
/// implications of equilibrium business cycle models"), and kept between that of the likeliest single step and the sum
/// over the steps, which hold for every dependence. O(horizon). INVALID_ARGUMENT (downstream) when the threshold is not
/// finite.
[[nodiscard]] absl::StatusOr<ThresholdCrossing> CrossThreshold(const Forecast& shown, const Forecast& law,
                                                               double threshold, CrossingSide side,
                                                               const ErrorDependence& dependence);

}  // namespace bellwether
