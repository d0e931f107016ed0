#include "server/app/cli/trend_command.h"

#include <cmath>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "server/analytics/series/grid.h"
#include "server/analytics/trend/trend_outlook.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/placed_rows.h"
#include "server/app/cli/table_notices.h"

namespace bellwether {
namespace {

constexpr double kDayNs = 86'400e9;

}  // namespace

void AddTrendCommand(CLI::App& app, CommandContext& context) {
  auto paths = std::make_shared<TablePaths>();
  CLI::App* command = app.add_subcommand("trend", "Say whether each series goes up or down, and how sure that is");
  AddTableOptions(*command, *paths);
  command->footer("Example: bellwether trend --input disk.csv");
  command->callback([paths, &context] {
    RunAnalysis(
        *paths,
        "direction,slope,slope_lower,slope_upper,intercept,p_value,tau,r_squared,points,strength,growth,recent_"
        "direction,"
        "recent_slope,recent_rows,continuation,continuation_rows,per_day,growth_per_day,growth_per_week",
        [](const TableSeries& series, std::string& rows) {
          const auto outlook = EstimateTrendOutlook(PlaceRows(series).values);
          if (!outlook.ok()) {
            return outlook.status();
          }
          const Trend& trend = outlook->whole;
          rows += TrendDirectionName(trend.direction);
          for (const double number : {trend.slope, trend.slope_lower, trend.slope_upper, trend.intercept, trend.p_value,
                                      trend.tau, trend.r_squared}) {
            rows += ',';
            AppendNumber(rows, number);
          }
          rows += ',' + std::to_string(trend.points) + ',';
          AppendNumber(rows, outlook->strength);
          rows += ',';
          if (outlook->growth.has_value()) {
            AppendNumber(rows, *outlook->growth);
          }
          rows += ',';
          rows += TrendDirectionName(outlook->recent.direction);
          rows += ',';
          AppendNumber(rows, outlook->recent.slope);
          rows += ',' + std::to_string(outlook->recent_steps) + ',';
          AppendNumber(rows, outlook->continuation);
          rows += ',' + std::to_string(outlook->horizon);
          const double step = static_cast<double>(MedianStep(series.times_unix_ns));
          const double per_day = step > 0 ? kDayNs / step : std::nan("");
          const double growth = outlook->growth.value_or(std::nan(""));
          for (const double number : {trend.slope * per_day, growth * per_day, growth * per_day * 7}) {
            rows += ',';
            AppendNumber(rows, number);
          }
          rows += '\n';
          return absl::OkStatus();
        },
        context,
        [&](const SeriesTable& table) {
          PrintNotices(PlacingNotices(table), context);
          return absl::OkStatus();
        });
  });
}

}  // namespace bellwether
