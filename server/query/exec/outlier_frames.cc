#include "server/query/exec/outlier_frames.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "server/analytics/outliers/group_outliers.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/outlier_analysis.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kBandOpacity = 18;
constexpr const char* kPeerColor = "#8e8e8e";  // readable on the light and the dark theme, and nobody's hue

/// Red points at the drawn values of the runs in which the series was an outlier.
std::vector<double> OutlierPoints(const DisplayGrid& grid, std::span<const double> drawn,
                                  std::span<const double> shares, double min_share) {
  std::vector<double> points(grid.size(), kNan);
  for (size_t i = 0; i < grid.size(); ++i) {
    const auto run = shares.subspan(grid.begin(i), grid.end(i) - grid.begin(i));
    if (std::any_of(run.begin(), run.end(), [min_share](double share) { return share >= min_share; })) {
      points[i] = drawn[i];
    }
  }
  return points;
}

void AddBandFields(const AnswerContext& context, const DisplayGrid& grid, const PeerGroup& group, size_t hue,
                   Labels labels, Frame& frame) {
  const auto drawn = [&](const std::vector<double>& column) {
    return grid.Mean(std::span(column).subspan(context.input.visible_begin));
  };
  const ShowSet& show = context.spec.show;
  const std::string unit = group.peers.empty() ? "" : context.input.series[group.peers.front().series].unit;
  const std::string name = group.metric + " peers";
  if (show.expected) {
    frame.fields.push_back(
        NumberField("expected", drawn(group.band.median), labels, ExpectedStyle(hue, name + " median", unit)));
  }
  if (show.band) {
    frame.fields.push_back(
        NumberField("lower", drawn(group.band.lower), labels, BandLowerStyle(hue, name + " lower", unit)));
    frame.fields.push_back(NumberField("upper", drawn(group.band.upper), std::move(labels),
                                       BandUpperStyle(hue, name + " upper", unit, name + " lower", kBandOpacity)));
  }
}

void AddPeerFields(const AnswerContext& context, const DisplayGrid& grid, const JudgedPeer& peer, double min_share,
                   Frame& frame) {
  const ShowSet& show = context.spec.show;
  const ModelSeries& series = context.input.series[peer.series];
  const bool is_outlier = IsVisibleOutlier(context, peer.verdict);
  const std::vector<double> drawn = grid.Mean(std::span(series.values).subspan(context.input.visible_begin));
  if (show.value) {
    FieldConfig style = ValueStyle(peer.series, series.display_name, series.unit);
    if (is_outlier) {
      style.custom.line_width = 2;
    } else {
      style.fixed_color = kPeerColor;
      style.custom.hide_from_legend = true;
    }
    frame.fields.push_back(NumberField("value", drawn, series.labels, std::move(style)));
  }
  if (show.points && is_outlier) {
    frame.fields.push_back(NumberField("outlier", OutlierPoints(grid, drawn, peer.shares, min_share), series.labels,
                                       AnomalyStyle(series.display_name + " outlier", series.unit)));
  }
  if (show.score) {
    frame.fields.push_back(NumberField("score", grid.Mean(peer.shares), series.labels,
                                       ScoreStyle(peer.series, series.display_name + " score")));
  }
}

