#include "server/query/exec/anomaly_frames.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/analytics/anomaly/lane_bank.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/anomaly_analysis.h"
#include "server/query/exec/anomaly_report.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/group_shares.h"
#include "server/query/exec/series_pass.h"

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
                      const SeriesVerdicts& verdicts, std::vector<Field>& fields) {
  const ModelSeries& series = context.input.series[index];
  const ShowSet& show = context.spec.show;
  const std::string& name = series.display_name;
  const auto values = std::span(series.values).subspan(context.input.visible_begin);
  DrawnSeries drawn = Draw(grid, values, verdicts);
  if (show.value) {
    fields.push_back(NumberField("value", std::move(drawn.value), series.labels, ValueStyle(index, name, series.unit)));
  }
  if (show.expected) {
    fields.push_back(NumberField("expected", grid.Mean(verdicts.expected), series.labels,
                                 ExpectedStyle(index, name + " expected", series.unit)));
  }
  if (show.band) {
    fields.push_back(NumberField("lower", grid.Mean(verdicts.lower), series.labels,
                                 BandLowerStyle(index, name + " lower", series.unit)));
    fields.push_back(NumberField("upper", grid.Mean(verdicts.upper), series.labels,
                                 BandUpperStyle(index, name + " upper", series.unit, name + " lower", kBandOpacity)));
  }
  if (show.points) {
    fields.push_back(
        NumberField("anomaly", std::move(drawn.anomaly), series.labels, AnomalyStyle(name + " anomaly", series.unit)));
  }
  if (show.score) {
    fields.push_back(
        NumberField("score", grid.Mean(verdicts.score), series.labels, ScoreStyle(index, name + " score")));
  }
  if (show.p_value) {
    fields.push_back(
        NumberField("p_value", grid.Mean(verdicts.p_value), series.labels, ScoreStyle(index, name + " p-value")));
  }
}

void CompleteAll(const GroupShares& shares, std::vector<SeriesSummary>& summaries) {
  for (size_t i = 0; i < summaries.size(); ++i) {
    shares.Complete(i, summaries[i].incidents);
  }
}

// What became of the series of a query.
struct Judged {
  std::vector<SeriesSummary> summaries;  // by series of the input
  std::vector<std::vector<Field>> fields;
  SeriesPass pass;

  // Moves the fields of the series that were judged into `frame`, in the order of the input.
  void MoveFieldsInto(Frame& frame) {
    for (std::vector<Field>& of_series : fields) {
      std::move(of_series.begin(), of_series.end(), std::back_inserter(frame.fields));
    }
    fields.clear();
    AddLateNotice(pass, kVerb, frame);
  }

  static constexpr std::string_view kVerb = "judged";
};

// Judges all series, several at once. `use` makes the fields of one series from its verdicts, which are not kept: it
// runs on any thread and may touch what belongs to its series alone.
template <typename Use>
absl::StatusOr<Judged> JudgeAll(const AnswerContext& context, const Use& use) {
  const size_t count = context.input.series.size();
  Judged judged;
  judged.summaries.resize(count);
  judged.fields.resize(count);
  std::vector<absl::Status> failures(count);
  const auto judge = [&](std::span<const size_t> which) {
    std::vector<const ModelSeries*> series;
    for (const size_t i : which) {
      series.push_back(&context.input.series[i]);
    }
    absl::StatusOr<std::vector<SeriesVerdicts>> verdicts =
        JudgeSeries(context.input, series, context.spec.anomalies, context.cancellation);
    for (size_t k = 0; k < which.size(); ++k) {
      const size_t i = which[k];
      if (!verdicts.ok()) {
        failures[i] = verdicts.status();
        continue;
      }
      SeriesVerdicts& own = (*verdicts)[k];
      use(i, own, judged.fields[i]);
      judged.summaries[i] = {std::move(own.incidents), std::move(own.periods), own.alarms_per_week,
                             own.learning_buckets, /*is_judged=*/true};
    }
  };
  BELLWETHER_ASSIGN_OR_RETURN(judged.pass, ForSeriesGroups(context, Judged::kVerb, kBankLanes, judge));
  for (absl::Status& failure : failures) {
    BELLWETHER_RETURN_IF_ERROR(failure);
  }
  return judged;
}

