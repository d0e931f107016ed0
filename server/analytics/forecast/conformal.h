#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "server/analytics/forecast/combination.h"
#include "server/analytics/forecast/distribution.h"

namespace bellwether {

/// Error laws learned from what the same procedure missed on the history: a scale for each step ahead, smoothed over
/// its neighbours, and one shape of the scaled errors, pooled over all steps (split conformal prediction per horizon:
/// Stankeviciute, Alaa, van der Schaar 2021, "Conformal time-series forecasting"). The shape is half the observed
/// quantiles and half those of Student's t with 6 degrees of freedom, which knows the tail that few origins do not
/// show; it is half symmetric, half as skewed as the errors were. Newer origins weigh more.
struct ErrorLaw {
  std::vector<double> scale;  ///< one a step ahead, as many as asked for
  std::shared_ptr<const QuantileShape> shape;
  /// Scale of each error of the past, learned from the other origins, [origin * horizon + h].
  std::vector<double> held_out_scale;
};

/// `errors[o * horizon + h]` = truth - forecast, oldest origin first, NaN = unknown. Beyond `horizon` the scale grows
/// as it did before, by a power of the distance. With fewer than two origins the scale is at least `fallback`, the
/// error expected one step ahead, growing with the root of the distance.
[[nodiscard]] ErrorLaw LearnErrorLaw(std::span<const double> errors, size_t horizon, size_t wanted, double fallback);

/// The correlation of the errors of neighbouring steps, 0 to 1.
[[nodiscard]] double NeighbourCorrelation(std::span<const double> errors, size_t horizon);

/// The distributions about `centre` that a backtest implies. For positive data the errors of the logarithm are learned
/// as well. `fallback` as above.
[[nodiscard]] ForecastDistribution::Parts LearnDistribution(const Backtest& backtest, std::span<const double> centre,
                                                            double fallback);

/// For each level, the share of the backtest that bands of that level held, each origin judged by scales learned from
/// the others. 0 for fewer than two origins.
[[nodiscard]] std::vector<double> BacktestCoverage(const Backtest& backtest, std::span<const double> levels);

/// Quantile of Student's t distribution with 6 degrees of freedom, scaled to unit variance; 0 < p < 1.
[[nodiscard]] double StudentQuantile6(double p);

}  // namespace bellwether
