#include "server/query/exec/forecast_frames.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "server/analytics/forecast/forecaster.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/metric_range.h"
#include "server/query/exec/series_pass.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr std::string_view kVerb = "forecast";
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct SeriesForecast {
  size_t series = 0;
  Forecast forecast;
};

// The inner the band, the denser its colour.
double BandOpacity(size_t band, size_t bands) {
  return bands == 1 ? 18 : 25 - 17.0 * static_cast<double>(band) / static_cast<double>(bands - 1);
}

std::string LevelName(double level) { return absl::StrFormat("%g", RoundTo(100 * level, 6)); }

absl::StatusOr<size_t> HorizonSteps(const AnswerContext& context, const size_t most) {
  const absl::Duration step = absl::Nanoseconds(context.input.plan.step_ns);
  const int64_t steps = std::max<int64_t>(1, (context.spec.forecast.horizon + step - absl::Nanoseconds(1)) / step);
  if (steps > static_cast<int64_t>(most)) {
    return BadQueryError(
        Concat("The forecast horizon of ", DurationText(context.spec.forecast.horizon), " holds ", steps, " steps of ",
               DurationText(step), "; at most ", most, " are forecast. Set interval to at least ",
               DurationText(NiceStep(context.spec.forecast.horizon / static_cast<int64_t>(most))), "."));
  }
  return static_cast<size_t>(steps);
}

absl::StatusOr<Forecast> ForecastSeries(const AnswerContext& context, const ModelSeries& series, size_t horizon) {
  ForecastInput input;
  const auto history = static_cast<size_t>(context.input.plan.history_ns / context.input.plan.step_ns);
  const size_t skip = series.values.size() > history ? series.values.size() - history : 0;
  input.values = std::span(series.values).subspan(skip);
  input.step_ns = context.input.plan.step_ns;
  const MetricRange range = NaturalRange(series);
  input.min = context.spec.forecast.min.value_or(std::max(range.min, input.min));
  input.max = context.spec.forecast.max.value_or(std::min(range.max, input.max));
  BELLWETHER_ASSIGN_OR_RETURN(const std::unique_ptr<FittedForecast> fitted,
                              FitForecast(context.spec.forecast.method, input, horizon));
  return fitted->Predict(horizon, context.spec.forecast.levels);
}

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

std::vector<int64_t> FutureTimes(const ModelPlan& plan, size_t horizon) {
  std::vector<int64_t> times(horizon);
  for (size_t i = 0; i < horizon; ++i) {
    times[i] = plan.visible_to_ns + static_cast<int64_t>(i) * plan.step_ns;
  }
  return times;
}

nlohmann::json SummaryJson(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts) {
  nlohmann::json list = nlohmann::json::array();
  for (const SeriesForecast& one : forecasts) {
    nlohmann::json seasons = nlohmann::json::array();
    for (const size_t season : one.forecast.seasons) {
      seasons.push_back(static_cast<double>(season) * static_cast<double>(context.input.plan.step_ns) / 1e9);
    }
    list.push_back({{"series", context.input.series[one.series].display_name},
                    {"method", one.forecast.method},
                    {"reliability", RoundTo(one.forecast.reliability, 3)},
                    {"coverageOnHistory", RoundTo(one.forecast.history_coverage, 3)},
                    {"seasonSeconds", std::move(seasons)}});
  }
  return {{"analysis", "forecast"},
          {"horizonSeconds", absl::ToDoubleSeconds(context.spec.forecast.horizon)},
          {"intervalSeconds", static_cast<double>(context.input.plan.step_ns) / 1e9},
          {"series", std::move(list)}};
}

Frame OverlayFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts, size_t horizon) {
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
  if (absl::ToUnixNanos(context.request.range.to) <= context.input.plan.visible_to_ns + context.input.plan.step_ns) {
    frame.meta.notices.push_back(
        {NoticeSeverity::kInfo, Concat("The forecast begins at the right edge of this panel. Let the time range "
                                       "end later, such as now+",
                                       DurationText(context.spec.forecast.horizon), ", to see it.")});
  }
  return frame;
}

