#include "server/query/exec/anomaly_report.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "server/base/text/concat.h"
#include "server/query/exec/graph_style.h"

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
    std::array<int, 5> by_severity = {};
    for (const IncidentFact& fact : summary.incidents) {
      ++by_severity[static_cast<size_t>(fact.severity)];
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
  std::vector<int64_t> start;
  std::vector<int64_t> end;
  std::vector<std::string> name;
  std::vector<std::string> type;
  std::vector<std::string> severity;
  std::vector<std::string> explanation;
  std::array<std::vector<double>, 4> numbers;
  for (const Row& row : rows) {
    const ModelSeries& series = context.input.series[row.series];
    start.push_back(row.fact->start_unix_ns);
    end.push_back(row.fact->end_unix_ns);
    name.push_back(series.display_name);
    type.emplace_back(AnomalyTypeName(row.fact->type));
    severity.emplace_back(SeverityName(row.fact->severity));
    explanation.push_back(ExplainIncident(*row.fact, series));
    numbers[0].push_back(RoundTo(row.fact->peak_value, 6));
    numbers[1].push_back(RoundTo(row.fact->expected, 6));
    numbers[2].push_back(RoundTo(row.fact->peak_value - row.fact->expected, 6));
    numbers[3].push_back(RoundTo(row.fact->score, 4));
  }
  Frame frame = StartFrame(context, "anomalies", "table");
  frame.fields.push_back(TimeField("start", std::move(start)));
  frame.fields.push_back(TimeField("end", std::move(end)));
  frame.fields.push_back(StringField("series", name));
  frame.fields.push_back(StringField("severity", severity));
  frame.fields.back().config = SeverityStyle("severity");
  frame.fields.back().config.custom = GraphStyle();
  frame.fields.push_back(StringField("type", type));
  frame.fields.push_back(StringField("explanation", explanation));
  frame.fields.push_back(NumberRow("value", std::move(numbers[0])));
  frame.fields.push_back(NumberRow("expected", std::move(numbers[1])));
  frame.fields.push_back(NumberRow("deviation", std::move(numbers[2])));
  frame.fields.push_back(NumberRow("score", std::move(numbers[3])));
  return frame;
}

std::vector<Region> IncidentRegions(const AnswerContext& context, const std::vector<SeriesSummary>& summaries) {
  std::vector<Region> regions;
  for (size_t i = 0; i < summaries.size(); ++i) {
    const ModelSeries& series = context.input.series[i];
    for (const IncidentFact& fact : summaries[i].incidents) {
      std::vector<std::string> tags = {std::string(AnomalyTypeName(fact.type)),
                                       std::string(SeverityName(fact.severity))};
      regions.push_back({fact.start_unix_ns, fact.end_unix_ns,
                         Concat(AnomalyTypeName(fact.type), " (", SeverityName(fact.severity), ")"),
                         ExplainIncident(fact, series), std::string(SeverityColor(fact.severity)), std::move(tags)});
    }
  }
  return regions;
}

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
  return regions;
}

}  // namespace bellwether
