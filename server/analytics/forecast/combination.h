#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "server/analytics/forecast/models.h"

namespace bellwether {

/// A combination of models, weighted by their errors at rolling origins of the history.
struct CombinedForecast {
  std::vector<double> path;     ///< the forecast after the end of the history
  std::vector<double> weights;  ///< of the models, adding up to 1
  std::vector<double> errors;   ///< actual - combined forecast, [origin * origin_horizon + h], newest origin first
  size_t origin_horizon = 0;
  size_t origins = 0;
  double fallback_scale = 0;  ///< typical change from one value to the next
  double skill = 0;           ///< 1 - mean absolute error / that of the naive forecast; may be negative
};

/// Runs every model at up to `max_origins` origins in the second half of the history and at its end. Weights are the
/// -4th power of the relative error; the forecast is half the weighted mean and half the weighted median of the models
/// (after Petropoulos and Svetunkov 2020, "A simple combination of univariate models"). `season` spaces the origins (0
/// = none). Deterministic.
[[nodiscard]] CombinedForecast Combine(const std::vector<std::unique_ptr<ForecastModel>>& models,
                                       std::span<const double> history, size_t horizon, size_t max_origins,
                                       size_t season);

}  // namespace bellwether
