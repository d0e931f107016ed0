#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/app/cli/command.h"

namespace bellwether {

/// One series of a table: rows are positions, none is dropped or reordered.
struct TableSeries {
  std::string name;  ///< empty without a series column
  std::vector<int64_t> times_unix_ns;
  std::vector<std::string> timestamps;  ///< as written in the file
  std::vector<double> values;           ///< NaN = missing
  std::vector<uint8_t> labels;          ///< of the label column: 1 = abnormal; empty without one
  /// Those of `more_columns` that the table has, in their order; NaN = missing.
  std::vector<std::vector<double>> more;
};

/// A table of timestamp and value, optionally with a column that names the series of each row.
struct SeriesTable {
  std::vector<TableSeries> series;  ///< in the order of their first rows
  std::string series_column;        ///< its header; empty = one series
  std::vector<std::string> more;    ///< the names of TableSeries::more
  std::string columns;              ///< the names in the header, for messages
};

/// Where tables come from and go to: a path, or "-" for the context's streams.
struct TablePaths {
  std::string input = "-";
  std::string output = "-";
  std::string series_column;
  std::string label_column;  ///< empty = none is read
  /// Columns of numbers that are read where the table has them.
  std::vector<std::string> more_columns = {};
};

/// Reads a CSV table with the columns `timestamp` and `value`. An empty value (or NaN, null, ...) is a missing one,
/// an empty label or 0 means normal. Errors are sentences that name the file, the line and what to do.
[[nodiscard]] absl::StatusOr<SeriesTable> ReadSeriesTable(const TablePaths& paths, CommandContext& context);

/// Writes `text` to the output, whole or with an error.
[[nodiscard]] absl::Status WriteOutput(const TablePaths& paths, const std::string& text, CommandContext& context);

/// Appends a CSV cell: numbers with the digits that give them back exactly, NaN as an empty cell, text quoted where
/// needed.
void AppendNumber(std::string& out, double value);
void AppendText(std::string& out, std::string_view text);

/// The time as RFC 3339 in UTC, with as many digits after the second as it needs.
[[nodiscard]] std::string FormatTime(int64_t unix_ns);

/// Shows how far long work has come, on a terminal only.
class Progress {
 public:
  Progress(CommandContext& context, size_t total) : context_(context), total_(total) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of the total is finished.
  void Show(size_t done);

 private:
  CommandContext& context_;
  size_t total_;
  bool shown_ = false;
};

}  // namespace bellwether
