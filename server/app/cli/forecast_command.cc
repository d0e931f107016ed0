#include "server/app/cli/forecast_command.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "server/analytics/forecast/capacity.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/threshold_crossing.h"
#include "server/analytics/series/grid.h"
#include "server/app/cli/analysis_command.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {
namespace {

constexpr size_t kMaxHorizon = 10'000;
constexpr int64_t kSecondNs = 1'000'000'000;

struct ForecastArguments {
  TablePaths paths;
  size_t horizon = 24;
  std::vector<double> levels = {0.95};
  std::string method = "auto";
  std::vector<size_t> seasons;
  double min = -1e308;
  double max = 1e308;
  bool whole_numbers = false;
  double threshold = std::numeric_limits<double>::quiet_NaN();
  double capacity = std::numeric_limits<double>::quiet_NaN();
  bool below = false;
  size_t look_ahead = 0;  ///< 0 = ten horizons
  bool list_methods = false;

  [[nodiscard]] CrossingSide side() const { return below ? CrossingSide::kBelow : CrossingSide::kAbove; }
};

// "timestamp,forecast,lower,upper", the edges with their level where there are several.
std::string HeaderOf(const ForecastArguments& arguments) {
  if (!std::isnan(arguments.capacity)) {
    return "capacity,reached,earliest,latest,rows_left,rows_left_lower,rows_left_upper,probability";
  }
  std::string header = "timestamp,forecast";
  for (const double level : arguments.levels) {
    const std::string suffix = arguments.levels.size() == 1 ? "" : absl::StrFormat("_%g", RoundTo(100 * level, 6));
    header += ",lower" + suffix + ",upper" + suffix;
  }
  return header + (std::isnan(arguments.threshold) ? "" : ",beyond,reached");
}

// The time `ahead` rows after the last, empty where it lies beyond the years that nanoseconds hold.
std::string TimeAhead(int64_t last, int64_t step, double ahead) {
  // In floating point first: far ahead, large steps leave the range of nanoseconds since 1970.
  const double time = static_cast<double>(last) + static_cast<double>(step) * ahead;
  if (time > 9.2e18) {
    return "";
  }
  const auto whole = static_cast<int64_t>(std::floor(ahead));
  const auto part = static_cast<int64_t>(static_cast<double>(step) * (ahead - std::floor(ahead)));
  // Part of a row is an estimate: to the second is enough.
  return FormatTime(last + step * whole + part / kSecondNs * kSecondNs);
}

absl::Status AppendCapacity(const ForecastArguments& arguments, const TableSeries& series, const Forecast& forecast,
                            int64_t step, std::string& rows) {
  CapacityQuestion question;
  question.capacity = arguments.capacity;
  question.side = arguments.side();
  question.level = arguments.levels.back();
  question.look_ahead = arguments.look_ahead > 0 ? arguments.look_ahead : 10 * arguments.horizon;
  const auto time = ForecastCapacity(forecast, series.values, question);
  if (!time.ok()) {
    return time.status();
  }
  AppendNumber(rows, arguments.capacity);
  const std::array<std::optional<double>, 3> times = {time->median, time->earliest, time->latest};
  for (const std::optional<double>& ahead : times) {
    rows += ',';
    AppendText(rows, ahead.has_value() ? TimeAhead(series.times_unix_ns.back(), step, *ahead) : "");
  }
  for (const std::optional<double>& ahead : times) {
    rows += ',';
    AppendNumber(rows, ahead.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  rows += ',';
  AppendNumber(rows, time->probability);
  rows += '\n';
  return absl::OkStatus();
}

absl::Status AppendSteps(const ForecastArguments& arguments, const TableSeries& series, const Forecast& forecast,
                         int64_t step, std::string& rows) {
  ThresholdCrossing crossing;
  const bool compares = !std::isnan(arguments.threshold);
  if (compares) {
    auto found = CrossThreshold(forecast, arguments.threshold, arguments.side());
    if (!found.ok()) {
      return found.status();
    }
    crossing = *std::move(found);
  }
  for (size_t h = 0; h < forecast.point.size(); ++h) {
    const std::string time = TimeAhead(series.times_unix_ns.back(), step, static_cast<double>(h + 1));
    if (time.empty()) {
      return absl::OutOfRangeError("The forecast runs past the year 2262. Ask for a smaller --horizon.");
    }
    AppendText(rows, time);
    const auto append = [&](double number) {
      rows += ',';
      AppendNumber(rows, number);
    };
    append(forecast.point[h]);
    for (const Band& band : forecast.bands) {
      append(band.lower[h]);
      append(band.upper[h]);
    }
    if (compares) {
      append(crossing.at_step[h]);
      append(crossing.by_step[h]);
    }
    rows += '\n';
  }
  return absl::OkStatus();
}

absl::Status ForecastSeries(const ForecastArguments& arguments, const TableSeries& series, std::string& rows) {
  if (series.times_unix_ns.front() > series.times_unix_ns.back()) {
    return absl::InvalidArgumentError("The rows run from new to old. Sort them by timestamp, oldest first.");
  }
  const int64_t step = MedianStep(series.times_unix_ns);
  ForecastInput input;
  input.values = series.values;
  input.step_ns = step;
  input.start_ns = series.times_unix_ns.front();
  input.seasons = arguments.seasons;
  input.min = arguments.min;
  input.max = arguments.max;
  input.whole_numbers = arguments.whole_numbers;
  const auto fitted = FitForecast(arguments.method, input, arguments.horizon);
  if (!fitted.ok()) {
    return fitted.status();
  }
  const Forecast forecast = (*fitted)->Predict(arguments.horizon, arguments.levels);
  return std::isnan(arguments.capacity) ? AppendSteps(arguments, series, forecast, step, rows)
                                        : AppendCapacity(arguments, series, forecast, step, rows);
}

void RunForecast(ForecastArguments& arguments, CommandContext& context) {
  std::sort(arguments.levels.begin(), arguments.levels.end());
  arguments.levels.erase(std::unique(arguments.levels.begin(), arguments.levels.end()), arguments.levels.end());
  if (arguments.list_methods) {
    for (const ForecastMethod& method : ForecastMethods()) {
      context.out << method.id << ": " << method.name << ". " << method.assumptions << '\n';
    }
    return;
  }
  const auto methods = ForecastMethods();
  const bool known = std::any_of(methods.begin(), methods.end(),
                                 [&](const ForecastMethod& method) { return method.id == arguments.method; });
  if (!known) {
    return context.Fail(kExitUsage, "There is no forecast method \"" + arguments.method +
                                        "\". Run `bellwether forecast --list-methods` for those there are.");
  }
  if (!(arguments.min < arguments.max)) {
    return context.Fail(kExitUsage, "--min must lie below --max.");
  }
  if (!std::isnan(arguments.capacity) && !std::isnan(arguments.threshold)) {
    return context.Fail(kExitUsage, "--capacity and --threshold answer different questions. Give one of them.");
  }
  RunAnalysis(
      arguments.paths, HeaderOf(arguments),
      [&](const TableSeries& series, std::string& rows) { return ForecastSeries(arguments, series, rows); }, context);
}

}  // namespace

void AddForecastCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ForecastArguments>();
  CLI::App* command = app.add_subcommand("forecast", "Continue each series of a table, with an interval");
  AddTableOptions(*command, arguments->paths);
  command->add_option("--horizon", arguments->horizon, "rows to forecast")
      ->check(CLI::Range(size_t{1}, kMaxHorizon))
      ->capture_default_str();
  AddLevelOption(*command, arguments->levels);
  AddLimitOptions(*command, arguments->threshold, arguments->capacity, arguments->below);
  command
      ->add_option("--look-ahead", arguments->look_ahead,
                   "rows within which the capacity counts; ten horizons when left out")
      ->check(CLI::Range(size_t{1}, size_t{10'000'000}));
  command->add_option("--min", arguments->min, "the values never fall below this");
  command->add_option("--max", arguments->max, "the values never rise above this");
  command->add_flag("--whole-numbers", arguments->whole_numbers, "the values count something");
  command
      ->add_option("--season", arguments->seasons, "season lengths in rows, separated by commas; found when left out")
      ->delimiter(',')
      ->check(CLI::Range(size_t{2}, size_t{1'000'000}));
  command->add_option("--method", arguments->method, "forecast method, see --list-methods")->capture_default_str();
  command->add_flag("--list-methods", arguments->list_methods, "list the forecast methods and end");
  command->footer("Example: bellwether forecast --input sales.csv --horizon 48 --level 0.95 --season 24,168");
  command->callback([arguments, &context] { RunForecast(*arguments, context); });
}

}  // namespace bellwether