absl::StatusOr<Frame> OverlayFrame(const AnswerContext& context, std::vector<SeriesSummary>& summaries) {
  const VisibleRange visible = VisiblePart(context.input);
  const DisplayGrid grid(std::span(context.input.times_unix_ns).subspan(visible.begin), context.input.plan.step_ns,
                         DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", grid.times_unix_ns()));
  GroupShares shares(context.input);
  BELLWETHER_ASSIGN_OR_RETURN(
      Judged judged, JudgeAll(context, [&](size_t i, const SeriesVerdicts& verdicts, std::vector<Field>& fields) {
        AddOverlayFields(context, grid, i, verdicts, fields);
        shares.Add(i, verdicts);
      }));
  judged.MoveFieldsInto(frame);
  summaries = std::move(judged.summaries);
  CompleteAll(shares, summaries);
  if (grid.group() > 1) {
    frame.meta.stats.push_back({"Model steps per drawn point", static_cast<double>(grid.group()), ""});
  }
  return frame;
}

// One dense numeric series per label set: the score, or 0 and 1 against the query's own threshold. Missing where the
// input is.
void AddDenseField(const AnswerContext& context, const ModelSeries& series, const SeriesVerdicts& verdicts,
                   std::vector<Field>& fields) {
  const auto values = std::span(series.values).subspan(context.input.visible_begin);
  std::vector<double> dense(verdicts.score);
  const std::optional<double>& threshold = context.spec.anomalies.alert_threshold;
  for (size_t i = 0; i < dense.size(); ++i) {
    const bool judged = std::isfinite(values[i]) || verdicts.is_anomaly[i] != 0;
    dense[i] = !judged ? kNan : threshold.has_value() ? (dense[i] >= *threshold ? 1.0 : 0.0) : dense[i];
  }
  fields.push_back(NumberField(threshold.has_value() ? "anomaly" : "score", std::move(dense), series.labels));
}

void AddSeverityField(const AnswerContext& context, const DisplayGrid& grid, bool closed, const ModelSeries& series,
                      const SeriesVerdicts& verdicts, std::vector<Field>& fields) {
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
  fields.push_back(std::move(field));
}

void AddLastField(const ModelSeries& series, const SeriesVerdicts& verdicts, std::vector<Field>& fields) {
  FieldConfig config = ScoreStyle(0, series.display_name + " anomaly score");
  config.fixed_color.reset();
  config.custom = GraphStyle();
  config.thresholds = {{std::nullopt, "green"}, {0.5, "yellow"}, {0.8, "orange"}, {0.95, "red"}};
  fields.push_back(
      NumberField("score", {verdicts.score.empty() ? kNan : verdicts.score.back()}, series.labels, std::move(config)));
}

// A frame of one or more fields a series, made by `use` from its verdicts.
template <typename Use>
absl::StatusOr<std::vector<Frame>> OneFrame(const AnswerContext& context, Frame frame, const Use& use) {
  BELLWETHER_ASSIGN_OR_RETURN(
      Judged judged, JudgeAll(context, [&](size_t i, const SeriesVerdicts& verdicts, std::vector<Field>& fields) {
        use(context.input.series[i], verdicts, fields);
      }));
  judged.MoveFieldsInto(frame);
  std::vector<Frame> frames;
  frames.push_back(std::move(frame));
  return frames;
}

absl::StatusOr<std::vector<Frame>> IncidentFrames(const AnswerContext& context) {
  GroupShares shares(context.input);
  BELLWETHER_ASSIGN_OR_RETURN(Judged judged, JudgeAll(context, [&](size_t i, const SeriesVerdicts& verdicts,
                                                                   std::vector<Field>&) { shares.Add(i, verdicts); }));
  CompleteAll(shares, judged.summaries);
  const std::vector<SeriesSummary>& summaries = judged.summaries;
  std::vector<Frame> frames;
  frames.push_back(context.spec.form == AnswerForm::kRows
                       ? IncidentRowsFrame(context, summaries)
                       : RegionsFrame(context, IncidentRegions(context, summaries), /*as_annotation_query=*/true));
  frames.front().meta.custom_json = SummaryJson(context, summaries);
  AddLateNotice(judged.pass, Judged::kVerb, frames.front());
  AddLearningNotice(context, summaries, frames.front());
  return frames;
}

absl::StatusOr<std::vector<Frame>> SeverityFrames(const AnswerContext& context, std::span<const int64_t> times) {
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
  return OneFrame(context, std::move(frame),
                  [&](const ModelSeries& series, const SeriesVerdicts& verdicts, std::vector<Field>& fields) {
                    AddSeverityField(context, grid, closed, series, verdicts, fields);
                  });
}

absl::StatusOr<std::vector<Frame>> OverlayFrames(const AnswerContext& context) {
  std::vector<SeriesSummary> summaries;
  std::vector<Frame> frames;
  BELLWETHER_ASSIGN_OR_RETURN(Frame overlay, OverlayFrame(context, summaries));
  frames.push_back(std::move(overlay));
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

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerAnomalies(const AnswerContext& context) {
  const VisibleRange visible = VisiblePart(context.input);
  const auto times = std::span(context.input.times_unix_ns).subspan(visible.begin);
  if (context.request.from_alert) {
    Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
    frame.fields.push_back(TimeField("time", {times.begin(), times.end()}));
    return OneFrame(context, std::move(frame),
                    [&](const ModelSeries& series, const SeriesVerdicts& verdicts, std::vector<Field>& fields) {
                      AddDenseField(context, series, verdicts, fields);
                    });
  }
  switch (context.spec.form) {
    case AnswerForm::kOverlay:
      return OverlayFrames(context);
    case AnswerForm::kRows:
    case AnswerForm::kAnnotations:
      return IncidentFrames(context);
    case AnswerForm::kSeverity:
      return SeverityFrames(context, times);
    case AnswerForm::kLast:
      return OneFrame(context, StartFrame(context, AnswerName(context), "numeric-wide"), AddLastField);
  }
  return std::vector<Frame>();
}

}  // namespace bellwether
