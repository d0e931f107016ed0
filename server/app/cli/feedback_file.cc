#include "server/app/cli/feedback_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <system_error>

#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/base/text/utf8.h"
#include "server/connectors/csv/csv_reader.h"
#include "server/connectors/csv/time_parser.h"

namespace bellwether {
namespace {

constexpr size_t kMostRows = 20'000;
constexpr size_t kMostNotices = 3;

// Where each column stands in the file; empty = there is none.
struct Columns {
  std::optional<size_t> from;
  std::optional<size_t> to;
  std::optional<size_t> label;
  std::optional<size_t> series;
};

Columns FindColumns(std::span<const std::string_view> header) {
  const auto find = [&](std::string_view name) -> std::optional<size_t> {
    const auto found = std::find(header.begin(), header.end(), name);
    return found == header.end() ? std::nullopt : std::optional<size_t>(found - header.begin());
  };
  return {find("from"), find("to"), find("label"), find("series")};
}

absl::Status LineError(const std::string& path, const CsvReader& reader, std::string_view what) {
  return absl::InvalidArgumentError(Concat("The file ", path, ", line ", reader.line(), ": ", what));
}

absl::StatusOr<int64_t> ReadTime(const std::string& path, const CsvReader& reader, std::string_view text) {
  const std::optional<int64_t> time = ParseTimestamp(text);
  if (!time.has_value()) {
    return LineError(path, reader,
                     Concat("\"", TruncateUtf8(text, 40),
                            "\" is no time. Write it as 2026-11-20T12:00:00Z or as seconds since 1970."));
  }
  return *time;
}

absl::StatusOr<SeriesFeedback> ReadRow(const std::string& path, const CsvReader& reader, const Columns& columns,
                                       std::optional<FeedbackLabel> label_when_none) {
  const std::span<const std::string_view> fields = reader.fields();
  const auto cell = [&](std::optional<size_t> at) {
    return at.has_value() && *at < fields.size() ? fields[*at] : std::string_view();
  };
  SeriesFeedback row;
  row.series = std::string(cell(columns.series));
  BELLWETHER_ASSIGN_OR_RETURN(row.interval.from_unix_ns, ReadTime(path, reader, cell(columns.from)));
  BELLWETHER_ASSIGN_OR_RETURN(row.interval.to_unix_ns, ReadTime(path, reader, cell(columns.to)));
  if (row.interval.from_unix_ns >= row.interval.to_unix_ns) {
    return LineError(path, reader, "to must lie after from.");
  }
  const std::string_view label = cell(columns.label);
  const auto known = std::find(kFeedbackNames.begin(), kFeedbackNames.end(), label);
  if (columns.label.has_value() && known == kFeedbackNames.end()) {
    return LineError(path, reader,
                     Concat("the label \"", TruncateUtf8(label, 40),
                            "\" is not known. It must be one of: ", JoinNames(kFeedbackNames), "."));
  }
  row.interval.label = columns.label.has_value() ? static_cast<FeedbackLabel>(known - kFeedbackNames.begin())
                                                 : label_when_none.value_or(FeedbackLabel::kIgnore);
  return row;
}

}  // namespace

absl::StatusOr<std::vector<SeriesFeedback>> ReadFeedbackFile(const std::string& path,
                                                             std::optional<FeedbackLabel> label_when_none) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(Concat("The file ", path, " cannot be opened: ", std::generic_category().message(errno),
                                      ". Check the path and its permissions."));
  }
  CsvReader reader(CsvReader::Source([&](std::span<char> buffer) -> absl::StatusOr<size_t> {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    return static_cast<size_t>(file.gcount());
  }));
  const bool has_header = reader.Next();
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  const Columns columns = has_header ? FindColumns(reader.fields()) : Columns();
  if (!columns.from.has_value() || !columns.to.has_value() ||
      (!columns.label.has_value() && !label_when_none.has_value())) {
    return absl::InvalidArgumentError(Concat(
        "The file ", path, " needs a header line with the columns from, to",
        label_when_none.has_value() ? ", and optionally label and series." : " and label, and optionally series."));
  }
  std::vector<SeriesFeedback> feedback;
  while (reader.Next()) {
    if (feedback.size() == kMostRows) {
      return absl::InvalidArgumentError(
          Concat("The file ", path, " has more than ", kMostRows, " rows. Keep those that lie within the data."));
    }
    BELLWETHER_ASSIGN_OR_RETURN(SeriesFeedback row, ReadRow(path, reader, columns, label_when_none));
    feedback.push_back(std::move(row));
  }
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  return feedback;
}

std::vector<std::string> FeedbackNotices(const std::vector<SeriesFeedback>& feedback, const SeriesTable& table) {
  std::set<std::string_view> unmatched;
  for (const SeriesFeedback& row : feedback) {
    unmatched.insert(row.series);
  }
  unmatched.erase("");  // all of them
  for (const TableSeries& series : table.series) {
    unmatched.erase(series.name);
  }
  std::vector<std::string> notices;
  for (const std::string_view name : unmatched) {
    if (notices.size() == kMostNotices) {
      break;
    }
    notices.push_back(Concat("No series of the table is named \"", TruncateUtf8(name, 40),
                             "\": what is said of it has no effect.",
                             table.series_column.empty() ? " Leave the column series empty, or give --series-column."
                                                         : " Check the column series."));
  }
  return notices;
}

FeedbackTimeline TimelineOfSeries(const std::vector<SeriesFeedback>& feedback, std::string_view series) {
  return TimelineOf(feedback, {}, series, series, std::numeric_limits<int64_t>::min(),
                    std::numeric_limits<int64_t>::max(), /*step_ns=*/1);
}

}  // namespace bellwether