Frame OverlayFrame(const AnswerContext& context, const PeerGroups& judged) {
  const DisplayGrid grid(std::span(context.input.times_unix_ns).subspan(context.input.visible_begin),
                         context.input.plan.step_ns,
                         DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", grid.times_unix_ns()));
  const bool are_several = judged.groups.size() > 1;
  for (size_t g = 0; g < judged.groups.size(); ++g) {
    const PeerGroup& group = judged.groups[g];
    AddBandFields(context, grid, group, g, are_several ? Labels{{"series", group.metric}} : Labels(), frame);
    for (const JudgedPeer& peer : group.peers) {
      AddPeerFields(context, grid, peer, judged.options.min_share, frame);
    }
  }
  return frame;
}

/// One dense series of 0 and 1 per label set, missing where the input is.
Frame AlertFrame(const AnswerContext& context, const PeerGroups& judged) {
  const auto times = std::span(context.input.times_unix_ns).subspan(context.input.visible_begin);
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", {times.begin(), times.end()}));
  for (const PeerGroup& group : judged.groups) {
    for (const JudgedPeer& peer : group.peers) {
      const ModelSeries& series = context.input.series[peer.series];
      std::vector<double> dense = peer.shares;
      for (size_t i = 0; i < dense.size(); ++i) {
        const bool is_outlier = dense[i] >= judged.options.min_share;
        dense[i] = !std::isfinite(series.values[context.input.visible_begin + i]) ? kNan : is_outlier ? 1.0 : 0.0;
      }
      frame.fields.push_back(NumberField("outlier", std::move(dense), series.labels));
    }
  }
  return frame;
}

Frame LastFrame(const AnswerContext& context, const PeerGroups& judged) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const PeerGroup& group : judged.groups) {
    for (const JudgedPeer& peer : group.peers) {
      const ModelSeries& series = context.input.series[peer.series];
      FieldConfig config = ScoreStyle(0, series.display_name + " outlier score");
      config.fixed_color.reset();
      config.custom = GraphStyle();
      config.thresholds = {{std::nullopt, "green"}, {judged.options.min_share, "red"}};
      frame.fields.push_back(
          NumberField("score", {peer.shares.empty() ? kNan : peer.shares.back()}, series.labels, std::move(config)));
    }
  }
  return frame;
}

/// One stretch of one series.
struct StretchRow {
  size_t series;
  size_t peers;
  const OutlierStretch* stretch;
};

/// The visible stretches, latest first.
std::vector<StretchRow> StretchRows(const AnswerContext& context, const std::vector<PeerGroup>& groups) {
  std::vector<StretchRow> rows;
  for (const PeerGroup& group : groups) {
    for (const JudgedPeer& peer : group.peers) {
      for (const OutlierStretch& stretch : peer.verdict.stretches) {
        if (IsVisible(context, stretch)) {
          rows.push_back({peer.series, group.size - 1, &stretch});
        }
      }
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const StretchRow& a, const StretchRow& b) { return a.stretch->first > b.stretch->first; });
  return rows;
}

int64_t StartOf(const AnswerContext& context, const OutlierStretch& stretch) {
  return context.input.times_unix_ns[stretch.first];
}
int64_t EndOf(const AnswerContext& context, const OutlierStretch& stretch) {
  return context.input.times_unix_ns[stretch.last] + context.input.plan.step_ns;
}

std::string Explain(const AnswerContext& context, const StretchRow& row) {
  const OutlierStretch& stretch = *row.stretch;
  const absl::Duration length = absl::Nanoseconds(EndOf(context, stretch) - StartOf(context, stretch));
  return Concat(context.input.series[row.series].display_name, " was ",
                absl::StrFormat("%.4g", std::abs(stretch.deviation)), stretch.deviation < 0 ? " below" : " above",
                " the median of its ", row.peers, " peers on average for ", DurationText(length), ", ",
                absl::StrFormat("%.3g", std::abs(stretch.spreads)), " times the group's spread.");
}

Frame RowsFrame(const AnswerContext& context, const std::vector<PeerGroup>& groups) {
  std::vector<int64_t> start;
  std::vector<int64_t> end;
  std::vector<std::string> series;
  std::vector<std::string> explanation;
  std::vector<double> deviation;
  std::vector<double> spreads;
  for (const StretchRow& row : StretchRows(context, groups)) {
    start.push_back(StartOf(context, *row.stretch));
    end.push_back(EndOf(context, *row.stretch));
    series.push_back(context.input.series[row.series].display_name);
    explanation.push_back(Explain(context, row));
    deviation.push_back(RoundTo(row.stretch->deviation, 6));
    spreads.push_back(RoundTo(row.stretch->spreads, 4));
  }
  Frame frame = StartFrame(context, "outliers", "table");
  frame.fields.push_back(TimeColumnField("start", std::move(start)));
  frame.fields.push_back(TimeColumnField("end", std::move(end)));
  frame.fields.push_back(StringField("series", series));
  frame.fields.push_back(StringField("explanation", explanation, SentenceStyle()));
  frame.fields.push_back(NumberField("deviation", std::move(deviation)));
  frame.fields.push_back(NumberField("spreads", std::move(spreads)));
  return frame;
}

