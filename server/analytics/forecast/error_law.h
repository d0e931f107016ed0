#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "server/analytics/forecast/distribution.h"
#include "server/analytics/forecast/error_growth.h"
#include "server/analytics/forecast/past_errors.h"

namespace bellwether {

/// Error laws learned from what the same procedure missed on the history: a scale for each step ahead and one shape of
/// the scaled errors, pooled over all steps (split conformal prediction per horizon: Stankeviciute, Alaa, van der
/// Schaar 2021, "Conformal time-series forecasting"). A scale is the mean square of the errors of the step, smoothed
/// over its neighbours along the growth that ErrorGrowth finds, and drawn towards that growth, which counts as some
/// errors more. The shape is that of ShapeOf; each step's own tails, and how few independent errors its scale rests on,
/// stretch it as Student's t is stretched against the normal law. Newer origins weigh more.
struct ErrorLaw {
  std::vector<double> scale;                   ///< one a step ahead, as many as were tried
  std::vector<double> freedom;                 ///< one a step: independent errors that its scale rests on
  std::vector<double> tail;                    ///< one a step: how heavy its tails are beyond those of the shape
  std::shared_ptr<const QuantileShape> shape;  ///< never null; the normal law where the tails tell all
  /// Scale of each error of the past, learned from the other origins, [origin * horizon + h].
  std::vector<double> held_out_scale;
  double independent = 0;  ///< errors that a scale in the middle rests on; 0 for fewer than two origins
};

/// `growth` is that of these errors.
[[nodiscard]] ErrorLaw LearnErrorLaw(const PastErrors& past, const std::vector<double>& weights,
                                     const ErrorGrowth& growth);

/// `scale` for `wanted` steps: beyond those tried it grows as it did before, by a power of the distance.
[[nodiscard]] std::vector<double> ExtendScale(const std::vector<double>& scale, size_t wanted);

}  // namespace bellwether
