#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/analytics/anomaly/detector.h"
#include "server/app/cli/feedback_file.h"

namespace CLI {
class App;
}  // namespace CLI

namespace bellwether {

/// What `detect` and `backtest` both let a user say of a rule, but for its budget.
struct RuleArguments {
  std::string method = "auto";
  std::string direction = "both";
  double min_deviation_absolute = 0;
  double min_deviation_relative = 0;
  std::string missing = "ignore";
  std::string feedback_path;
  bool list_methods = false;
};

/// Adds --method, --list-methods, --direction, --min-deviation, --min-relative-deviation, --missing and --feedback to a
/// command.
void AddRuleOptions(CLI::App& command, RuleArguments& arguments);

/// The detector's options that `arguments` mean, without feedback.
[[nodiscard]] DetectorOptions ToDetectorOptions(const RuleArguments& arguments, double false_alarms_per_week);

/// OK, or a sentence about the option that is wrong: known before any input is read.
[[nodiscard]] absl::Status CheckRule(const RuleArguments& arguments, const std::vector<double>& budgets);

/// The rows of the file of --feedback; none without one.
[[nodiscard]] absl::StatusOr<std::vector<SeriesFeedback>> ReadFeedbackOf(const RuleArguments& arguments);

/// The detection methods, for people.
[[nodiscard]] std::string DetectorMethodList();

}  // namespace bellwether
