#include "server/query/exec/outlier_frames.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
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
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kAutoWindow = 30;
constexpr double kBandOpacity = 18;
constexpr const char* kPeerColor = "#8e8e8e";  // readable on the light and the dark theme, and nobody's hue

/// The series of one metric and what is said of them, over the whole grid of the model.
struct PeerGroup {
  std::string metric;
  std::vector<size_t> members;  ///< indices of the input's series
  GroupOutliers found;
};

absl::StatusOr<GroupOutlierOptions> OptionsOf(const AnswerContext& context) {
  const OutlierSpec& spec = context.spec.outliers;
  GroupOutlierOptions options;
  options.method = spec.method;
  options.tolerance = spec.tolerance.value_or(0);
  options.min_share = spec.min_share;
  options.window = kAutoWindow;
  const absl::Duration step = absl::Nanoseconds(context.input.plan.step_ns);
  if (spec.window.has_value()) {
    const int64_t steps = std::max<int64_t>(1, (*spec.window + step - absl::Nanoseconds(1)) / step);
    options.window = static_cast<size_t>(steps);
  }
  // The verdict on a point rests on its window, and the band of each of those points on a window of its own.
  const absl::Duration needed = 2 * static_cast<int64_t>(options.window) * step;
  if (options.window > kMaxOutlierWindow || needed > absl::Nanoseconds(context.input.plan.history_ns)) {
    return BadQueryError(Concat("The outlier window of ", options.window, " steps of ", DurationText(step),
                                " needs a history of twice its length. Set history to at least ", DurationText(needed),
                                ", or outliers.window to a shorter time."));
  }
  return options;
}

absl::StatusOr<std::vector<PeerGroup>> FindGroups(const AnswerContext& context, const GroupOutlierOptions& options) {
  std::vector<PeerGroup> groups;
  std::map<std::string, size_t> by_metric;
  for (size_t i = 0; i < context.input.series.size(); ++i) {
    const auto [place, is_new] = by_metric.emplace(context.input.series[i].name, groups.size());
    if (is_new) {
      groups.push_back({context.input.series[i].name, {}, {}});
    }
    groups[place->second].members.push_back(i);
  }
  const size_t points = context.input.times_unix_ns.size();
  std::vector<double> values;
  for (PeerGroup& group : groups) {
    BELLWETHER_RETURN_IF_ERROR(context.cancellation.Check());
    values.clear();
    values.reserve(group.members.size() * points);
    for (const size_t member : group.members) {
      const std::vector<double>& row = context.input.series[member].values;
      values.insert(values.end(), row.begin(), row.end());
    }
    BELLWETHER_ASSIGN_OR_RETURN(group.found, FindGroupOutliers({values, group.members.size(), points}, options));
  }
  return groups;
}

/// The score of a member at each visible step.
std::vector<double> VisibleShares(const AnswerContext& context, const PeerGroup& group, size_t member,
                                  const GroupOutlierOptions& options) {
  std::vector<double> shares = OutlierShares(context.input.series[group.members[member]].values, group.found, options);
  shares.erase(shares.begin(), shares.begin() + static_cast<std::ptrdiff_t>(context.input.visible_begin));
  return shares;
}

bool IsVisible(const AnswerContext& context, const OutlierStretch& stretch) {
  return stretch.last >= context.input.visible_begin;
}

bool IsVisibleOutlier(const AnswerContext& context, const SeriesOutlierVerdict& verdict) {
  return std::any_of(verdict.stretches.begin(), verdict.stretches.end(),
                     [&](const OutlierStretch& stretch) { return IsVisible(context, stretch); });
}

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
  const std::string& unit = context.input.series[group.members.front()].unit;
  const std::string name = group.metric + " peers";
  if (show.expected) {
    frame.fields.push_back(
        NumberField("expected", drawn(group.found.median), labels, ExpectedStyle(hue, name + " median", unit)));
  }
  if (show.band) {
    frame.fields.push_back(
        NumberField("lower", drawn(group.found.lower), labels, BandLowerStyle(hue, name + " lower", unit)));
    frame.fields.push_back(NumberField("upper", drawn(group.found.upper), std::move(labels),
                                       BandUpperStyle(hue, name + " upper", unit, name + " lower", kBandOpacity)));
  }
}

void AddMemberFields(const AnswerContext& context, const DisplayGrid& grid, const PeerGroup& group, size_t member,
                     const GroupOutlierOptions& options, Frame& frame) {
  const ShowSet& show = context.spec.show;
  const size_t index = group.members[member];
  const ModelSeries& series = context.input.series[index];
  const bool is_outlier = IsVisibleOutlier(context, group.found.series[member]);
  const std::vector<double> drawn = grid.Mean(std::span(series.values).subspan(context.input.visible_begin));
  if (show.value) {
    FieldConfig style = ValueStyle(index, series.display_name, series.unit);
    if (is_outlier) {
      style.custom.line_width = 2;
    } else {
      style.fixed_color = kPeerColor;
      style.custom.hide_from_legend = true;
    }
    frame.fields.push_back(NumberField("value", drawn, series.labels, std::move(style)));
  }
  if (!(show.points && is_outlier) && !show.score) {
    return;
  }
  const std::vector<double> shares = VisibleShares(context, group, member, options);
  if (show.points && is_outlier) {
    frame.fields.push_back(NumberField("outlier", OutlierPoints(grid, drawn, shares, options.min_share), series.labels,
                                       AnomalyStyle(series.display_name + " outlier", series.unit)));
  }
  if (show.score) {
    frame.fields.push_back(
        NumberField("score", grid.Mean(shares), series.labels, ScoreStyle(index, series.display_name + " score")));
  }
}

