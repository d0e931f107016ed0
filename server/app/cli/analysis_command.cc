#include "server/app/cli/analysis_command.h"

#include <string_view>

#include "CLI/CLI.hpp"

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

void RunAnalysis(const TablePaths& paths, const std::string& header, const SeriesAnalysis& analyse,
                 CommandContext& context) {
  const auto table = ReadSeriesTable(paths, context);
  if (!table.ok()) {
    return context.Fail(kExitFailed, std::string(table.status().message()));
  }
  std::string out;
  std::string prefix;
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
      return context.Fail(kExitFailed, where + std::string(status.message()));
    }
    if (table->series_column.empty()) {
      out += rows;
      continue;
    }
    prefix.clear();
    AppendText(prefix, series.name);
    prefix += ',';
    for (size_t start = 0; start < rows.size();) {
      const size_t end = rows.find('\n', start) + 1;
      out += prefix;
      out.append(rows, start, end - start);
      start = end;
    }
  }
  if (const absl::Status status = WriteOutput(paths, out, context); !status.ok()) {
    context.Fail(kExitFailed, std::string(status.message()));
  }
}

}  // namespace bellwether
