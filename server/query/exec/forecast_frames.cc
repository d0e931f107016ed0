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
#include "server/query/exec/forecast_numbers.h"
#include "server/query/exec/forecast_summary.h"
#include "server/query/exec/forecast_text.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/series_pass.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr std::string_view kVerb = "forecast";
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The inner the band, the denser its colour.
double BandOpacity(size_t band, size_t bands) {
  return bands == 1 ? 18 : 25 - 17.0 * static_cast<double>(band) / static_cast<double>(bands - 1);
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
    const std::string level = LevelText(bands[b].level);
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
                        const std::vector<SeriesForecast>& forecasts, Frame& frame) {
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
      FieldConfig single = ProbabilityStyle(one.series, series.display_name + " probability at the time");
      single.custom.line_fill = "dot";
      single.custom.line_dash = {2, 4};
      frame.fields.push_back(NumberField("probability at the time",
                                         Concatenate(past.size(), future.Mean(one.crossing->at_step)), series.labels,
                                         std::move(single)));
    }
  }
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
  AddThresholdFields(context, past, future, forecasts, frame);
  if (absl::ToUnixNanos(context.request.range.to) <= context.input.plan.visible_to_ns + context.input.plan.step_ns) {
    frame.meta.notices.push_back(
        {NoticeSeverity::kInfo, Concat("The forecast begins at the right edge of this panel. Let the time range "
                                       "end later, such as now+",
                                       DurationText(context.spec.forecast.horizon), ", to see it.")});
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
                     Concat(failures.size(), " of ", failures.size() + forecasts,
                            failures.size() == 1 ? " series has no forecast. " : " series have no forecast. ",
                            context.input.series[first].display_name, ": ", status.message())});
  return absl::OkStatus();
}

// What the analysis says of single series, and the story of each where there are few.
void AddForecastNotices(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts,
                        std::vector<Notice>& notices) {
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

absl::StatusOr<Frame> FrameOf(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts,
                              size_t horizon) {
  if (context.request.from_alert) {
    return ForecastAlertFrame(context, forecasts, horizon);
  }
  switch (context.spec.form) {
    case AnswerForm::kOverlay:
      return OverlayFrame(context, forecasts, horizon);
    case AnswerForm::kRows:
      return ForecastRowsFrame(context, forecasts);
    case AnswerForm::kLast:
      return ForecastLastFrame(context, forecasts);
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
  std::vector<SeriesForecast> forecasts;
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
  if (!context.request.from_alert) {
    AddForecastNotices(context, forecasts, notices);
  }
  BELLWETHER_ASSIGN_OR_RETURN(Frame frame, FrameOf(context, forecasts, horizon));
  AddLateNotice(pass, kVerb, frame);
  frame.meta.notices.insert(frame.meta.notices.end(), notices.begin(), notices.end());
  if (!context.request.from_alert) {
    frame.meta.custom_json = ForecastSummaryJson(context, forecasts);
  }
  std::vector<Frame> frames;
  frames.push_back(std::move(frame));
  return frames;
}

}  // namespace bellwether
