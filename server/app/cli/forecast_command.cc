#include "server/app/cli/forecast_command.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/series/grid.h"
#include "server/app/cli/analysis_command.h"

namespace bellwether {
namespace {

constexpr size_t kMaxHorizon = 10'000;

struct ForecastArguments {
  TablePaths paths;
  size_t horizon = 24;
  double level = 0.95;
  std::string method = "auto";
  std::vector<size_t> seasons;
  bool list_methods = false;
};

absl::Status ForecastSeries(const ForecastArguments& arguments, const TableSeries& series, std::string& rows) {
  if (series.times_unix_ns.front() > series.times_unix_ns.back()) {
    return absl::InvalidArgumentError("The rows run from new to old. Sort them by timestamp, oldest first.");
  }
  const int64_t step = MedianStep(series.times_unix_ns);
  const ForecastInput input{.values = series.values, .step_ns = step, .seasons = arguments.seasons};
  const auto fitted = FitForecast(arguments.method, input, arguments.horizon);
  if (!fitted.ok()) {
    return fitted.status();
  }
  const double levels[] = {arguments.level};
  const Forecast forecast = (*fitted)->Predict(arguments.horizon, levels);
  const int64_t last = series.times_unix_ns.back();
  for (size_t h = 0; h < forecast.point.size(); ++h) {
    // In floating point first: far ahead, large steps leave the range of nanoseconds since 1970.
    const double ahead = static_cast<double>(last) + static_cast<double>(step) * static_cast<double>(h + 1);
    if (ahead > 9.2e18) {
      return absl::OutOfRangeError("The forecast runs past the year 2262. Ask for a smaller --horizon.");
    }
    AppendText(rows, FormatTime(last + step * static_cast<int64_t>(h + 1)));
    for (const double number : {forecast.point[h], forecast.bands[0].lower[h], forecast.bands[0].upper[h]}) {
      rows += ',';
      AppendNumber(rows, number);
    }
    rows += '\n';
  }
  return absl::OkStatus();
}

void RunForecast(const ForecastArguments& arguments, CommandContext& context) {
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
  if (!std::isfinite(arguments.level)) {
    return context.Fail(kExitUsage, "--level must be a number between 0.01 and 0.9999, such as 0.95.");
  }
  RunAnalysis(
      arguments.paths, "timestamp,forecast,lower,upper",
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
  command->add_option("--level", arguments->level, "share of future values that lower..upper should hold")
      ->check(CLI::Range(0.01, 0.9999))
      ->capture_default_str();
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
