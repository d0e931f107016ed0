#include "server/query/exec/forecast_numbers.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/text/concat.h"
#include "server/query/exec/forecast_text.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kDay = 86'400;  // seconds

// A column of moments, some of which may be missing.
Field MomentField(const char* name, const std::vector<std::optional<int64_t>>& moments) {
  TimeColumn column;
  for (const std::optional<int64_t>& moment : moments) {
    column.PushBack(moment);
  }
  Field field;
  field.name = name;
  field.column = std::move(column);
  field.nullable = true;
  field.config = TimeColumnStyle();
  return field;
}

Field UnitField(const char* name, std::vector<double> values, const char* unit) {
  FieldConfig config;
  config.unit = unit;
  return NumberField(name, std::move(values), {}, std::move(config));
}

void AddThresholdColumns(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts, Frame& frame) {
  std::vector<std::optional<int64_t>> reached;
  std::vector<double> probability;
  const ModelPlan& plan = context.input.plan;
  for (const SeriesForecast& one : forecasts) {
    const std::optional<size_t>& step = one.crossing->median;
    reached.push_back(step.has_value() ? std::optional(plan.visible_to_ns + static_cast<int64_t>(*step) * plan.step_ns)
                                       : std::nullopt);
    probability.push_back(RoundTo(one.crossing->by_step.back(), 4));
  }
  frame.fields.push_back(MomentField("reaches threshold", reached));
  frame.fields.push_back(UnitField("probability", std::move(probability), "percentunit"));
}

// How far ahead an answer about the capacity goes.
double LookAheadSeconds(const AnswerContext& context) {
  return absl::ToDoubleSeconds(std::max(context.spec.forecast.capacity->look_ahead, context.spec.forecast.horizon));
}

// What is said instead of a time that lies further ahead: "> 90 days".
std::string BeyondText(const AnswerContext& context) { return Concat("> ", TimeSpanText(LookAheadSeconds(context))); }

void AddCapacityColumns(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts, Frame& frame) {
  std::array<std::vector<double>, 3> seconds;
  std::vector<double> probability;
  const double step = static_cast<double>(context.input.plan.step_ns) / 1e9;
  for (const SeriesForecast& one : forecasts) {
    const std::array<std::optional<double>, 3> times = {one.capacity->median, one.capacity->earliest,
                                                        one.capacity->latest};
    for (size_t i = 0; i < times.size(); ++i) {
      seconds[i].push_back(times[i].has_value() ? RoundTo(*times[i] * step, 6) : kNan);
    }
    probability.push_back(RoundTo(one.capacity->probability, 4));
  }
  constexpr std::array kTimes = {"time left", "time left lower", "time left upper"};
  for (size_t i = 0; i < kTimes.size(); ++i) {
    Field field = UnitField(kTimes[i], std::move(seconds[i]), "s");
    field.config.no_value = BeyondText(context);
    frame.fields.push_back(std::move(field));
  }
  frame.fields.push_back(UnitField("probability of limit", std::move(probability), "percentunit"));
}

// What a single number stands for: in alert rules, stat panels and gauges.
ForecastAlert NumberMeant(const ForecastSpec& spec) {
  if (spec.alert != ForecastAlert::kAuto) {
    return spec.alert;
  }
  return spec.capacity.has_value()    ? ForecastAlert::kTimeLeft
         : spec.threshold.has_value() ? ForecastAlert::kProbability
                                      : ForecastAlert::kForecast;
}

// Seconds until the capacity is reached: those of the look-ahead where it is not within them.
double SecondsLeft(const AnswerContext& context, const TimeToCapacity& time) {
  const double look_ahead = LookAheadSeconds(context);
  const double step = static_cast<double>(context.input.plan.step_ns) / 1e9;
  return time.median.has_value() ? std::min(*time.median * step, look_ahead) : look_ahead;
}

}  // namespace

std::string LevelText(double level) { return absl::StrFormat("%g", RoundTo(100 * level, 6)); }

