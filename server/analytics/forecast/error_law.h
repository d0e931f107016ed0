#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "server/analytics/forecast/distribution.h"

namespace bellwether {

/// The errors of a backtest: `errors[o * horizon + h]` = truth - forecast, oldest origin first, NaN = unknown.
struct PastErrors {
  std::vector<double> errors;
  size_t horizon = 0;
  size_t spacing = 0;  ///< steps between origins
};

/// Error laws learned from what the same procedure missed on the history: a scale for each step ahead, smoothed over
/// its neighbours, and one shape of the scaled errors, pooled over all steps (split conformal prediction per horizon:
/// Stankeviciute, Alaa, van der Schaar 2021, "Conformal time-series forecasting"). The shape blends the
/// observed quantiles with those of Student's t with 6 degrees of freedom, which counts the more the fewer errors lie
/// beyond a quantile; the observed ones are half symmetric, half as skewed as the errors were. It is stretched as a
/// scale learned from few independent errors demands: by the ratio of Student's t, with as many degrees of freedom, to
/// the normal law. Newer origins weigh more.
struct ErrorLaw {
  std::vector<double> scale;                   ///< one a step ahead, as many as were tried
  std::shared_ptr<const QuantileShape> shape;  ///< never null
  /// Scale of each error of the past, learned from the other origins, [origin * horizon + h].
  std::vector<double> held_out_scale;
  double independent = 0;  ///< errors that a scale in the middle rests on; 0 for fewer than two origins
};
[[nodiscard]] ErrorLaw LearnErrorLaw(const PastErrors& past);

/// `scale` for `wanted` steps: beyond those tried it grows as it did before, by a power of the distance.
[[nodiscard]] std::vector<double> ExtendScale(const std::vector<double>& scale, size_t wanted);

/// The correlation of the errors of neighbouring steps, 0 to 1.
[[nodiscard]] double NeighbourCorrelation(const PastErrors& past);

/// Quantile of Student's t distribution with 6 degrees of freedom, scaled to unit variance; 0 < p < 1.
[[nodiscard]] double StudentQuantile6(double p);

/// Quantile of Student's t distribution with any number of degrees of freedom from 1 on, for the normal quantile `z` of
/// the probability (the expansion of Cornish and Fisher 1938, exact to a percent from 3 degrees on).
[[nodiscard]] double StudentFromNormal(double z, double freedom);

}  // namespace bellwether
