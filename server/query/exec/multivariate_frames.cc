#include "server/query/exec/multivariate_frames.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/multivariate_analysis.h"
#include "server/query/exec/quantity_text.h"
#include "server/query/exec/rarity_text.h"
#include "server/query/exec/series_pass.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kVerb = "judged";
constexpr double kLeastShareTold = 0.1;
constexpr double kLeastShareDrawn = 0.25;  // of an incident that a series carries, for it to get points

/// A group and what was said of it.
struct JudgedGroup {
  FeatureGroup group;
  GroupVerdicts verdicts;
};

struct JudgedGroups {
  std::vector<JudgedGroup> groups;  ///< those that were judged in time
  SeriesPass pass;
};

absl::StatusOr<JudgedGroups> JudgeAll(const AnswerContext& context) {
  BELLWETHER_ASSIGN_OR_RETURN(std::vector<FeatureGroup> groups, GroupFeatures(context.input));
  // A group is looked at in the place of its first series.
  std::vector<size_t> firsts;
  std::vector<size_t> group_of(context.input.series.size(), 0);
  for (size_t g = 0; g < groups.size(); ++g) {
    firsts.push_back(groups[g].features.front());
    group_of[firsts.back()] = g;
  }
  std::vector<absl::StatusOr<GroupVerdicts>> verdicts(groups.size(), GroupVerdicts{});
  JudgedGroups out;
  BELLWETHER_ASSIGN_OR_RETURN(out.pass, ForEachSeries(
                                            context, firsts, kVerb,
                                            [&](size_t first) {
                                              const size_t g = group_of[first];
                                              verdicts[g] = JudgeGroup(context.input, groups[g],
                                                                       context.spec.multivariate, context.cancellation);
                                            },
                                            "groups"));
  for (size_t g = 0; g < groups.size(); ++g) {
    BELLWETHER_RETURN_IF_ERROR(verdicts[g].status());
    if (out.pass.Has(firsts[g])) {
      out.groups.push_back({std::move(groups[g]), *std::move(verdicts[g])});
    }
  }
  return out;
}

int64_t StartOf(const AnswerContext& context, const GroupIncident& incident) {
  return context.input.times_unix_ns[incident.first];
}
int64_t EndOf(const AnswerContext& context, const GroupIncident& incident) {
  return context.input.times_unix_ns[incident.last] + context.input.plan.step_ns;
}