Frame AnnotationsFrame(const AnswerContext& context, const std::vector<PeerGroup>& groups) {
  std::vector<Region> regions;
  for (const StretchRow& row : StretchRows(context, groups)) {
    regions.push_back({StartOf(context, *row.stretch),
                       EndOf(context, *row.stretch),
                       context.input.series[row.series].display_name + " unlike its peers",
                       Explain(context, row),
                       "orange",
                       {"outlier"}});
  }
  return RegionsFrame(context, regions, /*as_annotation_query=*/true);
}

nlohmann::json SummaryJson(const AnswerContext& context, const std::vector<PeerGroup>& groups,
                           const GroupOutlierOptions& options) {
  nlohmann::json list = nlohmann::json::array();
  for (const PeerGroup& group : groups) {
    nlohmann::json outliers = nlohmann::json::array();
    for (const JudgedPeer& peer : group.peers) {
      const SeriesOutlierVerdict& verdict = peer.verdict;
      if (IsVisibleOutlier(context, verdict)) {
        outliers.push_back(
            {{"series", context.input.series[peer.series].display_name},
             {"score", RoundTo(verdict.score, 4)},
             {"stretches", std::count_if(verdict.stretches.begin(), verdict.stretches.end(),
                                         [&](const OutlierStretch& s) { return IsVisible(context, s); })}});
      }
    }
    list.push_back({{"metric", group.metric},
                    {"series", group.size},
                    {"tolerance", RoundTo(group.band.tolerance, 4)},
                    {"outliers", std::move(outliers)}});
  }
  const double step_seconds = static_cast<double>(context.input.plan.step_ns) / 1e9;
  return {{"analysis", "outliers"},          {"method", OutlierMethodName(options.method)},
          {"intervalSeconds", step_seconds}, {"windowSeconds", step_seconds * static_cast<double>(options.window)},
          {"minShare", options.min_share},   {"groups", std::move(list)}};
}

void AddSmallGroupNotice(const std::vector<PeerGroup>& groups, Frame& frame) {
  for (const PeerGroup& group : groups) {
    if (group.size < kMinGroupSeries) {
      frame.meta.notices.push_back(
          {NoticeSeverity::kInfo,
           Concat(group.metric, " has ", group.size, " series; at least ", kMinGroupSeries,
                  " are needed to say who is unlike the others. Select more series of this metric.")});
      return;
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerOutliers(const AnswerContext& context) {
  if (!context.request.from_alert && context.spec.form == AnswerForm::kSeverity) {
    return BadQueryError("Outliers have no such form. Set form to overlay, rows, last or annotations.");
  }
  BELLWETHER_ASSIGN_OR_RETURN(const PeerGroups judged, JudgePeers(context));
  Frame frame;
  if (context.request.from_alert) {
    frame = AlertFrame(context, judged);
  } else if (context.spec.form == AnswerForm::kRows) {
    frame = RowsFrame(context, judged.groups);
  } else if (context.spec.form == AnswerForm::kLast) {
    frame = LastFrame(context, judged);
  } else if (context.spec.form == AnswerForm::kAnnotations) {
    frame = AnnotationsFrame(context, judged.groups);
  } else {
    frame = OverlayFrame(context, judged);
  }
  AddLateNotice(judged.pass, kPeersVerb, frame);
  AddSmallGroupNotice(judged.groups, frame);
  frame.meta.custom_json = SummaryJson(context, judged.groups, judged.options).dump();
  return std::vector<Frame>{std::move(frame)};
}

}  // namespace bellwether
