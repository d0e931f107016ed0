#include "server/app/cli/forecast_command.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "server/analytics/forecast/explained_forecast.h"
#include "server/analytics/forecast/forecast_replay.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/series/grid.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/explaining_columns.h"
#include "server/app/cli/forecast_rows.h"
#include "server/app/cli/method_list.h"
#include "server/app/cli/number_range.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr size_t kMaxHorizon = 10'000;
constexpr size_t kMostRemarks = 20;

struct ForecastArguments {
  TablePaths paths;
  ForecastQuestions questions;
  std::string method = "auto";
  std::vector<size_t> seasons;
  double min = -1e308;
  double max = 1e308;
  bool whole_numbers = false;
  ExplainingArguments explaining;
  bool list_methods = false;
};

// One run of the command over a table.
class ForecastRun {
 public:
  ForecastRun(const ForecastArguments& arguments, CommandContext& context) : arguments_(arguments), context_(context) {}

  absl::Status Prepare(SeriesTable& table) {
    series_column_ = table.series_column;
    if (arguments_.explaining.IsAsked()) {
      BELLWETHER_ASSIGN_OR_RETURN(explaining_, ExplainingColumns::Find(arguments_.explaining, table));
    }
    return absl::OkStatus();
  }

  absl::Status Forecast(const TableSeries& series, std::string& rows);

  // Writes the effects where they are asked for.
  void Finish();

 private:
  [[nodiscard]] ForecastInput InputOf(const TableSeries& series, int64_t step_ns) const;
  absl::Status Replay(const TableSeries& series, int64_t step_ns, std::string& rows);
  // Says something on the standard error; not more than a person reads.
  void Remark(const TableSeries& series, std::string_view text);

  const ForecastArguments& arguments_;
  CommandContext& context_;
  std::optional<ExplainingColumns> explaining_;
  std::string series_column_;
  std::string effects_;
  size_t remarks_ = 0;
};

void ForecastRun::Remark(const TableSeries& series, std::string_view text) {
  if (++remarks_ <= kMostRemarks) {
    context_.err << "bellwether: " << (series.name.empty() ? "" : series.name + ": ") << text << '\n';
  } else if (remarks_ == kMostRemarks + 1) {
    context_.err << "bellwether: further remarks are left out\n";
  }
}

ForecastInput ForecastRun::InputOf(const TableSeries& series, int64_t step_ns) const {
  ForecastInput input;
  input.values = series.values;
  input.step_ns = step_ns;
  input.start_ns = series.times_unix_ns.front();
  input.seasons = arguments_.seasons;
  input.min = arguments_.min;
  input.max = arguments_.max;
  input.whole_numbers = arguments_.whole_numbers;
  return input;
}

absl::Status ForecastRun::Replay(const TableSeries& series, int64_t step_ns, std::string& rows) {
  const ForecastQuestions& questions = arguments_.questions;
  BELLWETHER_ASSIGN_OR_RETURN(const ForecastReplay replay, ReplayForecasts(arguments_.method, InputOf(series, step_ns),
                                                                           questions.levels, questions.horizon));
  std::string text =
      Concat("of ", replay.judged, replay.judged == 1 ? " row that was forecast" : " rows that were forecast");
  for (size_t l = 0; l < questions.levels.size() && replay.judged > 0; ++l) {
    absl::StrAppendFormat(&text, "%s %.1f %% lay inside the %g %% band (%.1f %% before it was adapted)",
                          l == 0 ? "," : ";", 100 * replay.coverage[l], 100 * questions.levels[l],
                          100 * replay.unadapted[l]);
  }
  Remark(series, text);
  for (const std::string& notice : replay.notices) {
    Remark(series, notice);
  }
  return AppendReplay(questions, series, replay, step_ns, rows);
}

absl::Status ForecastRun::Forecast(const TableSeries& series, std::string& rows) {
  if (series.values.empty()) {
    return absl::InvalidArgumentError("The table has no rows to forecast from. Give one with a history of values.");
  }
  if (series.times_unix_ns.front() > series.times_unix_ns.back()) {
    return absl::InvalidArgumentError("The rows run from new to old. Sort them by timestamp, oldest first.");
  }
  const ForecastQuestions& questions = arguments_.questions;
  const int64_t step_ns = MedianStep(series.times_unix_ns);
  if (questions.stream) {
    return Replay(series, step_ns, rows);
  }
  TableSeries known = series;
  ExplainedRows explained;
  if (explaining_.has_value()) {
    BELLWETHER_ASSIGN_OR_RETURN(explained, explaining_->For(series, step_ns, questions.horizon));
    known.values.resize(explained.known);
    known.times_unix_ns.resize(explained.known);
  }
  ForecastInput input = InputOf(known, step_ns);
  input.calendar = explained.holidays;
  BELLWETHER_ASSIGN_OR_RETURN(
      const ExplainedForecast forecast,
      ForecastExplained(arguments_.method, input, explained.regressors, UnknownFutureOf(arguments_.explaining),
                        questions.horizon, questions.levels));
  for (const auto& texts : {explained.notices, forecast.forecast.notices}) {
    for (const std::string& text : texts) {
      Remark(series, text);
    }
  }
  for (const RegressorEffect& effect : forecast.effects) {
    if (!effect.is_used) {
      Remark(series, effect.name + " " + effect.note);
    }
  }
  std::string effects;
  AppendEffects(forecast.effects, effects);
  AppendRows({.series = {}, .series_column = series_column_, .more = {}, .columns = {}}, series, effects, effects_);
  std::string remark;
  BELLWETHER_RETURN_IF_ERROR(AppendForecast(questions, known, forecast.forecast, step_ns, rows, remark));
  if (!remark.empty()) {
    Remark(series, remark);
  }
  return absl::OkStatus();
}

