#include "server/query/exec/forecast_analysis.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "server/analytics/forecast/explained_forecast.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/metric_range.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

ValueRange RangeOf(const AnswerContext& context, const ModelSeries& series) {
  const MetricRange natural = NaturalRange(series);
  ValueRange range;
  range.min = context.spec.forecast.min.value_or(std::max(natural.min, range.min));
  range.max = context.spec.forecast.max.value_or(std::min(natural.max, range.max));
  range.whole_numbers = context.spec.forecast.whole_numbers;
  return range;
}

size_t StepsIn(absl::Duration duration, int64_t step_ns) {
  const absl::Duration step = absl::Nanoseconds(step_ns);
  return static_cast<size_t>(std::max<int64_t>(1, (duration + step - absl::Nanoseconds(1)) / step));
}

absl::Status AnswerQuestions(const AnswerContext& context, std::span<const double> history, SeriesForecast& one) {
  const ForecastSpec& spec = context.spec.forecast;
  if (spec.threshold.has_value()) {
    BELLWETHER_ASSIGN_OR_RETURN(one.crossing,
                                CrossThreshold(one.forecast, spec.threshold->value, spec.threshold->side));
  }
  if (spec.capacity.has_value()) {
    BELLWETHER_ASSIGN_OR_RETURN(
        one.capacity, ForecastCapacity(one.forecast, history,
                                       {.capacity = spec.capacity->at.value,
                                        .side = spec.capacity->at.side,
                                        .level = spec.levels.back(),
                                        .look_ahead = StepsIn(spec.capacity->look_ahead, context.input.plan.step_ns)}));
  }
  return absl::OkStatus();
}

}  // namespace

size_t HistorySteps(const AnswerContext& context) {
  return static_cast<size_t>(context.input.plan.history_ns / context.input.plan.step_ns);
}

absl::StatusOr<size_t> HorizonSteps(const AnswerContext& context) {
  const absl::Duration horizon = context.spec.forecast.horizon;
  const absl::Duration step = absl::Nanoseconds(context.input.plan.step_ns);
  const size_t steps = StepsIn(horizon, context.input.plan.step_ns);
  const size_t most = context.limits.max_horizon_steps;
  if (steps > most) {
    return BadQueryError(Concat("The forecast horizon of ", DurationText(horizon), " holds ", steps, " steps of ",
                                DurationText(step), "; at most ", most, " are forecast. Set interval to at least ",
                                DurationText(NiceStep(horizon / static_cast<int64_t>(most))), "."));
  }
  const size_t series = std::max<size_t>(1, context.input.series.size());
  if (steps > context.limits.max_forecast_steps_total / series) {
    return BadQueryError(Concat("The forecast of ", series, " series holds ", steps, " steps of ", DurationText(step),
                                " each; at most ", context.limits.max_forecast_steps_total,
                                " in all are forecast. Choose fewer series, a shorter horizon or a longer interval."));
  }
  return steps;
}

absl::StatusOr<SeriesForecast> ForecastSeries(const AnswerContext& context, const ExplainingSeries& explaining,
                                              size_t series_index, size_t horizon) {
  const ModelSeries& series = context.input.series[series_index];
  const size_t steps = std::min(HistorySteps(context), series.values.size());
  const std::span<const double> history = std::span(series.values).subspan(series.values.size() - steps);
  const ValueRange range = RangeOf(context, series);
  const int64_t step_ns = context.input.plan.step_ns;

  SeriesForecast one;
  one.series = series_index;
  const auto first = std::find_if(history.begin(), history.end(), [](double value) { return std::isfinite(value); });
  one.history_steps = static_cast<size_t>(history.end() - first);
  one.missing_steps =
      static_cast<size_t>(std::count_if(first, history.end(), [](double value) { return !std::isfinite(value); }));

  ForecastInput input;
  input.values = history;
  input.step_ns = step_ns;
  input.start_ns = context.input.plan.visible_to_ns - static_cast<int64_t>(steps) * step_ns;
  input.min = range.min;
  input.max = range.max;
  input.whole_numbers = range.whole_numbers;
  input.calendar = explaining.holidays();
  BELLWETHER_ASSIGN_OR_RETURN(
      ExplainedForecast explained,
      ForecastExplained(context.spec.forecast.method, input, explaining.For(series_index),
                        context.spec.forecast.unknown_future, horizon, context.spec.forecast.levels));
  one.forecast = std::move(explained.forecast);
  one.effects = std::move(explained.effects);
  BELLWETHER_RETURN_IF_ERROR(AnswerQuestions(context, history, one));
  // All questions to it are answered; of a thousand series it would be most of what is kept.
  one.forecast.distribution = ForecastDistribution();
  return one;
}

int64_t EndOfStep(const ModelPlan& plan, size_t h) {
  return plan.visible_to_ns + static_cast<int64_t>(h + 1) * plan.step_ns;
}

}  // namespace bellwether
