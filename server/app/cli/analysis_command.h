#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/app/cli/command.h"
#include "server/app/cli/series_table.h"

namespace CLI {
class App;
}  // namespace CLI

namespace bellwether {

/// What one series adds to the output table; rows without the series column, each ending in a line feed.
using SeriesAnalysis = std::function<absl::Status(const TableSeries& series, std::string& rows)>;

/// What is to be done with the table before its series are analysed.
using TablePreparation = std::function<absl::Status(SeriesTable& table)>;

/// Adds --input, --output and --series-column to a command.
void AddTableOptions(CLI::App& command, TablePaths& paths);

/// Adds --level to a command: one or several shares between 0 and 1, separated by commas. `levels` holds the default.
void AddLevelOption(CLI::App& command, std::vector<double>& levels);

/// Adds --threshold, --capacity and --below to a command; NaN = not given, anything else is finite.
void AddLimitOptions(CLI::App& command, double& threshold, double& capacity, bool& below);

/// Reads the table, lets `prepare` (may be null) change it, says on standard error what is odd about it, lets `analyse`
/// handle each series and writes the results under `header`, with the series column in front where there is one.
/// Failures go to the context: what the user wrote wrong ends with kExitUsage only if it is on the command line,
/// everything else with kExitFailed.
void RunAnalysis(const TablePaths& paths, const std::string& header, const SeriesAnalysis& analyse,
                 CommandContext& context, const TablePreparation& prepare = nullptr);

/// Puts the series column in front of `rows`, each of which ends in a line feed, and adds them to `out`. As they are
/// where the table has no such column.
void AppendRows(const SeriesTable& table, const TableSeries& series, const std::string& rows, std::string& out);

}  // namespace bellwether
