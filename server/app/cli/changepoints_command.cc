#include "server/app/cli/changepoints_command.h"

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "server/analytics/changepoint/changepoints.h"
#include "server/app/cli/analysis_command.h"

namespace bellwether {

void AddChangepointsCommand(CLI::App& app, CommandContext& context) {
  auto paths = std::make_shared<TablePaths>();
  CLI::App* command =
      app.add_subcommand("changepoints", "List where level, slope or variance of each series changes for good");
  AddTableOptions(*command, *paths);
  command->footer("Example: bellwether changepoints --input latency.csv");
  command->callback([paths, &context] {
    RunAnalysis(
        *paths, "timestamp,index,kind,confidence,before,after,size",
        [](const TableSeries& series, std::string& rows) {
          for (const ChangePoint& change : FindChangePoints(series.values)) {
            AppendText(rows, series.timestamps[change.index]);
            rows += ',' + std::to_string(change.index) + ',';
            rows += ChangeKindName(change.kind);
            rows += ',';
            for (const double number : {change.confidence, change.before, change.after}) {
              AppendNumber(rows, number);
              rows += ',';
            }
            AppendNumber(rows, change.size);
            rows += '\n';
          }
          return absl::OkStatus();
        },
        context);
  });
}

}  // namespace bellwether