Frame RowsFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts) {
  Frame frame = StartFrame(context, "forecast", "table");
  std::vector<std::string> names;
  std::vector<std::string> methods;
  std::array<std::vector<double>, 4> numbers;
  std::vector<int64_t> times;
  for (const SeriesForecast& one : forecasts) {
    const Band& widest = one.forecast.bands.back();
    names.push_back(context.input.series[one.series].display_name);
    methods.push_back(one.forecast.method);
    times.push_back(context.input.plan.visible_to_ns +
                    static_cast<int64_t>(one.forecast.point.size()) * context.input.plan.step_ns);
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
  frame.fields.push_back(NumberField("reliability", std::move(numbers[3])));
  frame.fields.push_back(StringField("method", methods));
  return frame;
}

Frame LastFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const SeriesForecast& one : forecasts) {
    const ModelSeries& series = context.input.series[one.series];
    FieldConfig config;
    config.display_name_from_ds = series.display_name;
    if (!series.unit.empty()) {
      config.unit = series.unit;
    }
    frame.fields.push_back(NumberField("forecast", {one.forecast.point.back()}, series.labels, std::move(config)));
  }
  return frame;
}

Frame AlertFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts, size_t horizon) {
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", FutureTimes(context.input.plan, horizon)));
  for (const SeriesForecast& one : forecasts) {
    frame.fields.push_back(NumberField("forecast", one.forecast.point, context.input.series[one.series].labels));
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

void AddForecastNotices(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts,
                        std::vector<Notice>& notices) {
  constexpr size_t kMostNotices = 5;
  for (const SeriesForecast& one : forecasts) {
    for (const std::string& text : one.forecast.notices) {
      if (notices.size() < kMostNotices) {
        notices.push_back({NoticeSeverity::kInfo, Concat(context.input.series[one.series].display_name, ": ", text)});
      }
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerForecast(const AnswerContext& context) {
  BELLWETHER_ASSIGN_OR_RETURN(const size_t horizon, HorizonSteps(context, context.limits.max_horizon_steps));
  std::vector<absl::StatusOr<Forecast>> results(context.input.series.size(), absl::UnknownError("not yet"));
  BELLWETHER_ASSIGN_OR_RETURN(const SeriesPass pass, ForEachSeries(context, kVerb, [&](size_t i) {
                                results[i] = ForecastSeries(context, context.input.series[i], horizon);
                              }));
  std::vector<SeriesForecast> forecasts;
  std::vector<std::pair<size_t, absl::Status>> failures;
  for (size_t i = 0; i < results.size(); ++i) {
    if (!pass.Has(i)) {
      continue;
    }
    if (results[i].ok()) {
      forecasts.push_back({i, *std::move(results[i])});
    } else {
      failures.emplace_back(i, results[i].status());
    }
  }
  std::vector<Notice> notices;
  BELLWETHER_RETURN_IF_ERROR(ReportFailures(context, failures, forecasts.size(), notices));
  AddForecastNotices(context, forecasts, notices);
  Frame frame;
  if (context.request.from_alert) {
    frame = AlertFrame(context, forecasts, horizon);
  } else if (context.spec.form == AnswerForm::kRows) {
    frame = RowsFrame(context, forecasts);
  } else if (context.spec.form == AnswerForm::kLast) {
    frame = LastFrame(context, forecasts);
  } else if (context.spec.form == AnswerForm::kOverlay) {
    frame = OverlayFrame(context, forecasts, horizon);
  } else {
    return BadQueryError("A forecast has no such form. Set form to overlay, rows or last.");
  }
  AddLateNotice(pass, kVerb, frame);
  frame.meta.notices.insert(frame.meta.notices.end(), notices.begin(), notices.end());
  frame.meta.custom_json = SummaryJson(context, forecasts).dump();
  return std::vector<Frame>{std::move(frame)};
}

}  // namespace bellwether
