#include "server/app/cli/trend_command.h"

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "server/analytics/trend/trend.h"
#include "server/app/cli/analysis_command.h"

namespace bellwether {

void AddTrendCommand(CLI::App& app, CommandContext& context) {
  auto paths = std::make_shared<TablePaths>();
  CLI::App* command = app.add_subcommand("trend", "Say whether each series goes up or down, and how sure that is");
  AddTableOptions(*command, *paths);
  command->footer("Example: bellwether trend --input disk.csv");
  command->callback([paths, &context] {
    RunAnalysis(
        *paths, "direction,slope,slope_lower,slope_upper,intercept,p_value,tau,r_squared,points",
        [](const TableSeries& series, std::string& rows) {
          const auto trend = EstimateTrend(series.values);
          if (!trend.ok()) {
            return trend.status();
          }
          rows += TrendDirectionName(trend->direction);
          for (const double number : {trend->slope, trend->slope_lower, trend->slope_upper, trend->intercept,
                                      trend->p_value, trend->tau, trend->r_squared}) {
            rows += ',';
            AppendNumber(rows, number);
          }
          rows += ',' + std::to_string(trend->points) + '\n';
          return absl::OkStatus();
        },
        context);
  });
}

}  // namespace bellwether
