#include "server/app/cli/rule_options.h"

#include <algorithm>
#include <cmath>

#include "CLI/CLI.hpp"
#include "server/app/cli/method_list.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"

namespace bellwether {

void AddRuleOptions(CLI::App& command, RuleArguments& arguments) {
  command.add_option("--method", arguments.method, "detection method, see --list-methods")->capture_default_str();
  command.add_flag("--list-methods", arguments.list_methods, "list the detection methods and end");
  command.add_option("--direction", arguments.direction, "which side of the expected value counts: both, up or down")
      ->capture_default_str();
  command
      .add_option("--min-deviation", arguments.min_deviation_absolute,
                  "smaller deviations from the expected value are never anomalies, in the unit of the series")
      ->capture_default_str();
  command
      .add_option("--min-relative-deviation", arguments.min_deviation_relative,
                  "the same as a share of the expected value, 0.1 = 10 %")
      ->capture_default_str();
  command
      .add_option(
          "--missing", arguments.missing,
          "what rows without a value mean: ignore them, or alert on a stretch of them that is longer than usual")
      ->capture_default_str();
  command.add_option("--feedback", arguments.feedback_path,
                     "CSV file with the columns from, to, label (expected, anomaly or ignore) and optionally series: "
                     "what people said of stretches of time");
}

DetectorOptions ToDetectorOptions(const RuleArguments& arguments, double false_alarms_per_week) {
  DetectorOptions options;
  options.false_alarms_per_week = false_alarms_per_week;
  options.direction = arguments.direction == "up"     ? Direction::kUp
                      : arguments.direction == "down" ? Direction::kDown
                                                      : Direction::kBoth;
  options.min_deviation_absolute = arguments.min_deviation_absolute;
  options.min_deviation_relative = arguments.min_deviation_relative;
  options.alert_on_missing = arguments.missing == "alert";
  return options;
}

absl::Status CheckRule(const RuleArguments& arguments, const std::vector<double>& budgets) {
  if (std::find(kDirectionNames.begin(), kDirectionNames.end(), arguments.direction) == kDirectionNames.end()) {
    return BadQueryError(Concat("--direction \"", arguments.direction,
                                "\" is not known. It must be one of: ", JoinNames(kDirectionNames), "."));
  }
  if (arguments.missing != "ignore" && arguments.missing != "alert") {
    return BadQueryError(
        Concat("--missing \"", arguments.missing, "\" is not known. It must be one of: ignore, alert."));
  }
  for (const auto& [name, value] : {std::pair("--min-deviation", arguments.min_deviation_absolute),
                                    std::pair("--min-relative-deviation", arguments.min_deviation_relative)}) {
    if (!std::isfinite(value) || value < 0) {
      return BadQueryError(Concat(name, " is ", value, ". It must be a number of at least 0."));
    }
  }
  for (const double budget : budgets) {
    if (!(budget >= kLeastFalseAlarmsPerWeek && budget <= kMostFalseAlarmsPerWeek)) {
      return BadQueryError(Concat("--false-alarms-per-week is ", budget, ". It must be at least ",
                                  kLeastFalseAlarmsPerWeek, " and at most ", kMostFalseAlarmsPerWeek, "."));
    }
  }
  return MakeStreamingDetector(arguments.method, DetectorOptions()).status();
}

absl::StatusOr<std::vector<SeriesFeedback>> ReadFeedbackOf(const RuleArguments& arguments) {
  if (arguments.feedback_path.empty()) {
    return std::vector<SeriesFeedback>();
  }
  return ReadFeedbackFile(arguments.feedback_path, std::nullopt);
}

std::string DetectorMethodList() {
  return MethodListText(DetectorMethods()) + Concat("auto means ", DetectorMethods().front().id, ".\n");
}

}  // namespace bellwether