Frame OverlayFrame(const AnswerContext& context, const std::vector<PeerGroup>& groups,
                   const GroupOutlierOptions& options) {
  const DisplayGrid grid(std::span(context.input.times_unix_ns).subspan(context.input.visible_begin),
                         context.input.plan.step_ns,
                         DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", grid.times_unix_ns()));
  for (size_t g = 0; g < groups.size(); ++g) {
    const PeerGroup& group = groups[g];
    AddBandFields(context, grid, group, g, groups.size() > 1 ? Labels{{"series", group.metric}} : Labels(), frame);
    for (size_t member = 0; member < group.members.size(); ++member) {
      AddMemberFields(context, grid, group, member, options, frame);
    }
  }
  return frame;
}

/// One dense series of 0 and 1 per label set, missing where the input is.
Frame AlertFrame(const AnswerContext& context, const std::vector<PeerGroup>& groups,
                 const GroupOutlierOptions& options) {
  const auto times = std::span(context.input.times_unix_ns).subspan(context.input.visible_begin);
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", {times.begin(), times.end()}));
  for (const PeerGroup& group : groups) {
    for (size_t member = 0; member < group.members.size(); ++member) {
      const ModelSeries& series = context.input.series[group.members[member]];
      std::vector<double> dense = VisibleShares(context, group, member, options);
      for (size_t i = 0; i < dense.size(); ++i) {
        const bool is_outlier = dense[i] >= options.min_share;
        dense[i] = !std::isfinite(series.values[context.input.visible_begin + i]) ? kNan : is_outlier ? 1.0 : 0.0;
      }
      frame.fields.push_back(NumberField("outlier", std::move(dense), series.labels));
    }
  }
  return frame;
}

Frame LastFrame(const AnswerContext& context, const std::vector<PeerGroup>& groups,
                const GroupOutlierOptions& options) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const PeerGroup& group : groups) {
    for (size_t member = 0; member < group.members.size(); ++member) {
      const ModelSeries& series = context.input.series[group.members[member]];
      const std::vector<double> shares = VisibleShares(context, group, member, options);
      FieldConfig config = ScoreStyle(0, series.display_name + " outlier score");
      config.fixed_color.reset();
      config.custom = GraphStyle();
      config.thresholds = {{std::nullopt, "green"}, {options.min_share, "red"}};
      frame.fields.push_back(
          NumberField("score", {shares.empty() ? kNan : shares.back()}, series.labels, std::move(config)));
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
    for (size_t member = 0; member < group.members.size(); ++member) {
      for (const OutlierStretch& stretch : group.found.series[member].stretches) {
        if (IsVisible(context, stretch)) {
          rows.push_back({group.members[member], group.members.size() - 1, &stretch});
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
  frame.fields.push_back(TimeField("start", std::move(start)));
  frame.fields.push_back(TimeField("end", std::move(end)));
  frame.fields.push_back(StringField("series", series));
  frame.fields.push_back(StringField("explanation", explanation));
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
    for (size_t member = 0; member < group.members.size(); ++member) {
      const SeriesOutlierVerdict& verdict = group.found.series[member];
      if (IsVisibleOutlier(context, verdict)) {
        outliers.push_back(
            {{"series", context.input.series[group.members[member]].display_name},
             {"score", RoundTo(verdict.score, 4)},
             {"stretches", std::count_if(verdict.stretches.begin(), verdict.stretches.end(),
                                         [&](const OutlierStretch& s) { return IsVisible(context, s); })}});
      }
    }
    list.push_back({{"metric", group.metric},
                    {"series", group.members.size()},
                    {"tolerance", RoundTo(group.found.tolerance, 4)},
                    {"outliers", std::move(outliers)}});
  }
  const double step_seconds = static_cast<double>(context.input.plan.step_ns) / 1e9;
  return {{"analysis", "outliers"},          {"method", OutlierMethodName(options.method)},
          {"intervalSeconds", step_seconds}, {"windowSeconds", step_seconds * static_cast<double>(options.window)},
          {"minShare", options.min_share},   {"groups", std::move(list)}};
}

void AddSmallGroupNotice(const std::vector<PeerGroup>& groups, Frame& frame) {
  for (const PeerGroup& group : groups) {
    if (group.members.size() < kMinGroupSeries) {
      frame.meta.notices.push_back(
          {NoticeSeverity::kInfo,
           Concat(group.metric, " has ", group.members.size(), " series; at least ", kMinGroupSeries,
                  " are needed to say who is unlike the others. Select more series of this metric.")});
      return;
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerOutliers(const AnswerContext& context) {
  BELLWETHER_ASSIGN_OR_RETURN(const GroupOutlierOptions options, OptionsOf(context));
  if (!context.request.from_alert && context.spec.form == AnswerForm::kSeverity) {
    return BadQueryError("Outliers have no such form. Set form to overlay, rows, last or annotations.");
  }
  BELLWETHER_ASSIGN_OR_RETURN(const std::vector<PeerGroup> groups, FindGroups(context, options));
  Frame frame;
  if (context.request.from_alert) {
    frame = AlertFrame(context, groups, options);
  } else if (context.spec.form == AnswerForm::kRows) {
    frame = RowsFrame(context, groups);
  } else if (context.spec.form == AnswerForm::kLast) {
    frame = LastFrame(context, groups, options);
  } else if (context.spec.form == AnswerForm::kAnnotations) {
    frame = AnnotationsFrame(context, groups);
  } else {
    frame = OverlayFrame(context, groups, options);
  }
  AddSmallGroupNotice(groups, frame);
  frame.meta.custom_json = SummaryJson(context, groups, options).dump();
  return std::vector<Frame>{std::move(frame)};
}

}  // namespace bellwether
