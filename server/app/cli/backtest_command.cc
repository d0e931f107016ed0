#include "server/app/cli/backtest_command.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "server/analytics/anomaly/backtest.h"
#include "server/analytics/series/grid.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/backtest_report.h"
#include "server/app/cli/feedback_file.h"
#include "server/app/cli/rule_options.h"
#include "server/app/cli/table_notices.h"
#include "server/base/status/status_macros.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {
namespace {

struct BacktestArguments {
  TablePaths paths;
  std::string alarms_path;
  std::string labels_path;
  RuleArguments rule;
  std::vector<double> budgets = {kSensitivityBudgets.begin(), kSensitivityBudgets.end()};
  double days = 0;  // 0 = all
};

// What the command line says beside the table.
struct SaidOfSeries {
  std::vector<SeriesFeedback> feedback;
  std::vector<SeriesFeedback> labels;
};

// Rows marked in the label column, as intervals.
FeedbackTimeline MarkedRows(const TableSeries& series, int64_t step_ns) {
  std::vector<FeedbackInterval> marked;
  for (size_t i = 0; i < series.labels.size(); ++i) {
    const int64_t from = series.times_unix_ns[i];
    if (series.labels[i] != 0 && from < std::numeric_limits<int64_t>::max() - step_ns) {
      marked.push_back({from, from + step_ns, FeedbackLabel::kAnomaly});
    }
  }
  return Merged(std::move(marked));
}

int64_t JudgedFrom(const TableSeries& series, int64_t step_ns, double days) {
  if (!(days > 0) || series.times_unix_ns.empty()) {
    return std::numeric_limits<int64_t>::min();
  }
  const int64_t last = *std::max_element(series.times_unix_ns.begin(), series.times_unix_ns.end());
  const double from = static_cast<double>(last) + static_cast<double>(step_ns) - days * 86'400e9;
  return from < -9.2e18 ? std::numeric_limits<int64_t>::min() : last + step_ns - static_cast<int64_t>(days * 86'400e9);
}

absl::StatusOr<std::vector<BacktestRow>> BacktestSeries(const BacktestArguments& arguments, const SaidOfSeries& said,
                                                        const TableSeries& series) {
  const int64_t step_ns = std::max<int64_t>(0, MedianStep(series.times_unix_ns));
  const FeedbackTimeline feedback = TimelineOfSeries(said.feedback, series.name);
  BacktestRequest request;
  request.budgets = arguments.budgets;
  request.from_unix_ns = JudgedFrom(series, step_ns, arguments.days);
  const FeedbackTimeline labels = arguments.paths.label_column.empty()
                                      ? TimelineOfSeries(said.labels, series.name)
                                      : MarkedRows(series, std::max<int64_t>(step_ns, 1));
  request.truth.labels = Overlay(feedback, labels);
  request.truth.complete = !arguments.labels_path.empty() || !arguments.paths.label_column.empty();
  DetectorOptions options = ToDetectorOptions(arguments.rule, request.budgets.front());
  options.feedback = KnownFeedback(feedback, request.from_unix_ns);
  return Backtest(series.times_unix_ns, series.values, arguments.rule.method, options, request, Cancellation());
}

// OK, or what is wrong on the command line; budgets end up ascending and distinct.
absl::Status CheckArguments(BacktestArguments& arguments) {
  std::sort(arguments.budgets.begin(), arguments.budgets.end());
  arguments.budgets.erase(std::unique(arguments.budgets.begin(), arguments.budgets.end()), arguments.budgets.end());
  if (arguments.budgets.size() > kMostBacktestBudgets) {
    return absl::InvalidArgumentError(
        absl::StrFormat("--false-alarms-per-week names %d budgets; at most %d can be "
                        "compared at once.",
                        arguments.budgets.size(), kMostBacktestBudgets));
  }
  if (!std::isfinite(arguments.days) || arguments.days < 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "--days is %g. It must be a number of days above 0; leave it out to judge every row.", arguments.days));
  }
  if (arguments.alarms_path == "-" && arguments.paths.output == "-") {
    return absl::InvalidArgumentError("--output and --alarms cannot both be the standard output. Name a file for one.");
  }
  if (!arguments.labels_path.empty() && !arguments.paths.label_column.empty()) {
    return absl::InvalidArgumentError("--labels and --label-column both say what is true. Give one of them.");
  }
  return CheckRule(arguments.rule, arguments.budgets);
}

