#include "server/query/exec/forecast_frames.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/explaining_series.h"
#include "server/query/exec/forecast_analysis.h"
#include "server/query/exec/forecast_summary.h"
#include "server/query/exec/forecast_text.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/series_pass.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr std::string_view kVerb = "forecast";
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

using Forecasts = std::vector<SeriesForecast>;

// The inner the band, the denser its colour.
double BandOpacity(size_t band, size_t bands) {
  return bands == 1 ? 18 : 25 - 17.0 * static_cast<double>(band) / static_cast<double>(bands - 1);
}

std::string LevelName(double level) { return absl::StrFormat("%g", RoundTo(100 * level, 6)); }

std::vector<double> Concatenate(size_t before, std::span<const double> values) {
  std::vector<double> all(before, kNan);
  all.insert(all.end(), values.begin(), values.end());
  return all;
}

void AddSeriesFields(const AnswerContext& context, const DisplayGrid& past, const DisplayGrid& future,
                     const SeriesForecast& one, Frame& frame) {
  const ModelSeries& series = context.input.series[one.series];
  const std::string& name = series.display_name;
  std::vector<double> value = past.Mean(std::span(series.values).subspan(context.input.visible_begin));
  value.resize(past.size() + future.size(), kNan);
  if (context.spec.show.value) {
    frame.fields.push_back(
        NumberField("value", std::move(value), series.labels, ValueStyle(one.series, name, series.unit)));
  }
  frame.fields.push_back(NumberField("forecast", Concatenate(past.size(), future.Mean(one.forecast.point)),
                                     series.labels, ForecastStyle(one.series, name + " forecast", series.unit)));
  if (!context.spec.show.band) {
    return;
  }
  const std::vector<Band>& bands = one.forecast.bands;
  for (size_t b = 0; b < bands.size(); ++b) {
    const std::string level = LevelName(bands[b].level);
    const std::string lower_name = Concat(name, " lower ", level, " %");
    frame.fields.push_back(NumberField("lower " + level, Concatenate(past.size(), future.Mean(bands[b].lower)),
                                       series.labels, BandLowerStyle(one.series, lower_name, series.unit)));
    frame.fields.push_back(NumberField("upper " + level, Concatenate(past.size(), future.Mean(bands[b].upper)),
                                       series.labels,
                                       BandUpperStyle(one.series, Concat(name, " upper ", level, " %"), series.unit,
                                                      lower_name, BandOpacity(b, bands.size()))));
  }
}

// The last value of each drawn run: by its end, that is what counts.
std::vector<double> Last(const DisplayGrid& grid, std::span<const double> values) {
  std::vector<double> last(grid.size());
  for (size_t i = 0; i < last.size(); ++i) {
    last[i] = values[grid.end(i) - 1];
  }
  return last;
}

std::vector<int64_t> FutureTimes(const ModelPlan& plan, size_t horizon) {
  std::vector<int64_t> times(horizon);
  for (size_t i = 0; i < horizon; ++i) {
    times[i] = plan.visible_to_ns + static_cast<int64_t>(i) * plan.step_ns;
  }
  return times;
}

// The threshold as a line, and on request each series' probability of having reached it.
void AddThresholdFields(const AnswerContext& context, const DisplayGrid& past, const DisplayGrid& future,
                        const Forecasts& forecasts, Frame& frame) {
  if (!context.spec.forecast.threshold.has_value() || forecasts.empty()) {
    return;
  }
  const std::string& unit = context.input.series[forecasts.front().series].unit;
  frame.fields.push_back(
      NumberField("threshold", std::vector<double>(past.size() + future.size(), context.spec.forecast.threshold->value),
                  {}, ThresholdStyle("threshold", unit)));
  for (const SeriesForecast& one : forecasts) {
    if (context.spec.show.probability && one.crossing.has_value()) {
      const ModelSeries& series = context.input.series[one.series];
      frame.fields.push_back(NumberField("probability", Concatenate(past.size(), Last(future, one.crossing->by_step)),
                                         series.labels,
                                         ProbabilityStyle(one.series, series.display_name + " probability")));
    }
  }
}

