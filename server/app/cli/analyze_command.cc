#include "server/app/cli/analyze_command.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "nlohmann/json.hpp"
#include "server/analytics/anomaly/detector.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/number_range.h"
#include "server/app/cli/series_story.h"
#include "server/app/cli/story_summary.h"
#include "server/app/cli/table_notices.h"
#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr size_t kMostHorizon = 10'000;

struct AnalyzeArguments {
  TablePaths paths;
  StoryOptions story;
  double threshold = std::numeric_limits<double>::quiet_NaN();
  double capacity = std::numeric_limits<double>::quiet_NaN();
  bool as_json = false;
};

void RunAnalyze(AnalyzeArguments& arguments, CommandContext& context) {
  if (!std::isnan(arguments.threshold)) {
    arguments.story.threshold = arguments.threshold;
  }
  if (!std::isnan(arguments.capacity)) {
    arguments.story.capacity = arguments.capacity;
  }
  if (const std::string& unit = arguments.story.unit; !IsKnownUnit(unit)) {
    PrintNotices({Concat("The unit ", unit,
                         " is not one of Grafana's ids that are known here (such as percent, s, bytes, Bps, reqps or "
                         "currencyUSD), so numbers are written without it. To have it written as it is, say --unit "
                         "\"suffix: ",
                         unit, "\".")},
                 context);
  }
  const auto table = ReadSeriesTable(arguments.paths, context);
  if (!table.ok()) {
    return context.Fail(kExitFailed, std::string(table.status().message()));
  }
  PrintNotices(TableNotices(*table, RowOrder::kOfTime), context);
  std::string out = arguments.as_json ? "[" : "";
  StorySummary summary;
  Progress progress(context, table->series.size());
  for (size_t i = 0; i < table->series.size(); ++i) {
    const TableSeries& series = table->series[i];
    progress.Show(i);
    const auto story = TellStory(series, arguments.story);
    if (!story.ok()) {
      const std::string where = series.name.empty() ? "" : "Series \"" + series.name + "\": ";
      return context.Fail(kExitFailed, where + AdviceForFiles(std::string(story.status().message())));
    }
    if (arguments.as_json) {
      out += (i == 0 ? "\n" : ",\n") + story->facts_json;
      continue;
    }
    if (!series.name.empty()) {
      out += (i == 0 ? "" : "\n") + series.name + "\n";
    }
    summary.Add(series.name, json::parse(story->facts_json, nullptr, /*allow_exceptions=*/false));
    for (const std::string& line : story->lines) {
      out += line + "\n";
    }
  }
  out += arguments.as_json ? "\n]\n" : "";
  out.insert(0, summary.Text());
  if (const absl::Status status = WriteOutput(arguments.paths, out, context); !status.ok()) {
    context.Fail(kExitFailed, std::string(status.message()));
  }
}

}  // namespace

void AddAnalyzeCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<AnalyzeArguments>();
  CLI::App* command = app.add_subcommand("analyze", "Tell the whole story of each series of a table");
  AddTableOptions(*command, arguments->paths);
  StoryOptions& story = arguments->story;
  command->add_flag("--json", arguments->as_json, "a JSON list of facts instead of words");
  command->add_option("--horizon", story.horizon, "rows to forecast")
      ->check(WholeNumberIn(1, kMostHorizon))
      ->default_str(std::to_string(kUsualStoryHorizon));
  AddLevelOption(*command, story.levels);
  command
      ->add_option("--false-alarms-per-week", story.false_alarms_per_week, "budget of false alarms a series and week")
      ->check(NumberIn(kLeastFalseAlarmsPerWeek, kMostFalseAlarmsPerWeek))
      ->capture_default_str();
  AddLimitOptions(*command, arguments->threshold, arguments->capacity, story.below);
  command->add_option("--unit", story.unit,
                      "Grafana's id of the unit, such as percent, bytes or currencyUSD, or suffix: and any text");
  command->add_option("--interval", story.interval, "step of the models, such as 1h; that of the rows when left out");
  command->footer("Example: bellwether analyze --input disk.csv --unit percent --capacity 100 --horizon 168");
  command->callback([arguments, &context] { RunAnalyze(*arguments, context); });
}

}  // namespace bellwether
