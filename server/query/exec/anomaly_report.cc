#include "server/query/exec/anomaly_report.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "server/base/text/concat.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/incident_text.h"
#include "server/query/exec/operational_names.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

std::string_view SeverityColor(Severity severity) {
  switch (severity) {
    case Severity::kNone:
      return "green";
    case Severity::kLow:
      return "yellow";
    case Severity::kMedium:
      return "orange";
    case Severity::kHigh:
      return "red";
    case Severity::kCritical:
      return "dark-red";
  }
  return "green";
}

Field NumberRow(const char* name, std::vector<double> values) { return NumberField(name, std::move(values)); }

}  // namespace

std::string SummaryJson(const AnswerContext& context, const std::vector<SeriesSummary>& summaries) {
  nlohmann::json list = nlohmann::json::array();
  for (size_t i = 0; i < summaries.size(); ++i) {
    const SeriesSummary& summary = summaries[i];
    if (!summary.is_judged) {
      continue;
    }
    std::array<int, 5> by_severity = {};
    nlohmann::json by_type = nlohmann::json::object();
    nlohmann::json by_name = nlohmann::json::object();
    const auto count = [](nlohmann::json& counts, std::string_view name) {
      nlohmann::json& number = counts[std::string(name)];
      number = number.is_null() ? 1 : number.get<int>() + 1;
    };
    for (const IncidentFact& fact : summary.incidents) {
      ++by_severity[static_cast<size_t>(fact.severity)];
      count(by_type, AnomalyTypeName(fact.type));
      count(by_name, fact.operational_name);
    }
    nlohmann::json periods = nlohmann::json::array();
    for (const Period& period : summary.periods) {
      periods.push_back(
          {{"seconds", static_cast<double>(period.steps) * static_cast<double>(context.input.plan.step_ns) / 1e9},
           {"strength", RoundTo(period.strength, 3)}});
    }
    list.push_back({{"series", context.input.series[i].display_name},
                    {"anomalies", summary.incidents.size()},
                    {"severity",
                     {{"low", by_severity[1]},
                      {"medium", by_severity[2]},
                      {"high", by_severity[3]},
                      {"critical", by_severity[4]}}},
                    {"types", std::move(by_type)},
                    {"names", std::move(by_name)},
                    {"periods", std::move(periods)},
                    {"falseAlarmsPerWeek",
                     {{"promised", context.spec.anomalies.false_alarms_per_week},
                      {"alarmsOnHistory", RoundTo(summary.alarms_per_week, 3)}}},
                    {"learningBuckets", summary.learning_buckets}});
  }
  const nlohmann::json summary = {{"analysis", "anomalies"},
                                  {"method", context.spec.anomalies.method},
                                  {"intervalSeconds", static_cast<double>(context.input.plan.step_ns) / 1e9},
                                  {"historySeconds", static_cast<double>(context.input.plan.history_ns) / 1e9},
                                  {"series", std::move(list)}};
  return summary.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void AddLearningNotice(const AnswerContext& context, const std::vector<SeriesSummary>& summaries, Frame& frame) {
  const size_t visible = VisiblePart(context.input).size;
  size_t learning = 0;
  size_t most = 0;
  for (const SeriesSummary& summary : summaries) {
    learning += summary.learning_buckets > 0 ? 1 : 0;
    most = std::max(most, summary.learning_buckets);
  }
  if (learning > 0) {
    frame.meta.notices.push_back(
        {NoticeSeverity::kInfo,
         absl::StrFormat("Still learning: on %d of %d series there was too little history before the first %d of %d "
                         "buckets, which are not judged. They will be once more data have come in.",
                         learning, summaries.size(), most, visible)});
  }
}

namespace {

// "region=eu (82 %)".
std::string CarrierText(const IncidentFact& fact) {
  return fact.group.has_value() && !fact.group->label.empty()
             ? Concat(fact.group->label, " (", absl::StrFormat("%.0f %%", 100 * fact.group->share), ")")
             : std::string();
}

// "hour mean 60 %, point 40 %".
std::string ViewsText(const IncidentFact& fact) {
  std::string text;
  for (const ViewShare& view : fact.views) {
    if (view.share >= 0.1) {
      text += Concat(text.empty() ? "" : ", ", view.view, absl::StrFormat(" %.0f %%", 100 * view.share));
    }
  }
  return text;
}

std::string PreviousText(const IncidentFact& fact) {
  if (!fact.previous.has_value()) {
    return "";
  }
  const auto seconds = [](int64_t from, int64_t to) { return static_cast<double>(to - from) / 1e9; };
  return Concat(TimeSpanText(seconds(fact.previous->start_unix_ns, fact.start_unix_ns)), " before, for ",
                TimeSpanText(seconds(fact.previous->start_unix_ns, fact.previous->end_unix_ns)));
}

// The table's columns, filled row by row.
struct RowColumns {
  std::vector<int64_t> start, end, since;
  std::vector<std::string> series, severity, type, name, explanation, component, rarity, carrier, views, previous;
  std::vector<double> value, expected, lower, upper, deviation, spreads, score;

  void Add(const IncidentFact& fact, const ModelSeries& of) {
    start.push_back(fact.start_unix_ns);
    end.push_back(fact.end_unix_ns);
    since.push_back(fact.since_unix_ns);
    series.push_back(of.display_name);
    severity.emplace_back(SeverityName(fact.severity));
    type.emplace_back(AnomalyTypeName(fact.type));
    name.emplace_back(fact.operational_name);
    explanation.push_back(ExplainIncident(fact, of));
    component.emplace_back(BrokenComponent(fact.type));
    rarity.push_back(RarityText(fact));
    carrier.push_back(CarrierText(fact));
    views.push_back(ViewsText(fact));
    previous.push_back(PreviousText(fact));
    value.push_back(RoundTo(fact.peak_value, 6));
    expected.push_back(RoundTo(fact.expected, 6));
    lower.push_back(RoundTo(fact.lower, 6));
    upper.push_back(RoundTo(fact.upper, 6));
    deviation.push_back(RoundTo(fact.Deviation(), 6));
    const double in_spreads = fact.DeviationInSpreads();
    spreads.push_back(std::isfinite(in_spreads) ? RoundTo(in_spreads, 3) : std::numeric_limits<double>::quiet_NaN());
    score.push_back(RoundTo(fact.score, 4));
  }
};

}  // namespace

Frame IncidentRowsFrame(const AnswerContext& context, const std::vector<SeriesSummary>& summaries) {
  struct Row {
    size_t series;
    const IncidentFact* fact;
  };
  std::vector<Row> rows;
  for (size_t i = 0; i < summaries.size(); ++i) {
    for (const IncidentFact& fact : summaries[i].incidents) {
      rows.push_back({i, &fact});
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.fact->start_unix_ns > b.fact->start_unix_ns; });
  RowColumns columns;
  for (const Row& row : rows) {
    columns.Add(*row.fact, context.input.series[row.series]);
  }
  Frame frame = StartFrame(context, "anomalies", "table");
  frame.fields.push_back(TimeColumnField("start", std::move(columns.start)));
  frame.fields.push_back(TimeColumnField("end", std::move(columns.end)));
  frame.fields.push_back(StringField("series", columns.series));
  frame.fields.push_back(StringField("severity", columns.severity));
  frame.fields.back().config = SeverityStyle("severity");
  frame.fields.back().config.custom = GraphStyle();
  frame.fields.push_back(StringField("type", columns.type));
  frame.fields.push_back(StringField("name", columns.name));
  frame.fields.push_back(StringField("explanation", columns.explanation, SentenceStyle()));
  frame.fields.push_back(NumberRow("value", std::move(columns.value)));
  frame.fields.push_back(NumberRow("expected", std::move(columns.expected)));
  frame.fields.push_back(NumberRow("deviation", std::move(columns.deviation)));
  frame.fields.push_back(NumberRow("score", std::move(columns.score)));
  frame.fields.push_back(NumberRow("lower", std::move(columns.lower)));
  frame.fields.push_back(NumberRow("upper", std::move(columns.upper)));
  frame.fields.push_back(NumberRow("spreads", std::move(columns.spreads)));
  frame.fields.push_back(StringField("component", columns.component));
  frame.fields.push_back(StringField("rarity", columns.rarity));
  frame.fields.push_back(TimeColumnField("since", std::move(columns.since)));
  frame.fields.push_back(StringField("carrier", columns.carrier));
  frame.fields.push_back(StringField("views", columns.views));
  frame.fields.push_back(StringField("previous", columns.previous));
  return frame;
}

std::vector<Region> IncidentRegions(const AnswerContext& context, const std::vector<SeriesSummary>& summaries) {
  std::vector<Region> regions;
  for (size_t i = 0; i < summaries.size(); ++i) {
    const ModelSeries& series = context.input.series[i];
    for (const IncidentFact& fact : summaries[i].incidents) {
      std::vector<std::string> tags = {std::string(AnomalyTypeName(fact.type)),
                                       std::string(SeverityName(fact.severity))};
      if (fact.operational_name != kUnusualPattern) {
        tags.emplace_back(fact.operational_name);
      }
      regions.push_back({fact.start_unix_ns, fact.end_unix_ns,
                         Concat(AnomalyTypeName(fact.type), " (", SeverityName(fact.severity), ")"),
                         ExplainIncident(fact, series), std::string(SeverityColor(fact.severity)), std::move(tags)});
    }
  }
  return regions;
}

namespace {

// What people said of a stretch, where the panel shows some of it.
void AddSaidRegion(const AnswerContext& context, const FeedbackInterval& interval, std::string title, std::string text,
                   std::vector<Region>& regions) {
  const ModelPlan& plan = context.input.plan;
  if (interval.to_unix_ns > plan.visible_from_ns && interval.from_unix_ns < plan.visible_to_ns) {
    const bool is_anomaly = interval.label == FeedbackLabel::kAnomaly;
    regions.push_back({interval.from_unix_ns,
                       interval.to_unix_ns,
                       std::move(title),
                       std::move(text),
                       is_anomaly ? "purple" : "gray",
                       {"feedback", std::string(kFeedbackNames[static_cast<size_t>(interval.label)])}});
  }
}

}  // namespace

std::vector<Region> LabelRegions(const AnswerContext& context) {
  std::vector<Region> regions;
  for (const LabelledInterval& label : context.input.labels) {
    const int64_t start = absl::ToUnixNanos(label.range.from);
    const int64_t end = absl::ToUnixNanos(label.range.to);
    if (end > context.input.plan.visible_from_ns && start < context.input.plan.visible_to_ns) {
      regions.push_back({start,
                         end,
                         label.title,
                         Concat("Labelled ", label.type, " on ", label.series, "."),
                         "purple",
                         {"label", label.type}});
    }
  }
  for (const FeedbackInterval& blackout : context.input.blackouts) {
    AddSaidRegion(context, blackout, "Blackout", "No alarm is raised in a blackout, and nothing is learned.", regions);
  }
  for (const SeriesFeedback& said : context.spec.anomalies.feedback) {
    const std::string_view label = kFeedbackNames[static_cast<size_t>(said.interval.label)];
    AddSaidRegion(context, said.interval, Concat("Feedback: ", label),
                  Concat("Said of ", said.series.empty() ? "all series" : std::string_view(said.series), "."), regions);
  }
  return regions;
}

}  // namespace bellwether
