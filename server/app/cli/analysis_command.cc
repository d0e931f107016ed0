#include "server/app/cli/analysis_command.h"

#include <cmath>

#include "CLI/CLI.hpp"
#include "server/app/cli/number_range.h"
#include "server/app/cli/table_notices.h"

namespace bellwether {

void AddTableOptions(CLI::App& command, TablePaths& paths) {
  command
      .add_option("-i,--input", paths.input, "CSV table with the columns timestamp and value; - is the standard input")
      ->capture_default_str();
  command.add_option("-o,--output", paths.output, "where the result goes; - is the standard output")
      ->capture_default_str();
  command.add_option("--series-column", paths.series_column,
                     "column that names the series of each row, for tables with several");
}

void AddLevelOption(CLI::App& command, std::vector<double>& levels) {
  command.add_option("--level", levels, "share of future values that a band should hold, several separated by commas")
      ->delimiter(',')
      ->check(CLI::Validator(
          [](std::string& text) {
            const double level = NumberOf(text);
            return level >= 0.01 && level <= 0.9999
                       ? std::string()
                       : "it must be a number between 0.01 and 0.9999, such as 0.95, not " + text;
          },
          "0.01 to 0.9999"))
      ->capture_default_str();
}

void AddLimitOptions(CLI::App& command, double& threshold, double& capacity, bool& below) {
  const CLI::Validator finite(
      [](std::string& text) {
        return std::isfinite(NumberOf(text)) ? std::string() : "It must be a finite number, not " + text;
      },
      "NUMBER");
  command.add_option("--threshold", threshold, "tell when the forecast reaches this value, and how likely")
      ->check(finite);
  command.add_option("--capacity", capacity, "tell how long until this value is reached, with an interval")
      ->check(finite);
  command.add_flag("--below", below, "threshold and capacity are reached from above");
}

void AppendRows(const SeriesTable& table, const TableSeries& series, const std::string& rows, std::string& out) {
  if (table.series_column.empty()) {
    out += rows;
    return;
  }
  std::string prefix;
  AppendText(prefix, series.name);
  prefix += ',';
  for (size_t start = 0; start < rows.size();) {
    const size_t end = rows.find('\n', start) + 1;
    out += prefix;
    out.append(rows, start, end - start);
    start = end;
  }
}

void RunAnalysis(const TablePaths& paths, const std::string& header, const SeriesAnalysis& analyse,
                 CommandContext& context, const TablePreparation& prepare) {
  auto table = ReadSeriesTable(paths, context);
  if (!table.ok()) {
    return context.Fail(kExitFailed, std::string(table.status().message()));
  }
  if (prepare != nullptr) {
    if (const absl::Status status = prepare(*table); !status.ok()) {
      return context.Fail(kExitFailed, std::string(status.message()));
    }
  }
  PrintNotices(TableNotices(*table, RowOrder::kOfTable), context);
  std::string out;
  if (!table->series_column.empty()) {
    AppendText(out, table->series_column);
    out += ',';
  }
  out += header + '\n';
  Progress progress(context, table->series.size());
  std::string rows;
  for (size_t i = 0; i < table->series.size(); ++i) {
    const TableSeries& series = table->series[i];
    progress.Show(i);
    rows.clear();
    if (const absl::Status status = analyse(series, rows); !status.ok()) {
      const std::string where = series.name.empty() ? "" : "Series \"" + series.name + "\": ";
      return context.Fail(kExitFailed, where + AdviceForFiles(std::string(status.message())));
    }
    AppendRows(*table, series, rows, out);
  }
  if (const absl::Status status = WriteOutput(paths, out, context); !status.ok()) {
    context.Fail(kExitFailed, std::string(status.message()));
  }
}

}  // namespace bellwether
