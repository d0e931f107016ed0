#include "server/query/exec/backtest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "server/analytics/anomaly/backtest.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/anomaly_analysis.h"
#include "server/query/exec/answer_context.h"
#include "server/query/exec/feedback.h"
#include "server/query/exec/model_input.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr size_t kMostIncidents = 100;
constexpr double kWeekNs = 7 * 86'400e9;
constexpr std::array<std::string_view, 3> kTruthNames = {"unlabelled", "true", "false"};

// One alarm and the series that it is of.
struct SeriesAlarm {
  RuleAlarm alarm;
  const ModelSeries* series = nullptr;
};

// What a budget would have done on all series.
struct BudgetResult {
  BudgetOutcome outcome;
  std::vector<SeriesAlarm> alarms;
};

// The rule as it was known when the stretch began: what was said of it later is left for the comparison.
AnomalySpec KnownRule(const AnomalySpec& spec, int64_t from_ns) {
  AnomalySpec known = spec;
  known.feedback.clear();
  for (SeriesFeedback said : spec.feedback) {
    if (said.interval.label != FeedbackLabel::kIgnore) {
      said.interval.to_unix_ns = std::min(said.interval.to_unix_ns, from_ns);
    }
    if (said.interval.from_unix_ns < said.interval.to_unix_ns) {
      known.feedback.push_back(std::move(said));
    }
  }
  return known;
}

// A total, which lacks a label, also has what happened to one of its parts.
bool Concerns(const LabelledInterval& label, const ModelSeries& series) {
  return label.series == series.name && std::all_of(label.labels.begin(), label.labels.end(), [&](const auto& entry) {
           const auto found = series.labels.find(entry.first);
           return found == series.labels.end() || found->second == entry.second;
         });
}

BacktestTruth TruthOf(const ModelInput& input, const ModelSeries& series, const AnomalySpec& spec,
                      const BacktestRange& range) {
  std::vector<FeedbackInterval> labels;
  for (const LabelledInterval& label : input.labels) {
    if (Concerns(label, series) && label.range.from < label.range.to) {
      labels.push_back(
          {absl::ToUnixNanos(label.range.from), absl::ToUnixNanos(label.range.to), FeedbackLabel::kAnomaly});
    }
  }
  BacktestTruth truth;
  truth.labels =
      Overlay(Merged(std::move(labels)), TimelineOf(spec.feedback, input.blackouts, series.name, series.display_name,
                                                    range.from_unix_ns, range.to_unix_ns, input.plan.step_ns));
  truth.complete = !input.labels.empty();
  return truth;
}

BacktestRow ReplaySeries(const ModelInput& input, const SeriesVerdicts& verdicts, double budget,
                         const BacktestRange& range, const BacktestTruth& truth) {
  BacktestRow row;
  for (const IncidentFact& fact : verdicts.incidents) {
    if (fact.start_unix_ns >= range.from_unix_ns) {
      row.alarms.push_back({fact.start_unix_ns, fact.end_unix_ns, fact.type, fact.severity, AlarmTruth::kUnlabelled});
    }
  }
  const size_t visible = VisiblePart(input).size;
  const auto judged = static_cast<double>(visible - std::min(visible, verdicts.learning_buckets));
  row.outcome = Assess(budget, judged * static_cast<double>(input.plan.step_ns) / kWeekNs, range, truth, row.alarms);
  return row;
}

// One row a budget.
absl::StatusOr<std::vector<BacktestRow>> ReplayBudgets(const ModelInput& input, const ModelSeries& series,
                                                       AnomalySpec rule, const std::vector<double>& budgets,
                                                       const BacktestRange& range, const BacktestTruth& truth,
                                                       const Cancellation& cancellation) {
  std::vector<BacktestRow> rows;
  for (const double budget : budgets) {
    rule.false_alarms_per_week = budget;
    BELLWETHER_ASSIGN_OR_RETURN(const SeriesVerdicts verdicts, JudgeSeries(input, series, rule, cancellation));
    rows.push_back(ReplaySeries(input, verdicts, budget, range, truth));
  }
  return rows;
}

absl::Status Late() {
  return WithOrigin(absl::DeadlineExceededError("The backtest did not end in the time there was. Choose fewer series, "
                                                "days or budgets, or a longer interval."),
                    Origin::kDownstream);
}

absl::Status CheckWork(const ModelInput& input, size_t budgets) {
  // The verdicts of a block of history rest on the block before it: both are read.
  const double steps = 2.0 * static_cast<double>(input.times_unix_ns.size()) *
                       static_cast<double>(input.series.size()) * static_cast<double>(budgets);
  if (steps > static_cast<double>(kMostBacktestSteps)) {
    return BadQueryError(Concat("The backtest would replay ", input.series.size(), " series of ",
                                input.times_unix_ns.size(), " steps at ", budgets,
                                " budgets. That is too much at once: choose fewer series, days or budgets, or a longer "
                                "interval."));
  }
  return absl::OkStatus();
}

json Ratio(double share) { return std::isnan(share) ? json(nullptr) : json(RoundTo(share, 4)); }

std::string MomentText(int64_t unix_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(unix_ns), absl::UTCTimeZone());
}

