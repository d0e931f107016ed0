#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/regressors.h"

namespace bellwether {

/// A forecast with what other variables do to it.
struct ExplainedForecast {
  Forecast forecast;
  std::vector<RegressorEffect> effects;  ///< in the order of the regressors
};

/// Forecasts a series beside what explains it: what the regressors explain (ExplainByRegressors) is taken out, the rest
/// is forecast, and their part is put back onto the forecast, its bands and its distribution. Where weekdays are among
/// the regressors (kWeekdayGroup), the week is theirs instead of a season's. Where the input has holidays and the
/// method knows of them, the regressor kHolidayColumn is left to the method, and only its effect is told. Without
/// regressors this is FitForecast and Predict. The errors of those and of ExplainByRegressors.
[[nodiscard]] absl::StatusOr<ExplainedForecast> ForecastExplained(std::string_view method, const ForecastInput& input,
                                                                  std::span<const Regressor> regressors,
                                                                  UnknownFuture unknown, size_t horizon,
                                                                  std::span<const double> levels);

}  // namespace bellwether