/// "cpu overload".
std::string KindText(const GroupIncident& incident) {
  std::string text(incident.kind);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

/// "cpu 62 % (5.1 spreads above its median), latency 30 % (…)".
std::string PartsText(const AnswerContext& context, const GroupIncident& incident) {
  std::string text;
  for (const FeaturePart& part : incident.parts) {
    if (part.share < kLeastShareTold) {
      continue;
    }
    text += Concat(text.empty() ? "" : ", ", context.input.series[part.series].display_name,
                   absl::StrFormat(" %.0f %%", 100 * part.share));
    text += std::isfinite(part.units) ? absl::StrFormat(" (%.3g spreads %s its median)", std::abs(part.units),
                                                        part.units < 0 ? "below" : "above")
                                      : " (missing)";
  }
  return text;
}

/// How rare the peak is on the history, which cannot tell more than its own length.
std::string RarityText(const AnswerContext& context, const GroupIncident& incident) {
  const double history = static_cast<double>(context.input.plan.history_ns) / 1e9;
  const std::string often =
      HowOften({.seconds_between_rows = static_cast<double>(context.input.plan.step_ns) / 1e9 / incident.p_value,
                .seconds_between_alarms = 7 * 86'400 / context.spec.multivariate.false_alarms_per_week,
                .history_seconds = history});
  return often.empty() ? Concat("Nothing like its peak is expected in ", TimeSpanText(history), ".")
                       : Concat("By chance something as unusual comes ", often, ".");
}

std::string Explain(const AnswerContext& context, const JudgedGroup& judged, const GroupIncident& incident) {
  const double seconds = static_cast<double>(EndOf(context, incident) - StartOf(context, incident)) / 1e9;
  return Concat(judged.group.name, " was unusual as a whole for ", TimeSpanText(seconds), ": ",
                PartsText(context, incident), ". ", RarityText(context, incident));
}

/// An incident with its group.
struct Told {
  const JudgedGroup* judged;
  const GroupIncident* incident;
};

/// All incidents, latest first.
std::vector<Told> AllIncidents(const std::vector<JudgedGroup>& groups) {
  std::vector<Told> all;
  for (const JudgedGroup& judged : groups) {
    for (const GroupIncident& incident : judged.verdicts.incidents) {
      all.push_back({&judged, &incident});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Told& a, const Told& b) { return a.incident->first > b.incident->first; });
  return all;
}

std::vector<Region> Regions(const AnswerContext& context, const std::vector<JudgedGroup>& groups) {
  std::vector<Region> regions;
  for (const Told& told : AllIncidents(groups)) {
    regions.push_back({StartOf(context, *told.incident),
                       EndOf(context, *told.incident),
                       Concat(told.judged->group.name, ": ", KindText(*told.incident)),
                       Concat(Explain(context, *told.judged, *told.incident), " ", told.incident->action),
                       "red",
                       {"multivariate", std::string(told.incident->kind)}});
  }
  return regions;
}

/// Points at the drawn values of a series where it carries an incident.
std::vector<double> CarriedPoints(const AnswerContext& context, const DisplayGrid& grid, std::span<const double> drawn,
                                  const JudgedGroup& judged, size_t series) {
  std::vector<double> points(grid.size(), kNan);
  for (const GroupIncident& incident : judged.verdicts.incidents) {
    const bool carries = std::any_of(incident.parts.begin(), incident.parts.end(), [&](const FeaturePart& part) {
      return part.series == series && part.share >= kLeastShareDrawn;
    });
    for (size_t i = 0; carries && i < grid.size(); ++i) {
      for (size_t k = grid.begin(i); k < grid.end(i); ++k) {
        const size_t at = context.input.visible_begin + k;
        if (at >= incident.first && at <= incident.last && judged.verdicts.is_anomaly[k] != 0) {
          points[i] = drawn[i];
        }
      }
    }
  }
  return points;
}

Frame OverlayFrame(const AnswerContext& context, const std::vector<JudgedGroup>& groups) {
  const DisplayGrid grid(std::span(context.input.times_unix_ns).subspan(context.input.visible_begin),
                         context.input.plan.step_ns,
                         DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", grid.times_unix_ns()));
  const ShowSet& show = context.spec.show;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (const size_t index : groups[g].group.features) {
      const ModelSeries& series = context.input.series[index];
      const std::vector<double> drawn = grid.Mean(std::span(series.values).subspan(context.input.visible_begin));
      if (show.value) {
        frame.fields.push_back(
            NumberField("value", drawn, series.labels, ValueStyle(index, series.display_name, series.unit)));
      }
      std::vector<double> points =
          show.points ? CarriedPoints(context, grid, drawn, groups[g], index) : std::vector<double>();
      if (std::any_of(points.begin(), points.end(), [](double point) { return std::isfinite(point); })) {
        frame.fields.push_back(NumberField("anomaly", std::move(points), series.labels,
                                           AnomalyStyle(series.display_name + " anomaly", series.unit)));
      }
    }
    if (show.score) {
      frame.fields.push_back(NumberField("score", grid.Mean(groups[g].verdicts.score), groups[g].group.labels,
                                         ScoreStyle(g, groups[g].group.name + " score")));
    }
  }
  return frame;
}

/// One dense series of 0 and 1 a group, missing where nothing is known.
Frame AlertFrame(const AnswerContext& context, const std::vector<JudgedGroup>& groups) {
  const auto times = std::span(context.input.times_unix_ns).subspan(context.input.visible_begin);
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", {times.begin(), times.end()}));
  for (const JudgedGroup& judged : groups) {
    std::vector<double> dense(judged.verdicts.score);
    for (size_t i = 0; i < dense.size(); ++i) {
      dense[i] = !std::isfinite(dense[i]) ? kNan : judged.verdicts.is_anomaly[i] != 0 ? 1.0 : 0.0;
    }
    frame.fields.push_back(NumberField("anomaly", std::move(dense), judged.group.labels));
  }
  return frame;
}

Frame LastFrame(const AnswerContext& context, const std::vector<JudgedGroup>& groups) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const JudgedGroup& judged : groups) {
    FieldConfig config = ScoreStyle(0, judged.group.name + " anomaly score");
    config.fixed_color.reset();
    config.custom = GraphStyle();
    config.thresholds = {{std::nullopt, "green"}, {0.5, "yellow"}, {0.8, "orange"}, {0.95, "red"}};
    const std::vector<double>& score = judged.verdicts.score;
    frame.fields.push_back(
        NumberField("score", {score.empty() ? kNan : score.back()}, judged.group.labels, std::move(config)));
  }
  return frame;
}

Frame RowsFrame(const AnswerContext& context, const std::vector<JudgedGroup>& groups) {
  std::vector<int64_t> start;
  std::vector<int64_t> end;
  std::vector<std::string> group;
  std::vector<std::string> kind;
  std::vector<std::string> explanation;
  std::vector<std::string> action;
  std::vector<double> score;
  for (const Told& told : AllIncidents(groups)) {
    start.push_back(StartOf(context, *told.incident));
    end.push_back(EndOf(context, *told.incident));
    group.push_back(told.judged->group.name);
    kind.push_back(KindText(*told.incident));
    explanation.push_back(Explain(context, *told.judged, *told.incident));
    action.emplace_back(told.incident->action);
    score.push_back(RoundTo(told.incident->score, 4));
  }
  Frame frame = StartFrame(context, "multivariate", "table");
  frame.fields.push_back(TimeColumnField("start", std::move(start)));
  frame.fields.push_back(TimeColumnField("end", std::move(end)));
  frame.fields.push_back(StringField("group", group));
  frame.fields.push_back(StringField("kind", kind));
  frame.fields.push_back(StringField("explanation", explanation, SentenceStyle()));
  frame.fields.push_back(StringField("action", action, SentenceStyle()));
  frame.fields.push_back(NumberField("score", std::move(score)));
  return frame;
}

