#include "server/app/cli/changepoints_command.h"

#include <memory>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/changepoint/online_changepoints.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/number_range.h"
#include "server/app/cli/placed_rows.h"
#include "server/app/cli/table_notices.h"

namespace bellwether {
namespace {

struct ChangepointsArguments {
  TablePaths paths;
  std::string mode = "batch";
  OnlineChangeOptions online;
};

void AppendChange(const TableSeries& series, size_t row, const ChangePoint& change, std::string& rows) {
  AppendText(rows, series.timestamps[row]);
  rows += ',' + std::to_string(row) + ',';
  rows += ChangeKindName(change.kind);
  for (const double number : {change.confidence, change.before, change.after, change.size}) {
    rows += ',';
    AppendNumber(rows, number);
  }
}

void RunChangepoints(const ChangepointsArguments& arguments, CommandContext& context) {
  const bool is_online = arguments.mode == "online";
  if (!is_online && arguments.online.period > 0) {
    return context.Fail(kExitUsage,
                        "--season is for --mode online: the batch mode finds seasons itself. Leave it out, or choose "
                        "--mode online.");
  }
  if (const double run = arguments.online.expected_run; !(run >= 2 && run <= 1e9)) {  // NaN too
    return context.Fail(kExitUsage, "--expected-run must be a number of rows from 2 to 1000000000, such as 500.");
  }
  RunAnalysis(
      arguments.paths,
      is_online ? "timestamp,index,kind,confidence,before,after,size,told_at"
                : "timestamp,index,kind,confidence,before,after,size",
      [&](const TableSeries& series, std::string& rows) {
        const PlacedRows placed = PlaceRows(series);
        if (is_online) {
          for (const OnlineChange& told : FindChangePointsOnline(placed.values, arguments.online)) {
            AppendChange(series, placed.row_of[told.change.index], told.change, rows);
            rows += ',' + std::to_string(placed.row_of[told.told_at]) + '\n';
          }
          return absl::OkStatus();
        }
        for (const ChangePoint& change : FindChangePoints(placed.values)) {
          AppendChange(series, placed.row_of[change.index], change, rows);
          rows += '\n';
        }
        return absl::OkStatus();
      },
      context,
      [&](const SeriesTable& table) {
        if (!is_online) {
          PrintNotices(ShortSeriesNotices(table, kLeastChangeValues, "Finding changes"), context);
        }
        PrintNotices(PlacingNotices(table), context);
        return absl::OkStatus();
      });
}

}  // namespace

void AddChangepointsCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<ChangepointsArguments>();
  CLI::App* command = app.add_subcommand(
      "changepoints", "List where level, slope or variance of each series changes and stays so for a while");
  AddTableOptions(*command, arguments->paths);
  command
      ->add_option("--mode", arguments->mode,
                   "batch: by all rows; online: each change is told as soon as the rows up to then show it")
      ->check(CLI::IsMember({"batch", "online"}))
      ->capture_default_str();
  command
      ->add_option("--season", arguments->online.period,
                   "rows of a season to take out in online mode, such as 24 for the day of hourly rows")
      ->check(WholeNumberIn(2, OnlineChangeOptions::kMostPeriod));
  command
      ->add_option("--expected-run", arguments->online.expected_run,
                   "rows that usually lie between two changes, in online mode: fewer of them make it more willing")
      ->capture_default_str();
  command->footer("Example: bellwether changepoints --input latency.csv");
  command->callback([arguments, &context] { RunChangepoints(*arguments, context); });
}

}  // namespace bellwether