void ForecastRun::Finish() {
  if (arguments_.explaining.effects_path.empty() || context_.exit_code != kExitOk) {
    return;
  }
  std::string out;
  if (!series_column_.empty()) {
    AppendText(out, series_column_);
    out += ',';
  }
  out += EffectsHeader() + '\n' + effects_;
  TablePaths paths;
  paths.output = arguments_.explaining.effects_path;
  if (const absl::Status status = WriteOutput(paths, out, context_); !status.ok()) {
    context_.Fail(kExitFailed, std::string(status.message()));
  }
}

// What is wrong on the command line; empty for nothing.
std::string ComplaintOf(const ForecastArguments& arguments) {
  const ForecastQuestions& questions = arguments.questions;
  const auto methods = ForecastMethods();
  const bool known = std::any_of(methods.begin(), methods.end(),
                                 [&](const ForecastMethod& method) { return method.id == arguments.method; });
  if (!known) {
    return "There is no forecast method \"" + arguments.method +
           "\". Run `bellwether forecast --list-methods` for those there are.";
  }
  if (!(arguments.min < arguments.max)) {
    return "--min must lie below --max.";
  }
  if (!std::isnan(questions.capacity) && !std::isnan(questions.threshold)) {
    return "--capacity and --threshold answer different questions. Give one of them.";
  }
  const bool asks_ahead = !std::isnan(questions.capacity) || !std::isnan(questions.threshold);
  if (questions.stream && (asks_ahead || arguments.explaining.IsAsked())) {
    return "--stream replays plain forecasts. Leave out --threshold, --capacity and what explains the series.";
  }
  if (arguments.explaining.effects_path == "-" && arguments.paths.output == "-") {
    return "--effects and --output both go to the standard output. Give one of them a file.";
  }
  return std::string(CheckExplaining(arguments.explaining).message());
}

void RunForecast(ForecastArguments& arguments, CommandContext& context) {
  if (arguments.list_methods) {
    context.out << MethodListText(ForecastMethods());
    return;
  }
  std::vector<double>& levels = arguments.questions.levels;
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  if (const std::string complaint = ComplaintOf(arguments); !complaint.empty()) {
    return context.Fail(kExitUsage, complaint);
  }
  arguments.paths.more_columns = arguments.explaining.regressors;
  ForecastRun run(arguments, context);
  RunAnalysis(
      arguments.paths, ForecastHeader(arguments.questions),
      [&](const TableSeries& series, std::string& rows) { return run.Forecast(series, rows); }, context,
      [&](SeriesTable& table) { return run.Prepare(table); });
  run.Finish();
}

}  // namespace

void AddForecastCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ForecastArguments>();
  CLI::App* command = app.add_subcommand("forecast", "Continue each series of a table, with an interval");
  AddTableOptions(*command, arguments->paths);
  command->add_option("--horizon", arguments->questions.horizon, "rows to forecast")
      ->check(WholeNumberIn(1, kMaxHorizon))
      ->capture_default_str();
  AddLevelOption(*command, arguments->questions.levels);
  AddLimitOptions(*command, arguments->questions.threshold, arguments->questions.capacity, arguments->questions.below);
  command
      ->add_option("--look-ahead", arguments->questions.look_ahead,
                   "rows within which the capacity counts; ten horizons when left out")
      ->check(WholeNumberIn(1, 10'000'000));
  command->add_option("--min", arguments->min, "the values never fall below this");
  command->add_option("--max", arguments->max, "the values never rise above this");
  command->add_flag("--whole-numbers", arguments->whole_numbers, "the values count something");
  command
      ->add_option("--season", arguments->seasons, "season lengths in rows, separated by commas; found when left out")
      ->delimiter(',')
      ->check(WholeNumberIn(2, 1'000'000));
  AddExplainingOptions(*command, arguments->explaining);
  command->add_flag(
      "--stream", arguments->questions.stream,
      "replay: a forecast of --horizon rows every --horizon rows, with bands that adapt to what became of "
      "those before; every row is printed");
  command->add_option("--method", arguments->method, "forecast method, see --list-methods")->capture_default_str();
  command->add_flag("--list-methods", arguments->list_methods, "list the forecast methods and end");
  command->footer(
      "Example: bellwether forecast --input sales.csv --horizon 48 --level 0.95 --season 24,168\n"
      "         bellwether forecast --input sales.csv --regressors price,visits --weekdays --country DE");
  command->callback([arguments, &context] { RunForecast(*arguments, context); });
}

}  // namespace bellwether