absl::StatusOr<SaidOfSeries> ReadSaid(const BacktestArguments& arguments) {
  SaidOfSeries said;
  BELLWETHER_ASSIGN_OR_RETURN(said.feedback, ReadFeedbackOf(arguments.rule));
  if (!arguments.labels_path.empty()) {
    BELLWETHER_ASSIGN_OR_RETURN(said.labels, ReadFeedbackFile(arguments.labels_path, FeedbackLabel::kAnomaly));
  }
  return said;
}

absl::Status WriteReport(const BacktestArguments& arguments, const BacktestReport& report, CommandContext& context) {
  if (!arguments.paths.output.empty()) {
    BELLWETHER_RETURN_IF_ERROR(WriteOutput(arguments.paths, report.CurveCsv(), context));
  }
  if (!arguments.alarms_path.empty()) {
    TablePaths paths;
    paths.output = arguments.alarms_path;
    BELLWETHER_RETURN_IF_ERROR(WriteOutput(paths, report.AlarmsCsv(), context));
  }
  // What goes on to another program is not mixed with what is for people.
  if (arguments.alarms_path != "-" && arguments.paths.output != "-") {
    context.out << report.Text() << std::flush;
  }
  if (report.Text().empty()) {
    PrintNotices({"Nothing was judged: the table has too few rows in the stretch to judge."}, context);
  }
  return absl::OkStatus();
}

void RunBacktest(BacktestArguments& arguments, CommandContext& context) {
  if (arguments.rule.list_methods) {
    context.out << DetectorMethodList();
    return;
  }
  if (const absl::Status status = CheckArguments(arguments); !status.ok()) {
    return context.Fail(kExitUsage, std::string(status.message()));
  }
  const auto said = ReadSaid(arguments);
  if (!said.ok()) {
    return context.Fail(kExitFailed, std::string(said.status().message()));
  }
  const auto table = ReadSeriesTable(arguments.paths, context);
  if (!table.ok()) {
    return context.Fail(kExitFailed, std::string(table.status().message()));
  }
  PrintNotices(TableNotices(*table, RowOrder::kOfTable), context);
  for (const auto& stretches : {said->feedback, said->labels}) {
    PrintNotices(FeedbackNotices(stretches, *table), context);
  }
  BacktestReport report(arguments.rule.method, table->series_column);
  Progress progress(context, table->series.size());
  for (size_t i = 0; i < table->series.size(); ++i) {
    progress.Show(i);
    auto rows = BacktestSeries(arguments, *said, table->series[i]);
    if (!rows.ok()) {
      return context.Fail(kExitFailed, std::string(rows.status().message()));
    }
    report.Add(table->series[i].name, *std::move(rows));
  }
  if (const absl::Status status = WriteReport(arguments, report, context); !status.ok()) {
    context.Fail(kExitFailed, std::string(status.message()));
  }
}

}  // namespace

void AddBacktestCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<BacktestArguments>();
  arguments->paths.output.clear();
  CLI::App* command =
      app.add_subcommand("backtest", "Say how often a rule would have fired, at several budgets at once");
  AddTableOptions(*command, arguments->paths);
  command->get_option("--output")
      ->description(
          "where the curve goes as CSV, one row a series and budget; - is the standard output, instead of the table");
  command->add_option("--alarms", arguments->alarms_path,
                      "where every alarm goes as CSV; - is the standard output, instead of the readable table");
  command->add_option("--labels", arguments->labels_path,
                      "CSV file with the columns from, to and optionally series and label: all true anomalies");
  command->add_option("--label-column", arguments->paths.label_column,
                      "column of the input that is 1 where a row is abnormal, instead of --labels");
  command->add_option("--days", arguments->days, "judge the last days of each series only and learn from the rest");
  command
      ->add_option("--false-alarms-per-week", arguments->budgets,
                   "budgets to compare, each 0.002 to 1000; may be given several times")
      ->delimiter(',');
  AddRuleOptions(*command, arguments->rule);
  command->footer(
      "Example: bellwether backtest --input cpu.csv --days 14 --labels incidents.csv --output curve.csv\n"
      "An alarm is true when it overlaps a labelled anomaly, with a grace of 3 steps on either side.");
  command->callback([arguments, &context] { RunBacktest(*arguments, context); });
}

}  // namespace bellwether
