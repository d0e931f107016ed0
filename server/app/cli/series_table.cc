#include "server/app/cli/series_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include "absl/time/time.h"
#include "server/base/status/status_macros.h"
#include "server/connectors/csv/csv_reader.h"
#include "server/connectors/csv/number_parser.h"
#include "server/connectors/csv/time_parser.h"

namespace bellwether {
namespace {

/// The name of the input for messages.
std::string NameOf(const std::string& path) { return path == "-" ? "The standard input" : "The file " + path; }

absl::Status LineError(const std::string& path, uint64_t line, const std::string& what) {
  return absl::InvalidArgumentError(NameOf(path) + ", line " + std::to_string(line) + ": " + what);
}

std::string Shortened(std::string_view text) { return std::string(text.substr(0, 40)) + (text.size() > 40 ? "…" : ""); }

struct Columns {
  size_t time = 0;
  size_t value = 0;
  std::optional<size_t> series;
  std::optional<size_t> label;
  std::vector<size_t> more;
};

/// "timestamp, value, …": the first names of a header.
std::string NamesOf(std::span<const std::string_view> header) {
  std::string names;
  for (const std::string_view name : header.first(std::min<size_t>(header.size(), 12))) {
    names += (names.empty() ? "" : ", ") + Shortened(name);
  }
  return names;
}

absl::StatusOr<Columns> FindColumns(const TablePaths& paths, std::span<const std::string_view> header) {
  const auto find = [&](std::string_view name) -> std::optional<size_t> {
    const auto found = std::find(header.begin(), header.end(), name);
    return found == header.end() ? std::nullopt : std::optional<size_t>(found - header.begin());
  };
  const std::string names = NamesOf(header);
  const auto time = find("timestamp");
  const auto value = find("value");
  if (!time || !value) {
    const bool is_one_cell = header.size() == 1 && header.front().find_first_of(";\t|") != std::string_view::npos;
    return absl::InvalidArgumentError(NameOf(paths.input) + " has no column \"" + (time ? "value" : "timestamp") +
                                      "\". Its header reads: " + names +
                                      (is_one_cell ? ". Separate the columns by commas, and write numbers with a point."
                                                   : ". Rename the columns to timestamp and value."));
  }
  if (paths.series_column == "timestamp" || paths.series_column == "value") {
    return absl::InvalidArgumentError("--series-column names the column \"" + paths.series_column +
                                      "\", which holds the " + (paths.series_column == "value" ? "values" : "times") +
                                      ". Name the column that tells the series apart; the header reads: " + names +
                                      ".");
  }
  Columns columns{.time = *time, .value = *value, .series = std::nullopt, .label = std::nullopt, .more = {}};
  const auto find_asked = [&](const std::string& name, const char* option,
                              std::optional<size_t>& column) -> absl::Status {
    if (!name.empty() && !(column = find(name))) {
      return absl::InvalidArgumentError(NameOf(paths.input) + " has no column \"" + name + "\", which " + option +
                                        " asks for. Its header reads: " + names + ".");
    }
    return absl::OkStatus();
  };
  BELLWETHER_RETURN_IF_ERROR(find_asked(paths.series_column, "--series-column", columns.series));
  BELLWETHER_RETURN_IF_ERROR(find_asked(paths.label_column, "--label-column", columns.label));
  for (const std::string& name : paths.more_columns) {
    if (const auto found = find(name)) {
      columns.more.push_back(*found);
    }
  }
  return columns;
}

/// NaN for an empty cell.
absl::StatusOr<double> ReadNumber(const TablePaths& paths, uint64_t line, std::string_view text) {
  const Cell cell = ParseCell(text, DecimalMark::kPoint);
  if (cell.kind == CellKind::kText) {
    return LineError(
        paths.input, line,
        "\"" + Shortened(text) + "\" is no number. Write a number, or leave the cell empty for a missing value.");
  }
  return cell.kind == CellKind::kNumber ? cell.value : std::numeric_limits<double>::quiet_NaN();
}

/// What is wrong with the text of the table, "Line 3 …", with the name of the input before it.
absl::Status WithName(const std::string& path, const absl::Status& status) {
  const std::string message(status.message());
  constexpr std::string_view kLine = "Line ";
  if (!message.starts_with(kLine)) {
    return status;
  }
  return {status.code(), NameOf(path) + ", line " + message.substr(kLine.size())};
}

absl::StatusOr<CsvReader::Source> OpenInput(const TablePaths& paths, CommandContext& context, std::ifstream& file) {
  std::istream* stream = &context.in;
  if (paths.input != "-") {
    std::error_code unknown;
    if (std::filesystem::is_directory(paths.input, unknown)) {
      return absl::InvalidArgumentError(paths.input + " is a folder. Name one of the CSV files in it.");
    }
    file.open(paths.input, std::ios::binary);
    if (!file) {
      return absl::NotFoundError("The file " + paths.input + " cannot be opened: " +
                                 std::generic_category().message(errno) + ". Check the path and its permissions.");
    }
    stream = &file;
  }
  const std::string name = NameOf(paths.input);
  return CsvReader::Source([stream, name](std::span<char> buffer) -> absl::StatusOr<size_t> {
    stream->read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (stream->bad()) {
      return absl::DataLossError(name + " could not be read to its end. Try again, or copy it to a local disk first.");
    }
    return static_cast<size_t>(stream->gcount());
  });
}

}  // namespace

absl::StatusOr<SeriesTable> ReadSeriesTable(const TablePaths& paths, CommandContext& context) {
  std::ifstream file;
  BELLWETHER_ASSIGN_OR_RETURN(CsvReader::Source source, OpenInput(paths, context, file));
  CsvReader reader(std::move(source));
  if (!reader.Next()) {
    if (!reader.status().ok()) {
      return WithName(paths.input, reader.status());
    }
    return absl::InvalidArgumentError(NameOf(paths.input) +
                                      " is empty. It needs a header line with the columns timestamp and value.");
  }
  BELLWETHER_ASSIGN_OR_RETURN(const Columns columns, FindColumns(paths, reader.fields()));
  size_t needed = std::max({columns.time, columns.value, columns.series.value_or(0), columns.label.value_or(0)});
  SeriesTable table;
  table.series_column = paths.series_column;
  table.columns = NamesOf(reader.fields());
  for (const size_t column : columns.more) {
    needed = std::max(needed, column);
    table.more.emplace_back(reader.fields()[column]);
  }
  if (!columns.series) {
    table.series.emplace_back();
  }
  std::unordered_map<std::string, size_t> index;
  TimeParser times;
  while (reader.Next()) {
    const std::span<const std::string_view> fields = reader.fields();
    if (fields.size() <= needed) {
      return LineError(paths.input, reader.line(),
                       "the row has " + std::to_string(fields.size()) + (fields.size() == 1 ? " cell" : " cells") +
                           " where at least " + std::to_string(needed + 1) +
                           " are needed. Complete or remove the row.");
    }
    const auto time = times.Parse(fields[columns.time]);
    if (!time) {
      return LineError(paths.input, reader.line(),
                       "\"" + Shortened(fields[columns.time]) +
                           "\" is no time. Write it as 2026-11-20T12:00:00Z or as seconds since 1970.");
    }
    BELLWETHER_ASSIGN_OR_RETURN(const double value, ReadNumber(paths, reader.line(), fields[columns.value]));
    size_t at = 0;
    if (columns.series) {
      const auto [entry, added] = index.try_emplace(std::string(fields[*columns.series]), table.series.size());
      if (added) {
        table.series.emplace_back().name = entry->first;
      }
      at = entry->second;
    }
    TableSeries& series = table.series[at];
    series.times_unix_ns.push_back(time->unix_ns);
    series.timestamps.emplace_back(fields[columns.time]);
    series.values.push_back(value);
    series.more.resize(columns.more.size());
    for (size_t k = 0; k < columns.more.size(); ++k) {
      BELLWETHER_ASSIGN_OR_RETURN(const double number, ReadNumber(paths, reader.line(), fields[columns.more[k]]));
      series.more[k].push_back(number);
    }
    if (columns.label) {
      const Cell label = ParseCell(fields[*columns.label], DecimalMark::kPoint);
      if (label.kind == CellKind::kText) {
        return LineError(paths.input, reader.line(),
                         "\"" + Shortened(fields[*columns.label]) +
                             "\" is no label. Write 1 for an anomaly, and 0 or nothing for what is normal.");
      }
      series.labels.push_back(label.kind == CellKind::kNumber && label.value != 0 ? 1 : 0);
    }
  }
  if (!reader.status().ok()) {
    return WithName(paths.input, reader.status());
  }
  return table;
}

absl::Status WriteOutput(const TablePaths& paths, const std::string& text, CommandContext& context) {
  if (paths.output == "-") {
    context.out << text << std::flush;
    return context.out ? absl::OkStatus()
                       : absl::DataLossError("The output could not be written: the reader of the pipe went away.");
  }
  std::ofstream file(paths.output, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file) {
    return absl::UnavailableError("The file " + paths.output +
                                  " cannot be written: " + std::generic_category().message(errno) +
                                  ". Check the folder, its permissions and the free space.");
  }
  return absl::OkStatus();
}

void AppendNumber(std::string& out, double value) {
  if (std::isnan(value)) {
    return;
  }
  char buffer[32];
  // A zero has no sign to people.
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value == 0 ? 0 : value);
  out.append(buffer, result.ptr);
}

void AppendText(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    out += c;
    if (c == '"') {
      out += '"';
    }
  }
  out += '"';
}

std::string FormatTime(int64_t unix_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(unix_ns), absl::UTCTimeZone());
}

Progress::~Progress() {
  if (shown_) {
    context_.err << "\r\x1b[K" << std::flush;
  }
}

void Progress::Show(size_t done) {
  // Few series are done before anyone could read a line.
  if (context_.err_is_terminal && total_ >= 20 && done % 10 == 0) {
    context_.err << '\r' << done << " of " << total_ << " series" << std::flush;
    shown_ = true;
  }
}

}  // namespace bellwether