Frame ForecastRowsFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts) {
  Frame frame = StartFrame(context, "forecast", "table");
  std::vector<std::string> names;
  std::vector<std::string> methods;
  std::vector<std::string> texts;
  std::array<std::vector<double>, 4> numbers;
  std::vector<int64_t> times;
  for (const SeriesForecast& one : forecasts) {
    const Band& widest = one.forecast.bands.back();
    names.push_back(context.input.series[one.series].display_name);
    methods.push_back(one.forecast.method);
    texts.push_back(ExplainForecast(context, one));
    times.push_back(EndOfStep(context.input.plan, one.forecast.point.size() - 1));
    numbers[0].push_back(RoundTo(one.forecast.point.back(), 6));
    numbers[1].push_back(RoundTo(widest.lower.back(), 6));
    numbers[2].push_back(RoundTo(widest.upper.back(), 6));
    numbers[3].push_back(RoundTo(one.forecast.reliability, 3));
  }
  const std::string level = LevelText(context.spec.forecast.levels.back());
  frame.fields.push_back(StringField("series", names));
  frame.fields.push_back(TimeColumnField("at", std::move(times)));
  frame.fields.push_back(NumberField("forecast", std::move(numbers[0])));
  frame.fields.push_back(NumberField(Concat("lower ", level, " %"), std::move(numbers[1])));
  frame.fields.push_back(NumberField(Concat("upper ", level, " %"), std::move(numbers[2])));
  if (context.spec.forecast.threshold.has_value()) {
    AddThresholdColumns(context, forecasts, frame);
  }
  if (context.spec.forecast.capacity.has_value()) {
    AddCapacityColumns(context, forecasts, frame);
  }
  frame.fields.push_back(NumberField("reliability", std::move(numbers[3])));
  frame.fields.push_back(StringField("method", methods));
  frame.fields.push_back(StringField("explanation", texts, SentenceStyle()));
  return frame;
}

Frame ForecastLastFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const SeriesForecast& one : forecasts) {
    const ModelSeries& series = context.input.series[one.series];
    FieldConfig config;
    config.display_name_from_ds = series.display_name;
    switch (NumberMeant(context.spec.forecast)) {
      case ForecastAlert::kTimeLeft:
        config.unit = "s";
        config.thresholds = {{std::nullopt, "red"}, {kDay, "orange"}, {7 * kDay, "yellow"}, {30 * kDay, "green"}};
        config.mappings = {{absl::StrFormat("%.0f", LookAheadSeconds(context)), BeyondText(context), "green"}};
        frame.fields.push_back(
            NumberField("time_left", {SecondsLeft(context, *one.capacity)}, series.labels, std::move(config)));
        break;
      case ForecastAlert::kProbability:
        config.unit = "percentunit";
        config.min = 0;
        config.max = 1;
        config.thresholds = {{std::nullopt, "green"}, {0.2, "yellow"}, {0.5, "orange"}, {0.8, "red"}};
        frame.fields.push_back(
            NumberField("probability", {one.crossing->by_step.back()}, series.labels, std::move(config)));
        break;
      case ForecastAlert::kAuto:
      case ForecastAlert::kForecast:
        if (!series.unit.empty()) {
          config.unit = series.unit;
        }
        frame.fields.push_back(NumberField("forecast", {one.forecast.point.back()}, series.labels, std::move(config)));
    }
  }
  return frame;
}

Frame ForecastAlertFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts, size_t horizon) {
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  const ForecastAlert meant = NumberMeant(context.spec.forecast);
  std::vector<int64_t> times;
  for (size_t h = 0; h < horizon; ++h) {
    times.push_back(EndOfStep(context.input.plan, h));
  }
  if (meant == ForecastAlert::kTimeLeft) {
    times.assign(1, context.input.plan.visible_to_ns);
  }
  frame.fields.push_back(TimeField("time", std::move(times)));
  for (const SeriesForecast& one : forecasts) {
    const Labels& labels = context.input.series[one.series].labels;
    switch (meant) {
      case ForecastAlert::kTimeLeft:
        frame.fields.push_back(NumberField("time_left", {SecondsLeft(context, *one.capacity)}, labels));
        break;
      case ForecastAlert::kProbability:
        frame.fields.push_back(NumberField("probability", one.crossing->by_step, labels));
        break;
      case ForecastAlert::kAuto:
      case ForecastAlert::kForecast:
        frame.fields.push_back(NumberField("forecast", one.forecast.point, labels));
    }
  }
  return frame;
}

}  // namespace bellwether
