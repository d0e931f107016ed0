#include "server/query/exec/anomaly_frames.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/anomaly_analysis.h"
#include "server/query/exec/anomaly_report.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/group_shares.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kBandOpacity = 18;

// The columns of one series at display resolution.
struct DrawnSeries {
  std::vector<double> value;
  std::vector<double> anomaly;
};

// Where a drawn point holds an anomalous step, the line and the red point show that step's value, so that no zoom hides
// it; elsewhere the line is the mean.
DrawnSeries Draw(const DisplayGrid& grid, std::span<const double> values, const SeriesVerdicts& verdicts) {
  DrawnSeries drawn{grid.Mean(values), std::vector<double>(grid.size(), kNan)};
  for (size_t i = 0; i < grid.size(); ++i) {
    double best = -1;
    for (size_t k = grid.begin(i); k < grid.end(i); ++k) {
      if (verdicts.is_anomaly[k] != 0 && std::isfinite(values[k]) && verdicts.score[k] > best) {
        best = verdicts.score[k];
        drawn.anomaly[i] = values[k];
        drawn.value[i] = values[k];
      }
    }
  }
  return drawn;
}

void AddOverlayFields(const AnswerContext& context, const DisplayGrid& grid, size_t index,
                      const SeriesVerdicts& verdicts, Frame& frame) {
  const ModelSeries& series = context.input.series[index];
  const ShowSet& show = context.spec.show;
  const std::string& name = series.display_name;
  const auto values = std::span(series.values).subspan(context.input.visible_begin);
  DrawnSeries drawn = Draw(grid, values, verdicts);
  if (show.value) {
    frame.fields.push_back(
        NumberField("value", std::move(drawn.value), series.labels, ValueStyle(index, name, series.unit)));
  }
  if (show.expected) {
    frame.fields.push_back(NumberField("expected", grid.Mean(verdicts.expected), series.labels,
                                       ExpectedStyle(index, name + " expected", series.unit)));
  }
  if (show.band) {
    frame.fields.push_back(NumberField("lower", grid.Mean(verdicts.lower), series.labels,
                                       BandLowerStyle(index, name + " lower", series.unit)));
    frame.fields.push_back(
        NumberField("upper", grid.Mean(verdicts.upper), series.labels,
                    BandUpperStyle(index, name + " upper", series.unit, name + " lower", kBandOpacity)));
  }
  if (show.points) {
    frame.fields.push_back(
        NumberField("anomaly", std::move(drawn.anomaly), series.labels, AnomalyStyle(name + " anomaly", series.unit)));
  }
  if (show.score) {
    frame.fields.push_back(
        NumberField("score", grid.Mean(verdicts.score), series.labels, ScoreStyle(index, name + " score")));
  }
  if (show.p_value) {
    frame.fields.push_back(
        NumberField("p_value", grid.Mean(verdicts.p_value), series.labels, ScoreStyle(index, name + " p-value")));
  }
}

void CompleteAll(const GroupShares& shares, std::vector<SeriesSummary>& summaries) {
  for (size_t i = 0; i < summaries.size(); ++i) {
    shares.Complete(i, summaries[i].incidents);
  }
}

