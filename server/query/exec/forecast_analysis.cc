#include "server/query/exec/forecast_analysis.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include "server/analytics/forecast/seasons.h"
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

double Within(double value, const ValueRange& range) {
  return std::clamp(range.whole_numbers ? std::round(value) : value, range.min, range.max);
}

// Puts what the regressors add back onto the forecast of the rest.
void AddPart(const std::vector<double>& part, const ValueRange& range, Forecast& forecast) {
  const auto shift = [&](std::vector<double>& values) {
    for (size_t h = 0; h < values.size() && h < part.size(); ++h) {
      values[h] = Within(values[h] + part[h], range);
    }
  };
  shift(forecast.point);
  for (Band& band : forecast.bands) {
    shift(band.lower);
    shift(band.upper);
  }
  forecast.distribution = forecast.distribution.Shifted(part, range);
}

bool FollowsAny(const ExplainedSeries& explained) {
  return std::any_of(explained.effects.begin(), explained.effects.end(),
                     [](const RegressorEffect& effect) { return effect.is_used; });
}

size_t StepsIn(absl::Duration duration, int64_t step_ns) {
  const absl::Duration step = absl::Nanoseconds(step_ns);
  return static_cast<size_t>(std::max<int64_t>(1, (duration + step - absl::Nanoseconds(1)) / step));
}

// The seasons to hold apart from what explains a series: where weekdays are to explain it, the week is theirs.
std::vector<size_t> SeasonsBeside(const CalendarSpec& calendar, std::span<const double> history, int64_t step_ns) {
  constexpr int64_t kWeekNs = 7 * 86'400'000'000'000;
  std::vector<size_t> seasons = SeasonsFor(history, step_ns, {});
  if (calendar.weekdays) {
    std::erase_if(seasons, [&](size_t season) { return static_cast<int64_t>(season) * step_ns == kWeekNs; });
  }
  return seasons;
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
  ExplainedSeries explained;
  std::vector<double> rest;
  if (!explaining.IsEmpty()) {
    const std::vector<size_t> seasons = SeasonsBeside(context.spec.forecast.calendar, history, step_ns);
    BELLWETHER_ASSIGN_OR_RETURN(explained, ExplainByRegressors(history, explaining.For(series_index), seasons, horizon,
                                                               context.spec.forecast.unknown_future));
    if (FollowsAny(explained)) {
      rest.assign(history.begin(), history.end());
      for (size_t i = 0; i < rest.size(); ++i) {
        rest[i] -= explained.past_part[i];
      }
      input.values = rest;
      input.min = ValueRange().min;
      input.max = ValueRange().max;
      input.whole_numbers = false;
    }
  }
  BELLWETHER_ASSIGN_OR_RETURN(const std::unique_ptr<FittedForecast> fitted,
                              FitForecast(context.spec.forecast.method, input, horizon));
  one.forecast = fitted->Predict(horizon, context.spec.forecast.levels);
  if (!rest.empty()) {
    AddPart(explained.future_part, range, one.forecast);
  }
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