Frame OverlayFrame(const AnswerContext& context, const Forecasts& forecasts, size_t horizon) {
  const auto past_times = std::span(context.input.times_unix_ns).subspan(context.input.visible_begin);
  const std::vector<int64_t> future_times = FutureTimes(context.input.plan, horizon);
  const size_t points = DisplayPoints(context.request.max_data_points, context.limits.max_display_points);
  const size_t all = std::max<size_t>(1, past_times.size() + horizon);
  const auto share = [&](size_t part) { return std::max<size_t>(5, points * part / all); };
  const DisplayGrid past(past_times, context.input.plan.step_ns, share(past_times.size()));
  const DisplayGrid future(future_times, context.input.plan.step_ns, share(horizon));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  std::vector<int64_t> times = past.times_unix_ns();
  times.insert(times.end(), future.times_unix_ns().begin(), future.times_unix_ns().end());
  frame.fields.push_back(TimeField("time", std::move(times)));
  for (const SeriesForecast& one : forecasts) {
    AddSeriesFields(context, past, future, one, frame);
  }
  AddThresholdFields(context, past, future, forecasts, frame);
  if (absl::ToUnixNanos(context.request.range.to) <= context.input.plan.visible_to_ns + context.input.plan.step_ns) {
    frame.meta.notices.push_back(
        {NoticeSeverity::kInfo, Concat("The forecast begins at the right edge of this panel. Let the time range "
                                       "end later, such as now+",
                                       DurationText(context.spec.forecast.horizon), ", to see it.")});
  }
  return frame;
}

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
  return field;
}

Field UnitField(const char* name, std::vector<double> values, const char* unit) {
  FieldConfig config;
  config.unit = unit;
  return NumberField(name, std::move(values), {}, std::move(config));
}