Frame OverlayFrame(const AnswerContext& context, std::vector<SeriesSummary>& summaries, absl::Status& status) {
  const VisibleRange visible = VisiblePart(context.input);
  const DisplayGrid grid(std::span(context.input.times_unix_ns).subspan(visible.begin), context.input.plan.step_ns,
                         DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", grid.times_unix_ns()));
  GroupShares shares(context.input);
  for (size_t i = 0; i < context.input.series.size(); ++i) {
    absl::StatusOr<SeriesVerdicts> verdicts =
        JudgeSeries(context.input, context.input.series[i], context.spec.anomalies, context.cancellation);
    if (!verdicts.ok()) {
      status = verdicts.status();
      return frame;
    }
    AddOverlayFields(context, grid, i, *verdicts, frame);
    shares.Add(i, *verdicts);
    summaries.push_back({std::move(verdicts->incidents), std::move(verdicts->periods), verdicts->alarms_per_week,
                         verdicts->learning_buckets});
  }
  CompleteAll(shares, summaries);
  if (grid.group() > 1) {
    frame.meta.stats.push_back({"Model steps per drawn point", static_cast<double>(grid.group()), ""});
  }
  return frame;
}

// One dense numeric series per label set: the score, or 0 and 1 against the query's own threshold. Missing where the
// input is.
void AddDenseField(const AnswerContext& context, const ModelSeries& series, const SeriesVerdicts& verdicts,
                   Frame& frame) {
  const auto values = std::span(series.values).subspan(context.input.visible_begin);
  std::vector<double> dense(verdicts.score);
  const std::optional<double>& threshold = context.spec.anomalies.alert_threshold;
  for (size_t i = 0; i < dense.size(); ++i) {
    const bool judged = std::isfinite(values[i]) || verdicts.is_anomaly[i] != 0;
    dense[i] = !judged ? kNan : threshold.has_value() ? (dense[i] >= *threshold ? 1.0 : 0.0) : dense[i];
  }
  frame.fields.push_back(NumberField(threshold.has_value() ? "anomaly" : "score", std::move(dense), series.labels));
}

void AddSeverityField(const AnswerContext& context, const DisplayGrid& grid, bool closed, const ModelSeries& series,
                      const SeriesVerdicts& verdicts, Frame& frame) {
  StringColumn column;
  const auto values = std::span(series.values).subspan(context.input.visible_begin);
  for (size_t i = 0; i < grid.size(); ++i) {
    Severity worst = Severity::kNone;
    bool any = false;
    for (size_t k = grid.begin(i); k < grid.end(i); ++k) {
      any = any || std::isfinite(values[k]) || verdicts.is_anomaly[k] != 0;
      if (verdicts.is_anomaly[k] != 0) {
        worst = std::max(worst, std::max(verdicts.severity[k], Severity::kLow));
      }
    }
    column.PushBack(any ? std::optional(SeverityName(worst)) : std::nullopt);
  }
  if (closed) {
    column.PushBack(std::nullopt);
  }
  Field field;
  field.name = series.display_name;
  field.labels = series.labels;
  field.config = SeverityStyle(series.display_name);
  field.column = std::move(column);
  field.nullable = true;
  frame.fields.push_back(std::move(field));
}

void AddLastField(const ModelSeries& series, const SeriesVerdicts& verdicts, Frame& frame) {
  FieldConfig config = ScoreStyle(0, series.display_name + " anomaly score");
  config.fixed_color.reset();
  config.custom = GraphStyle();
  config.thresholds = {{std::nullopt, "green"}, {0.5, "yellow"}, {0.8, "orange"}, {0.95, "red"}};
  frame.fields.push_back(
      NumberField("score", {verdicts.score.empty() ? kNan : verdicts.score.back()}, series.labels, std::move(config)));
}

// Judges all series for a form that needs no points, handing each series' verdicts to `use`.
template <typename Use>
absl::StatusOr<std::vector<SeriesSummary>> JudgeAll(const AnswerContext& context, const Use& use) {
  std::vector<SeriesSummary> summaries;
  for (const ModelSeries& series : context.input.series) {
    BELLWETHER_ASSIGN_OR_RETURN(SeriesVerdicts verdicts,
                                JudgeSeries(context.input, series, context.spec.anomalies, context.cancellation));
    use(series, verdicts);
    summaries.push_back({std::move(verdicts.incidents), std::move(verdicts.periods), verdicts.alarms_per_week,
                         verdicts.learning_buckets});
  }
  return summaries;
}

absl::StatusOr<std::vector<Frame>> FramesOf(const AnswerContext& context) {
  const VisibleRange visible = VisiblePart(context.input);
  const auto times = std::span(context.input.times_unix_ns).subspan(visible.begin);
  std::vector<Frame> frames;
  if (context.request.from_alert) {
    Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
    frame.fields.push_back(TimeField("time", {times.begin(), times.end()}));
    BELLWETHER_RETURN_IF_ERROR(JudgeAll(context, [&](const ModelSeries& series, const SeriesVerdicts& verdicts) {
                                 AddDenseField(context, series, verdicts, frame);
                               }).status());
    frames.push_back(std::move(frame));
    return frames;
  }
  switch (context.spec.form) {
    case AnswerForm::kOverlay: {
      std::vector<SeriesSummary> summaries;
      absl::Status status;
      frames.push_back(OverlayFrame(context, summaries, status));
      BELLWETHER_RETURN_IF_ERROR(status);
      frames.front().meta.custom_json = SummaryJson(context, summaries);
      AddLearningNotice(context, summaries, frames.front());
      if (context.spec.show.regions) {
        frames.push_back(RegionsFrame(context, IncidentRegions(context, summaries), /*as_annotation_query=*/false));
      }
      if (context.spec.show.labels) {
        frames.push_back(RegionsFrame(context, LabelRegions(context), /*as_annotation_query=*/false));
      }
      return frames;
    }
    case AnswerForm::kRows:
    case AnswerForm::kAnnotations: {
      GroupShares shares(context.input);
      BELLWETHER_ASSIGN_OR_RETURN(std::vector<SeriesSummary> summaries,
                                  JudgeAll(context, [&](const ModelSeries& series, const SeriesVerdicts& verdicts) {
                                    shares.Add(static_cast<size_t>(&series - context.input.series.data()), verdicts);
                                  }));
      CompleteAll(shares, summaries);
      frames.push_back(context.spec.form == AnswerForm::kRows
                           ? IncidentRowsFrame(context, summaries)
                           : RegionsFrame(context, IncidentRegions(context, summaries), /*as_annotation_query=*/true));
      frames.front().meta.custom_json = SummaryJson(context, summaries);
      AddLearningNotice(context, summaries, frames.front());
      return frames;
    }
    case AnswerForm::kSeverity: {
      const DisplayGrid grid(times, context.input.plan.step_ns,
                             DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
      Frame frame = StartFrame(context, AnswerName(context), "");
      // A state timeline draws the last state on to the end of the panel: a missing one ends it where the data end.
      const bool closed = context.input.plan.visible_to_ns < absl::ToUnixNanos(context.request.range.to);
      std::vector<int64_t> state_times = grid.times_unix_ns();
      if (closed) {
        state_times.push_back(context.input.plan.visible_to_ns);
      }
      frame.fields.push_back(TimeField("time", std::move(state_times)));
      BELLWETHER_RETURN_IF_ERROR(JudgeAll(context, [&](const ModelSeries& series, const SeriesVerdicts& verdicts) {
                                   AddSeverityField(context, grid, closed, series, verdicts, frame);
                                 }).status());
      frames.push_back(std::move(frame));
      return frames;
    }
    case AnswerForm::kLast: {
      Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
      BELLWETHER_RETURN_IF_ERROR(JudgeAll(context, [&](const ModelSeries& series, const SeriesVerdicts& verdicts) {
                                   AddLastField(series, verdicts, frame);
                                 }).status());
      frames.push_back(std::move(frame));
      return frames;
    }
  }
  return frames;
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerAnomalies(const AnswerContext& context) { return FramesOf(context); }

}  // namespace bellwether