nlohmann::json SummaryJson(const AnswerContext& context, const std::vector<JudgedGroup>& groups) {
  nlohmann::json list = nlohmann::json::array();
  for (const JudgedGroup& judged : groups) {
    nlohmann::json features = nlohmann::json::array();
    for (const size_t feature : judged.group.features) {
      features.push_back(context.input.series[feature].display_name);
    }
    list.push_back({{"group", judged.group.name},
                    {"features", std::move(features)},
                    {"incidents", judged.verdicts.incidents.size()}});
  }
  const MultivariateSpec& spec = context.spec.multivariate;
  return {{"analysis", "multivariate"},
          {"method", spec.only.has_value() ? MultivariateMemberName(*spec.only) : "ensemble"},
          {"falseAlarmsPerWeek", spec.false_alarms_per_week},
          {"intervalSeconds", static_cast<double>(context.input.plan.step_ns) / 1e9},
          {"historySeconds", static_cast<double>(context.input.plan.history_ns) / 1e9},
          {"groups", std::move(list)}};
}

/// Says which series of a group could not be looked at together with its others.
void AddApartNotice(const AnswerContext& context, const JudgedGroup& judged, Frame& frame) {
  const std::vector<size_t>& apart = judged.verdicts.never_together;
  if (apart.empty()) {
    return;
  }
  const std::string& group = judged.group.name;
  if (apart.size() == judged.group.features.size()) {
    frame.meta.notices.push_back(
        {NoticeSeverity::kWarning,
         Concat("The series of ", group,
                " never have values at the same time, so they are judged one by one and not "
                "together. Choose a longer interval, or series that are measured at the same times.")});
    return;
  }
  constexpr size_t kMostNamed = 3;
  std::string names;
  for (size_t i = 0; i < std::min(apart.size(), kMostNamed); ++i) {
    names += Concat(i == 0 ? "" : ", ", context.input.series[apart[i]].display_name);
  }
  frame.meta.notices.push_back(
      {NoticeSeverity::kWarning,
       Concat(names, apart.size() > kMostNamed ? Concat(" and ", apart.size() - kMostNamed, " more") : "", " never ",
              apart.size() == 1 ? "has a value" : "have values", " at the times of the other series of ", group,
              ", so nothing is said of them together. Choose a longer interval, or leave ",
              apart.size() == 1 ? "it" : "them", " out.")});
}

void AddNotices(const AnswerContext& context, const JudgedGroups& judged, Frame& frame) {
  AddLateNotice(judged.pass, kVerb, frame);
  for (const JudgedGroup& one : judged.groups) {
    AddApartNotice(context, one, frame);
  }
  size_t features = 0;
  size_t learning = 0;
  for (const JudgedGroup& one : judged.groups) {
    features += one.group.features.size();
    learning = std::max(learning, one.verdicts.learning_buckets);
  }
  if (features < context.input.series.size() && judged.pass.late == 0) {
    const size_t alone = context.input.series.size() - features;
    frame.meta.notices.push_back(
        {NoticeSeverity::kInfo,
         Concat(alone, alone == 1 ? " series shares its labels with no other and was left out."
                                  : " series share their labels with no other and were left out.")});
  }
  if (learning > 0) {
    const absl::Duration unknown = absl::Nanoseconds(static_cast<int64_t>(learning) * context.input.plan.step_ns);
    frame.meta.notices.push_back(
        {NoticeSeverity::kInfo, Concat("Nothing is said of ", DurationText(unknown),
                                       ": the history before holds fewer "
                                       "than ",
                                       MultivariateDetector::kLeastHistory,
                                       " values to learn from. Set a longer history or a shorter interval.")});
  }
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerMultivariate(const AnswerContext& context) {
  if (!context.request.from_alert && context.spec.form == AnswerForm::kSeverity) {
    return BadQueryError("The analysis multivariate has no such form. Set form to overlay, rows, last or annotations.");
  }
  BELLWETHER_ASSIGN_OR_RETURN(const JudgedGroups judged, JudgeAll(context));
  std::vector<Frame> frames;
  if (context.request.from_alert) {
    frames.push_back(AlertFrame(context, judged.groups));
  } else if (context.spec.form == AnswerForm::kRows) {
    frames.push_back(RowsFrame(context, judged.groups));
  } else if (context.spec.form == AnswerForm::kLast) {
    frames.push_back(LastFrame(context, judged.groups));
  } else if (context.spec.form == AnswerForm::kAnnotations) {
    frames.push_back(RegionsFrame(context, Regions(context, judged.groups), /*as_annotation_query=*/true));
  } else {
    frames.push_back(OverlayFrame(context, judged.groups));
    if (context.spec.show.regions) {
      frames.push_back(RegionsFrame(context, Regions(context, judged.groups), /*as_annotation_query=*/false));
    }
  }
  AddNotices(context, judged, frames.front());
  frames.front().meta.custom_json = SummaryJson(context, judged.groups).dump();
  return frames;
}

}  // namespace bellwether