void AddThresholdColumns(const AnswerContext& context, const Forecasts& forecasts, Frame& frame) {
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

void AddCapacityColumns(const AnswerContext& context, const Forecasts& forecasts, Frame& frame) {
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
  frame.fields.push_back(UnitField("time left", std::move(seconds[0]), "s"));
  frame.fields.push_back(UnitField("time left lower", std::move(seconds[1]), "s"));
  frame.fields.push_back(UnitField("time left upper", std::move(seconds[2]), "s"));
  frame.fields.push_back(UnitField("probability of limit", std::move(probability), "percentunit"));
}

Frame RowsFrame(const AnswerContext& context, const Forecasts& forecasts) {
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
  const std::string level = LevelName(context.spec.forecast.levels.back());
  frame.fields.push_back(StringField("series", names));
  frame.fields.push_back(TimeField("at", std::move(times)));
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
  frame.fields.push_back(StringField("explanation", texts));
  return frame;
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
  const double look_ahead =
      absl::ToDoubleSeconds(std::max(context.spec.forecast.capacity->look_ahead, context.spec.forecast.horizon));
  const double step = static_cast<double>(context.input.plan.step_ns) / 1e9;
  return time.median.has_value() ? std::min(*time.median * step, look_ahead) : look_ahead;
}

Frame LastFrame(const AnswerContext& context, const Forecasts& forecasts) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const SeriesForecast& one : forecasts) {
    const ModelSeries& series = context.input.series[one.series];
    FieldConfig config;
    config.display_name_from_ds = series.display_name;
    switch (NumberMeant(context.spec.forecast)) {
      case ForecastAlert::kTimeLeft:
        config.unit = "s";
        frame.fields.push_back(
            NumberField("time_left", {SecondsLeft(context, *one.capacity)}, series.labels, std::move(config)));
        break;
      case ForecastAlert::kProbability:
        config.unit = "percentunit";
        config.min = 0;
        config.max = 1;
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

// One dense series per label set, at the ends of the steps ahead: its last value is the one at now + horizon.
Frame AlertFrame(const AnswerContext& context, const Forecasts& forecasts, size_t horizon) {
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

// Says why series are missing from the answer. Fails when all are.
absl::Status ReportFailures(const AnswerContext& context, const std::vector<std::pair<size_t, absl::Status>>& failures,
                            size_t forecasts, std::vector<Notice>& notices) {
  if (failures.empty()) {
    return absl::OkStatus();
  }
  const auto& [first, status] = failures.front();
  if (forecasts == 0) {
    return status;
  }
  notices.push_back({NoticeSeverity::kWarning,
                     Concat(failures.size(), " of ", failures.size() + forecasts, " series have no forecast. ",
                            context.input.series[first].display_name, ": ", status.message())});
  return absl::OkStatus();
}

// What the analysis says of single series, and the story of each where there are few.
void AddForecastNotices(const AnswerContext& context, const Forecasts& forecasts, std::vector<Notice>& notices) {
  constexpr size_t kMostNotices = 5;
  constexpr size_t kMostStories = 3;
  for (const SeriesForecast& one : forecasts) {
    const std::string& name = context.input.series[one.series].display_name;
    for (const std::string& text : one.forecast.notices) {
      if (notices.size() < kMostNotices) {
        notices.push_back({NoticeSeverity::kInfo, Concat(name, ": ", text)});
      }
    }
    const size_t named = std::min(one.effects.size(), context.spec.forecast.regressors.size());
    for (const RegressorEffect& effect : std::span(one.effects).subspan(0, named)) {
      if (!effect.note.empty() && notices.size() < kMostNotices) {
        notices.push_back({NoticeSeverity::kInfo, Concat(name, ": ", effect.name, " ", effect.note, ".")});
      }
    }
  }
  if (forecasts.size() <= kMostStories && context.spec.form == AnswerForm::kOverlay) {
    for (const SeriesForecast& one : forecasts) {
      notices.push_back({NoticeSeverity::kInfo, ExplainForecast(context, one)});
    }
  }
}

absl::StatusOr<Frame> FrameOf(const AnswerContext& context, const Forecasts& forecasts, size_t horizon) {
  if (context.request.from_alert) {
    return AlertFrame(context, forecasts, horizon);
  }
  switch (context.spec.form) {
    case AnswerForm::kOverlay:
      return OverlayFrame(context, forecasts, horizon);
    case AnswerForm::kRows:
      return RowsFrame(context, forecasts);
    case AnswerForm::kLast:
      return LastFrame(context, forecasts);
    case AnswerForm::kSeverity:
    case AnswerForm::kAnnotations:
      break;
  }
  return BadQueryError("A forecast has no such form. Set form to overlay, rows or last.");
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerForecast(const AnswerContext& context) {
  BELLWETHER_ASSIGN_OR_RETURN(const size_t horizon, HorizonSteps(context));
  BELLWETHER_ASSIGN_OR_RETURN(const ExplainingSeries explaining,
                              ExplainingSeries::Find(context, HistorySteps(context), horizon));
  const std::vector<size_t>& targets = explaining.targets();
  std::vector<absl::StatusOr<SeriesForecast>> results(context.input.series.size(), absl::UnknownError("not yet"));
  BELLWETHER_ASSIGN_OR_RETURN(const SeriesPass pass, ForEachSeries(context, targets, kVerb, [&](size_t i) {
                                results[i] = ForecastSeries(context, explaining, i, horizon);
                              }));
  Forecasts forecasts;
  std::vector<std::pair<size_t, absl::Status>> failures;
  for (const size_t i : targets) {
    if (!pass.Has(i)) {
      continue;
    }
    if (results[i].ok()) {
      forecasts.push_back(*std::move(results[i]));
    } else {
      failures.emplace_back(i, results[i].status());
    }
  }
  std::vector<Notice> notices = explaining.notices();
  BELLWETHER_RETURN_IF_ERROR(ReportFailures(context, failures, forecasts.size(), notices));
  AddForecastNotices(context, forecasts, notices);
  BELLWETHER_ASSIGN_OR_RETURN(Frame frame, FrameOf(context, forecasts, horizon));
  AddLateNotice(pass, kVerb, frame);
  frame.meta.notices.insert(frame.meta.notices.end(), notices.begin(), notices.end());
  frame.meta.custom_json = ForecastSummaryJson(context, forecasts);
  std::vector<Frame> frames;
  frames.push_back(std::move(frame));
  return frames;
}

}  // namespace bellwether
