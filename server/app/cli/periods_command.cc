#include "server/app/cli/periods_command.h"

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/series/grid.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/placed_rows.h"
#include "server/app/cli/table_notices.h"

namespace bellwether {

void AddPeriodsCommand(CLI::App& app, CommandContext& context) {
  auto paths = std::make_shared<TablePaths>();
  CLI::App* command = app.add_subcommand("periods", "List the periods of each series in rows, strongest first");
  AddTableOptions(*command, *paths);
  command->footer("Example: bellwether periods --input requests.csv --series-column host");
  command->callback([paths, &context] {
    RunAnalysis(
        *paths, "period,strength",
        [](const TableSeries& series, std::string& rows) {
          for (const Period& period :
               FindPeriods(PlaceRows(series).values, {.step_ns = MedianStep(series.times_unix_ns)})) {
            rows += std::to_string(period.steps) + ',';
            AppendNumber(rows, period.strength);
            rows += '\n';
          }
          return absl::OkStatus();
        },
        context,
        [&](const SeriesTable& table) {
          PrintNotices(ShortSeriesNotices(table, kLeastPeriodValues, "Finding periods"), context);
          PrintNotices(PlacingNotices(table), context);
          return absl::OkStatus();
        });
  });
}

}  // namespace bellwether
