#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/capacity.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/regressors.h"
#include "server/analytics/forecast/threshold_crossing.h"
#include "server/query/exec/answer_context.h"
#include "server/query/exec/explaining_series.h"

namespace bellwether {

/// All that is known of the future of one series.
struct SeriesForecast {
  size_t series = 0;                          ///< of the input
  Forecast forecast;                          ///< without its distribution, of which everything was asked
  std::optional<ThresholdCrossing> crossing;  ///< where the query has a threshold
  std::optional<TimeToCapacity> capacity;     ///< where it has a capacity
  std::vector<RegressorEffect> effects;       ///< of the query's regressors and calendar, in their order
  size_t history_steps = 0;                   ///< learned from, from the first value on
  size_t missing_steps = 0;                   ///< of them without data
};

/// Model steps that a series is learned from, at most.
[[nodiscard]] size_t HistorySteps(const AnswerContext& context);

/// The steps of the query's horizon. BadQueryError when there are more than the limits allow, for one series or for
/// all.
[[nodiscard]] absl::StatusOr<size_t> HorizonSteps(const AnswerContext& context);

/// Forecasts one series. What explains it is taken out first, and put back onto the forecast and its bands.
[[nodiscard]] absl::StatusOr<SeriesForecast> ForecastSeries(const AnswerContext& context,
                                                            const ExplainingSeries& explaining, size_t series,
                                                            size_t horizon);

/// When step `h` (0-based) of the forecast ends, for "by then it has been reached".
[[nodiscard]] int64_t EndOfStep(const ModelPlan& plan, size_t h);

}  // namespace bellwether
