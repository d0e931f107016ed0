#include "server/app/cli/detect_command.h"

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "server/analytics/anomaly/detector.h"
#include "server/app/cli/analysis_command.h"

namespace bellwether {
namespace {

struct DetectArguments {
  TablePaths paths;
  std::string mode = "online";
  std::string method = "auto";
  DetectorOptions options;
  bool list_methods = false;
};

void ListMethods(CommandContext& context) {
  for (const DetectorMethod& method : DetectorMethods()) {
    context.out << method.id << ": " << method.name << ". " << method.assumptions << '\n';
  }
}

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
  if (arguments.list_methods) {
    return ListMethods(context);
  }
  // What is wrong with the command line is said before any input is read.
  if (const auto made = MakeStreamingDetector(arguments.method, arguments.options); !made.ok()) {
    return context.Fail(kExitUsage, std::string(made.status().message()));
  }
  const DetectionMode mode = arguments.mode == "batch" ? DetectionMode::kBatch : DetectionMode::kOnline;
  RunAnalysis(
      arguments.paths, "timestamp,value,expected,lower,upper,score,p_value,is_anomaly,severity",
      [&](const TableSeries& series, std::string& rows) {
        const auto detection = Detect(series.times_unix_ns, series.values, arguments.method, arguments.options, mode);
        if (!detection.ok()) {
          return detection.status();
        }
        for (size_t i = 0; i < series.values.size(); ++i) {
          AppendRow(series, *detection, i, rows);
        }
        return absl::OkStatus();
      },
      context);
}

}  // namespace

void AddDetectCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<DetectArguments>();
  CLI::App* command = app.add_subcommand("detect", "Mark what is unusual in each series of a table");
  AddTableOptions(*command, arguments->paths);
  command->add_option("--mode", arguments->mode, "online: each row is judged by those before it; batch: by all rows")
      ->check(CLI::IsMember({"online", "batch"}))
      ->capture_default_str();
  command->add_option("--method", arguments->method, "detection method, see --list-methods")->capture_default_str();
  command
      ->add_option("--false-alarms-per-week", arguments->options.false_alarms_per_week,
                   "how many false alarms a series and week are acceptable")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--level", arguments->options.band_level, "share of normal values between lower and upper")
      ->check(CLI::Range(0.01, 0.9999))
      ->capture_default_str();
  command->add_flag("--list-methods", arguments->list_methods, "list the detection methods and end");
  command->footer("Example: bellwether detect --input cpu.csv --output judged.csv --false-alarms-per-week 0.25");
  command->callback([arguments, &context] { RunDetect(*arguments, context); });
}

}  // namespace bellwether