json IncidentList(std::vector<SeriesAlarm>& alarms) {
  std::stable_sort(alarms.begin(), alarms.end(), [](const SeriesAlarm& a, const SeriesAlarm& b) {
    return a.alarm.from_unix_ns > b.alarm.from_unix_ns;
  });
  json list = json::array();
  for (size_t i = 0; i < std::min(alarms.size(), kMostIncidents); ++i) {
    const RuleAlarm& alarm = alarms[i].alarm;
    list.push_back({{"series", alarms[i].series->display_name},
                    {"start", MomentText(alarm.from_unix_ns)},
                    {"end", MomentText(alarm.to_unix_ns)},
                    {"type", AnomalyTypeName(alarm.type)},
                    {"severity", SeverityName(alarm.severity)},
                    {"truth", kTruthNames[static_cast<size_t>(alarm.truth)]}});
  }
  return list;
}

json ToJson(BudgetResult& result) {
  const BudgetOutcome& outcome = result.outcome;
  return {{"falseAlarmsPerWeek", outcome.false_alarms_per_week},
          {"weeks", RoundTo(outcome.weeks, 6)},
          {"alarms", outcome.alarms},
          {"achievedPerWeek", RoundTo(outcome.achieved_per_week(), 4)},
          {"alarmSeconds", outcome.alarm_seconds},
          {"trueAlarms", outcome.true_alarms},
          {"falseAlarms", outcome.false_alarms},
          {"anomalies", outcome.anomalies},
          {"caught", outcome.caught},
          {"recall", Ratio(outcome.recall())},
          {"precision", Ratio(outcome.precision())},
          {"incidents", IncidentList(result.alarms)},
          {"incidentsLeftOut", result.alarms.size() - std::min(result.alarms.size(), kMostIncidents)}};
}

std::string_view LabelsWord(const ModelInput& input, const AnomalySpec& spec) {
  const bool judged = std::any_of(spec.feedback.begin(), spec.feedback.end(), [](const SeriesFeedback& said) {
    return said.interval.label != FeedbackLabel::kIgnore;
  });
  return !input.labels.empty() ? "complete" : judged ? "partial" : "none";
}

}  // namespace

absl::StatusOr<std::string> BacktestJson(const BacktestAsk& ask, const QuerySpec& spec, const Connector& connector,
                                         const Clock& clock, absl::Time deadline, const QueryLimits& limits,
                                         const Cancellation& cancellation, SeriesWorkers& workers) {
  if (spec.analysis != Analysis::kAnomalies) {
    return BadQueryError(Concat("A backtest replays a rule that finds anomalies; the analysis of this query is ",
                                kAnalysisNames[static_cast<size_t>(spec.analysis)],
                                ". Choose the analysis anomalies."));
  }
  const absl::Time now = clock.Now();
  QueryRequest request;
  const absl::Time to = std::min(ask.to.value_or(now), now);
  request.range = {to - absl::Hours(24) * ask.days, to};
  BELLWETHER_ASSIGN_OR_RETURN(const ModelInput input,
                              ReadModelInput(spec, request, connector, now, limits, cancellation));
  std::vector<double> budgets = ask.budgets;
  if (budgets.empty()) {
    budgets.assign(kSensitivityBudgets.begin(), kSensitivityBudgets.end());
  }
  BELLWETHER_RETURN_IF_ERROR(CheckWork(input, budgets.size()));
  const BacktestRange range = {input.plan.visible_from_ns, input.plan.visible_to_ns,
                               kBacktestGraceSteps * input.plan.step_ns};
  const AnomalySpec rule = KnownRule(spec.anomalies, range.from_unix_ns);
  std::vector<absl::StatusOr<std::vector<BacktestRow>>> replayed(input.series.size(), std::vector<BacktestRow>());
  const absl::Status stopped = workers.Run(
      input.series.size(),
      [&](size_t i) {
        replayed[i] = ReplayBudgets(input, input.series[i], rule, budgets, range,
                                    TruthOf(input, input.series[i], spec.anomalies, range), cancellation);
      },
      [&]() -> absl::Status {
        BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
        return clock.Now() < deadline ? absl::OkStatus() : Late();
      });
  BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
  BELLWETHER_RETURN_IF_ERROR(stopped);
  std::vector<BudgetResult> results(budgets.size());
  for (size_t b = 0; b < budgets.size(); ++b) {
    results[b].outcome.false_alarms_per_week = budgets[b];
    for (size_t i = 0; i < replayed.size(); ++i) {
      BELLWETHER_RETURN_IF_ERROR(replayed[i].status());
      const BacktestRow& row = (*replayed[i])[b];
      results[b].outcome.Add(row.outcome);
      for (const RuleAlarm& alarm : row.alarms) {
        results[b].alarms.push_back({alarm, &input.series[i]});
      }
    }
  }
  json curve = json::array();
  for (BudgetResult& result : results) {
    curve.push_back(ToJson(result));
  }
  json notices = json::array();
  for (const Notice& notice : input.notices) {
    notices.push_back(notice.text);
  }
  if (results.front().outcome.weeks <= 0) {
    notices.push_back("There are too few data in these days to judge. Choose other days or another time range.");
  }
  const json answer = {{"from", MomentText(range.from_unix_ns)},
                       {"to", MomentText(range.to_unix_ns)},
                       {"method", spec.anomalies.method},
                       {"series", input.series.size()},
                       {"intervalSeconds", static_cast<double>(input.plan.step_ns) / 1e9},
                       {"graceSeconds", static_cast<double>(range.grace_ns) / 1e9},
                       {"labels", LabelsWord(input, spec.anomalies)},
                       {"budgets", std::move(curve)},
                       {"notices", std::move(notices)}};
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace bellwether
