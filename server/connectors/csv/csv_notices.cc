#include "server/connectors/csv/csv_notices.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/connectors/source_query.h"

namespace bellwether {
namespace {

std::string TimeText(int64_t unix_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixNanos(unix_ns), absl::UTCTimeZone());
}

std::string Rows(uint64_t count) { return absl::StrCat(WithThousands(count), count == 1 ? " row" : " rows"); }

class Notices {
 public:
  void Info(std::string text) { notices_.push_back({NoticeSeverity::kInfo, std::move(text)}); }
  void Warn(std::string text) { notices_.push_back({NoticeSeverity::kWarning, std::move(text)}); }
  std::vector<Notice> Take() && { return std::move(notices_); }

 private:
  std::vector<Notice> notices_;
};

void DescribeRows(const CsvScanReport& report, Notices& notices) {
  if (report.skipped_rows.count > 0) {
    notices.Warn(absl::StrCat(WithThousands(report.skipped_rows.count), " of ", Rows(report.rows),
                              " were skipped: ", report.skipped_rows.first, "."));
  }
  if (report.bad_cells.count > 0) {
    notices.Warn(
        absl::StrCat(WithThousands(report.bad_cells.count),
                     report.bad_cells.count == 1 ? " value was read as missing: " : " values were read as missing: ",
                     report.bad_cells.first, "."));
  }
  if (report.infinite_cells.count > 0) {
    notices.Warn(absl::StrCat(
        WithThousands(report.infinite_cells.count), report.infinite_cells.count == 1 ? " value is" : " values are",
        " infinite or too large for a number and count as missing, first in ", report.infinite_cells.first, "."));
  }
}

void DescribeTimes(const CsvQuery& query, const CsvScanReport& report, const std::vector<CollectionStats>& stats,
                   Notices& notices) {
  uint64_t backward = 0;
  uint64_t duplicates = 0;
  int64_t widest_ns = 0;
  for (const CollectionStats& one : stats) {
    backward = std::max(backward, one.backward);
    duplicates += one.duplicates;
    widest_ns = std::max(widest_ns, one.bucket_width_ns);
  }
  if (backward > 0) {
    notices.Info(absl::StrCat("Times step backward at ", Rows(backward), "; the rows were sorted."));
  }
  if (duplicates > 0) {
    notices.Info(absl::StrCat(WithThousands(duplicates), duplicates == 1 ? " value has" : " values have",
                              " the time of a later row of the same series; the last one was kept."));
  }
  if (report.times_with_zone > 0 && report.times_without_zone > 0) {
    notices.Warn(absl::StrCat(Rows(report.times_without_zone), " without and ", Rows(report.times_with_zone),
                              " with a time zone: the former were read as ", query.zone.name(),
                              ". Set timezone to choose another."));
  }
  if (widest_ns > 0) {
    notices.Info(absl::StrCat("There are more points than can be shown: values are means over buckets of ",
                              absl::FormatDuration(absl::Nanoseconds(widest_ns)), "."));
  }
}

void DescribeSeries(const CsvSchema& schema, const CsvScanReport& report, Notices& notices) {
  if (report.rows_of_dropped_series > 0) {
    std::vector<std::string> names;
    for (const size_t column : schema.label_columns) {
      names.push_back(schema.columns[column]);
    }
    notices.Warn(absl::StrCat(Rows(report.rows_of_dropped_series),
                              " of series past the limit left out. Filter with "
                              "labels, or set seriesColumn (\"\" = none) where ",
                              QuotedList(names), names.size() == 1 ? " names" : " name", " no series."));
  }
  if (report.dropped_columns > 0) {
    notices.Warn(absl::StrCat(WithThousands(report.dropped_columns),
                              " numeric columns past the limit were left out. Choose some with valueColumn."));
  }
}

void DescribeEmptiness(const CsvQuery& query, const CsvScanReport& report, Notices& notices) {
  if (report.rows == 0) {
    notices.Warn(absl::StrCat("The file \"", ToUtf8(query.file), "\" has a header and no rows."));
  } else if (report.rows_in_range == 0 && !query.labels.empty()) {
    notices.Info(absl::StrCat("No row of \"", ToUtf8(query.file),
                              "\" has the labels and the time range asked for; its times go from ",
                              TimeText(report.first_unix_ns), " to ", TimeText(report.last_unix_ns), "."));
  } else if (report.rows_in_range == 0) {
    notices.Info(absl::StrCat("No row of \"", ToUtf8(query.file), "\" lies in the time range; its times go from ",
                              TimeText(report.first_unix_ns), " to ", TimeText(report.last_unix_ns), "."));
  } else if (report.numbers_in_range == 0 && report.rows_of_dropped_series == 0) {
    notices.Warn(
        absl::StrCat("No row of \"", ToUtf8(query.file), "\" in the time range has a number: all values are missing."));
  }
}

}  // namespace

std::vector<Notice> DescribeCsvScan(const CsvSchema& schema, const CsvQuery& query, const CsvScanReport& report,
                                    const std::vector<CollectionStats>& stats) {
  Notices notices;
  DescribeEmptiness(query, report, notices);
  DescribeRows(report, notices);
  DescribeTimes(query, report, stats, notices);
  DescribeSeries(schema, report, notices);
  return std::move(notices).Take();
}

}  // namespace bellwether
