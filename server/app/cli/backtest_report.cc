#include "server/app/cli/backtest_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "server/app/cli/series_table.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr std::array<std::string_view, 3> kTruthNames = {"unlabelled", "true", "false"};

std::string Percent(double share) { return std::isnan(share) ? "-" : absl::StrFormat("%.0f %%", 100 * share); }

// Two units are enough to picture a duration.
std::string Rough(double seconds) {
  const absl::Duration duration = absl::Seconds(seconds);
  const absl::Duration unit = duration >= absl::Hours(48)    ? absl::Hours(1)
                              : duration >= absl::Minutes(5) ? absl::Minutes(1)
                                                             : absl::Seconds(1);
  return seconds > 0 ? DurationText(std::max(unit, absl::Floor(duration + unit / 2, unit))) : "0s";
}

}  // namespace

void BacktestReport::Add(std::string series, std::vector<BacktestRow> rows) {
  series_.push_back({std::move(series), std::move(rows)});
}

std::string BacktestReport::Text() const {
  std::vector<BudgetOutcome> totals;
  for (const Series& series : series_) {
    for (size_t i = 0; i < series.rows.size(); ++i) {
      if (i == totals.size()) {
        totals.push_back(series.rows[i].outcome);
      } else {
        totals[i].Add(series.rows[i].outcome);
      }
    }
  }
  if (totals.empty() || totals.front().weeks <= 0) {
    return "";
  }
  const bool labelled = std::any_of(totals.begin(), totals.end(), [](const BudgetOutcome& total) {
    return total.anomalies + total.true_alarms + total.false_alarms > 0;
  });
  std::string text =
      absl::StrFormat("Method %s, %d series, %.1f series-weeks judged.\n\n",
                      method_ == "auto" ? "auto (" + std::string(DetectorMethods().front().id) + ")" : method_,
                      series_.size(), totals.front().weeks);
  text += absl::StrFormat("%14s %8s %16s %14s %12s", "budget a week", "alarms", "achieved a week", "total duration",
                          "of the time");
  text += labelled ? absl::StrFormat(" %12s %8s %10s\n", "caught", "recall", "precision") : "\n";
  for (const BudgetOutcome& total : totals) {
    text += absl::StrFormat("%14.4g %8d %16.3g %14s %12s", total.false_alarms_per_week, total.alarms,
                            total.achieved_per_week(), Rough(total.alarm_seconds),
                            absl::StrFormat("%.3g %%", 100 * total.alarm_seconds / (total.weeks * 7 * 86'400)));
    text += labelled ? absl::StrFormat(" %12s %8s %10s\n", absl::StrFormat("%d of %d", total.caught, total.anomalies),
                                       Percent(total.recall()), Percent(total.precision()))
                     : "\n";
  }
  text += "\nBudget and achieved are alarms a series and week; achieved leaves out those on labelled anomalies.\n";
  return text;
}

std::string BacktestReport::StartCsv(const char* header) const {
  std::string out;
  if (!series_column_.empty()) {
    AppendText(out, series_column_);
    out += ',';
  }
  return out + header + '\n';
}

void BacktestReport::StartRow(const Series& series, std::string& out) const {
  if (!series_column_.empty()) {
    AppendText(out, series.name);
    out += ',';
  }
}

std::string BacktestReport::CurveCsv() const {
  std::string out = StartCsv(
      "false_alarms_per_week,weeks,alarms,achieved_per_week,alarm_seconds,true_alarms,false_alarms,anomalies,caught,"
      "recall,precision");
  for (const Series& series : series_) {
    for (const BacktestRow& row : series.rows) {
      const BudgetOutcome& outcome = row.outcome;
      StartRow(series, out);
      AppendNumber(out, outcome.false_alarms_per_week);
      for (const double number : {outcome.weeks, static_cast<double>(outcome.alarms), outcome.achieved_per_week(),
                                  outcome.alarm_seconds, static_cast<double>(outcome.true_alarms),
                                  static_cast<double>(outcome.false_alarms), static_cast<double>(outcome.anomalies),
                                  static_cast<double>(outcome.caught), outcome.recall(), outcome.precision()}) {
        out += ',';
        AppendNumber(out, number);
      }
      out += '\n';
    }
  }
  return out;
}

std::string BacktestReport::AlarmsCsv() const {
  std::string out = StartCsv("false_alarms_per_week,start,end,seconds,type,severity,truth");
  for (const Series& series : series_) {
    for (const BacktestRow& row : series.rows) {
      for (const RuleAlarm& alarm : row.alarms) {
        StartRow(series, out);
        AppendNumber(out, row.outcome.false_alarms_per_week);
        out += ',' + FormatTime(alarm.from_unix_ns) + ',' + FormatTime(alarm.to_unix_ns) + ',';
        AppendNumber(out, (static_cast<double>(alarm.to_unix_ns) - static_cast<double>(alarm.from_unix_ns)) / 1e9);
        out += ',';
        out += AnomalyTypeName(alarm.type);
        out += ',';
        out += SeverityName(alarm.severity);
        out += ',';
        out += kTruthNames[static_cast<size_t>(alarm.truth)];
        out += '\n';
      }
    }
  }
  return out;
}

}  // namespace bellwether
