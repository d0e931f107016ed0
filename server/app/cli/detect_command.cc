#include "server/app/cli/detect_command.h"

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "server/analytics/anomaly/detector.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/number_range.h"
#include "server/app/cli/rule_options.h"
#include "server/app/cli/table_notices.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

struct DetectArguments {
  TablePaths paths;
  std::string mode = "online";
  RuleArguments rule;
  double false_alarms_per_week = 1;
  double band_level = 0.99;
};

void AppendRow(const TableSeries& series, const Detection& detection, size_t i, std::string& rows) {
  AppendText(rows, series.timestamps[i]);
  for (const double number : {series.values[i], detection.expected[i], detection.lower[i], detection.upper[i],
                              detection.score[i], detection.p_value[i]}) {
    rows += ',';
    AppendNumber(rows, number);
  }
  rows += detection.is_anomaly[i] != 0 ? ",1," : ",0,";
  rows += SeverityName(detection.severity[i]);
  rows += '\n';
}

void RunDetect(const DetectArguments& arguments, CommandContext& context) {
  if (arguments.rule.list_methods) {
    context.out << DetectorMethodList();
    return;
  }
  // What is wrong with the command line is said before any input is read.
  if (const absl::Status status = CheckRule(arguments.rule, {arguments.false_alarms_per_week}); !status.ok()) {
    return context.Fail(kExitUsage, std::string(status.message()));
  }
  const auto feedback = ReadFeedbackOf(arguments.rule);
  if (!feedback.ok()) {
    return context.Fail(kExitFailed, std::string(feedback.status().message()));
  }
  DetectorOptions options = ToDetectorOptions(arguments.rule, arguments.false_alarms_per_week);
  options.band_level = arguments.band_level;
  const DetectionMode mode = arguments.mode == "batch" ? DetectionMode::kBatch : DetectionMode::kOnline;
  size_t unjudged = 0;
  RunAnalysis(
      arguments.paths, "timestamp,value,expected,lower,upper,score,p_value,is_anomaly,severity",
      [&](const TableSeries& series, std::string& rows) {
        options.feedback = TimelineOfSeries(*feedback, series.name);
        const auto detection = Detect(series.times_unix_ns, series.values, arguments.rule.method, options, mode);
        if (!detection.ok()) {
          return detection.status();
        }
        unjudged += detection->learning_points == series.values.size() && !series.values.empty() ? 1 : 0;
        for (size_t i = 0; i < series.values.size(); ++i) {
          AppendRow(series, *detection, i, rows);
        }
        return absl::OkStatus();
      },
      context,
      [&](const SeriesTable& table) {
        PrintNotices(FeedbackNotices(*feedback, table), context);
        return absl::OkStatus();
      });
  if (unjudged > 0) {
    PrintNotices({Concat("Nothing was judged in ", unjudged, " series: too few values to learn from.")}, context);
  }
}

}  // namespace

void AddDetectCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<DetectArguments>();
  CLI::App* command = app.add_subcommand("detect", "Mark what is unusual in each series of a table");
  AddTableOptions(*command, arguments->paths);
  command->add_option("--mode", arguments->mode, "online: each row is judged by those before it; batch: by all rows")
      ->check(CLI::IsMember({"online", "batch"}))
      ->capture_default_str();
  command
      ->add_option("--false-alarms-per-week", arguments->false_alarms_per_week,
                   "how many false alarms a series and week are acceptable, 0.002 to 1000")
      ->capture_default_str();
  AddRuleOptions(*command, arguments->rule);
  command->add_option("--level", arguments->band_level, "share of normal values between lower and upper")
      ->check(NumberIn(0.01, 0.9999))
      ->capture_default_str();
  command->footer("Example: bellwether detect --input cpu.csv --output judged.csv --false-alarms-per-week 0.25");
  command->callback([arguments, &context] { RunDetect(*arguments, context); });
}

}  // namespace bellwether
