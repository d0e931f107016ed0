#include "server/app/cli/multivariate_command.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "server/analytics/anomaly/detector.h"
#include "server/analytics/multivariate/feature_evidence.h"
#include "server/analytics/multivariate/host_anomalies.h"
#include "server/analytics/multivariate/multivariate_detector.h"
#include "server/analytics/series/grid.h"
#include "server/app/cli/aligned_table.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/method_list.h"
#include "server/app/cli/number_range.h"
#include "server/app/cli/table_notices.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr double kLeastShareShown = 0.1;

struct MultivariateArguments {
  TablePaths paths;
  std::string method = "ensemble";
  size_t train_rows = 0;  ///< 0 = all
  bool list_methods = false;
  MultivariateOptions options;
};

/// The first `rows` rows of each feature.
std::vector<double> FirstRows(const FeatureColumns& points, size_t rows) {
  std::vector<double> values;
  for (size_t f = 0; f < points.features; ++f) {
    const std::span<const double> column = points.Column(f).first(rows);
    values.insert(values.end(), column.begin(), column.end());
  }
  return values;
}

/// "cpu 62 % (+5.1), latency 30 % (+3.2)": share of the anomaly and distance from the median in spreads.
std::string ContributionText(const std::vector<FeatureContribution>& contributions,
                             const std::vector<std::string>& names) {
  std::string text;
  for (const FeatureContribution& one : contributions) {
    if (one.share >= kLeastShareShown) {
      text += text.empty() ? "" : ", ";
      text += names[one.feature] + absl::StrFormat(" %.0f %% (%+.1f)", 100 * one.share, one.units);
    }
  }
  return text;
}

/// Rows of verdicts; kind, contributions and action of the anomalies.
std::string VerdictTable(const AlignedTable& aligned, const FeatureColumns& points,
                         const MultivariateDetector& detector) {
  std::vector<FeatureMeaning> meanings;
  for (const std::string& name : aligned.names) {
    meanings.push_back(MeaningOf(name, ""));
  }
  const MultivariateVerdicts verdicts = detector.Judge(points);
  std::string out = "timestamp,score,p_value,is_anomaly,kind,contributions,action\n";
  std::vector<double> row(points.features);
  for (size_t i = 0; i < points.rows; ++i) {
    AppendText(out, aligned.timestamps[i]);
    out += ',';
    AppendNumber(out, verdicts.score[i]);
    out += ',';
    AppendNumber(out, verdicts.p_value[i]);
    if (verdicts.is_anomaly[i] == 0) {
      out += ",0,,,\n";
      continue;
    }
    for (size_t f = 0; f < points.features; ++f) {
      row[f] = points.Column(f)[i];
    }
    const std::vector<FeatureContribution> contributions = detector.Explain(row);
    const HostAnomalyKind& kind = ClassifyHostAnomaly(EvidenceOf(points, i, contributions, meanings));
    out += ",1,";
    AppendText(out, kind.id);
    out += ',';
    AppendText(out, ContributionText(contributions, aligned.names));
    out += ',';
    AppendText(out, kind.action);
    out += '\n';
  }
  return out;
}

absl::Status RunMultivariate(MultivariateArguments arguments, CommandContext& context) {
  for (size_t m = 0; m < kMultivariateMembers; ++m) {
    const auto member = static_cast<MultivariateMember>(m);
    if (arguments.method == MultivariateMemberName(member)) {
      arguments.options.only = member;
    }
  }
  const auto table = ReadSeriesTable(arguments.paths, context);
  if (!table.ok()) {
    return table.status();
  }
  PrintNotices(TableNotices(*table, RowOrder::kOfTime), context);
  const auto aligned = AlignSeries(*table);
  if (!aligned.ok()) {
    return aligned.status();
  }
  if (aligned->names.size() < 2) {
    PrintNotices(
        {Concat("The table has ", aligned->names.size(),
                " series; it takes at least 2 to be unusual together. `bellwether detect` judges one by one.")},
        context);
  }
  const FeatureColumns points{aligned->values, aligned->timestamps.size(), aligned->names.size()};
  const size_t train_rows = arguments.train_rows == 0 ? points.rows : std::min(arguments.train_rows, points.rows);
  const std::vector<double> history = FirstRows(points, train_rows);
  arguments.options.step_ns = std::max<int64_t>(1, MedianStep(aligned->times_unix_ns));
  const auto detector = MultivariateDetector::Fit({history, train_rows, points.features}, arguments.options);
  if (!detector.ok()) {
    return detector.status();
  }
  return WriteOutput(arguments.paths, VerdictTable(*aligned, points, *detector), context);
}

}  // namespace

void AddMultivariateCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<MultivariateArguments>();
  CLI::App* command =
      app.add_subcommand("multivariate", "Mark the times at which the series of a table are unusual together");
  AddTableOptions(*command, arguments->paths);
  AddGroupMethodOptions(*command, MultivariateMethods(), "ensemble, or one of its members alone", arguments->method,
                        arguments->list_methods);
  command
      ->add_option("--false-alarms-per-week", arguments->options.false_alarms_per_week,
                   "how many rows a week may be marked by chance, 0.002 to 1000")
      ->check(NumberIn(kLeastFalseAlarmsPerWeek, kMostFalseAlarmsPerWeek))
      ->capture_default_str();
  command->add_option("--train-rows", arguments->train_rows, "learn from the first rows alone; 0: from all")
      ->capture_default_str();
  command->add_option("--trees", arguments->options.trees, "trees of each isolation forest, 1 to 1000")
      ->check(WholeNumberIn(1, 1000))
      ->capture_default_str();
  command->add_option("--seed", arguments->options.seed, "another seed draws other trees")->capture_default_str();
  command->footer("Example: bellwether multivariate --input host.csv --series-column metric");
  command->callback([arguments, &context] {
    if (ListsMethods(arguments->list_methods, MultivariateMethods(), arguments->paths, context)) {
      return;
    }
    if (const absl::Status status = RunMultivariate(*arguments, context); !status.ok()) {
      context.Fail(kExitFailed, std::string(status.message()));
    }
  });
}

}  // namespace bellwether
