#include "server/connectors/csv/csv_connector.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/connectors/csv/csv_notices.h"
#include "server/connectors/csv/csv_query.h"
#include "server/connectors/csv/csv_reader.h"
#include "server/connectors/csv/csv_scan.h"
#include "server/connectors/csv/csv_schema.h"
#include "server/connectors/csv/file_access.h"
#include "server/connectors/source_query.h"

namespace bellwether {
namespace {

constexpr size_t kHeadBytes = 256 << 10;
constexpr size_t kMaxListed = 1000;

absl::Status FromSource(absl::Status status) {
  return status.code() == absl::StatusCode::kCancelled ? status : WithOrigin(std::move(status), Origin::kDownstream);
}

absl::StatusOr<ReadOnlyFile> Open(const CsvOptions& options, const CsvQuery& query) {
  absl::StatusOr<ReadOnlyFile> file = OpenBeneath(options.folder, query.file);
  if (file.ok() && file->size() > options.max_bytes) {
    return FromSource(absl::ResourceExhaustedError(absl::StrCat(
        "The file \"", ToUtf8(query.file), "\" has ", WithThousands(file->size()), " bytes, more than the ",
        WithThousands(options.max_bytes), " that are allowed. Split it into smaller files.")));
  }
  return file;
}

/// The first lines of the file; cut behind the last whole line when there is more.
absl::StatusOr<std::string> ReadHead(const ReadOnlyFile& file) {
  std::string head(std::min<uint64_t>(kHeadBytes, file.size()), '\0');
  size_t size = 0;
  while (size < head.size()) {
    BELLWETHER_ASSIGN_OR_RETURN(const size_t got, file.ReadAt(size, std::span<char>(head).subspan(size)));
    if (got == 0) {
      break;
    }
    size += got;
  }
  head.resize(size);
  const size_t last_line_end = head.find_last_of("\r\n");
  if (size < file.size() && last_line_end != std::string::npos) {
    head.resize(last_line_end + 1);
  }
  return head;
}

CsvReader ReaderOf(const ReadOnlyFile& file, const CsvSchema& schema) {
  CsvReaderOptions options;
  options.delimiter = schema.delimiter;
  return CsvReader(
      [&file, offset = uint64_t{0}](std::span<char> buffer) mutable -> absl::StatusOr<size_t> {
        BELLWETHER_ASSIGN_OR_RETURN(const size_t got, file.ReadAt(offset, buffer));
        offset += got;
        return got;
      },
      options);
}

absl::Status SettleDateOrder(const ReadOnlyFile& file, const Cancellation& cancellation, CsvSchema& schema) {
  if (!schema.date_order_open) {
    return absl::OkStatus();
  }
  CsvReader reader = ReaderOf(file, schema);
  BELLWETHER_ASSIGN_OR_RETURN(schema.time.date_order, FindDateOrder(reader, schema.time_column, cancellation));
  if (schema.time.date_order == DateOrder::kUnknown) {
    return BadQueryError(
        absl::StrCat("The dates in column \"", schema.columns[schema.time_column],
                     "\" can be read day first or month first. Set timeFormat to \"%d/%m/%Y\" or \"%m/%d/%Y\" "
                     "(with \" %H:%M:%S\" when they have a time of day)."));
  }
  return absl::OkStatus();
}

std::string Describe(const CsvSchema& schema, const CsvQuery& query) {
  std::vector<std::string> values;
  for (const size_t column : schema.value_columns) {
    values.push_back(schema.columns[column]);
  }
  std::vector<std::string> labels;
  for (const size_t column : schema.label_columns) {
    labels.push_back(schema.columns[column]);
  }
  return absl::StrCat("csv file \"", ToUtf8(query.file), "\", time column \"", schema.columns[schema.time_column],
                      "\", value columns ", QuotedList(values), labels.empty() ? "" : ", series by ",
                      QuotedList(labels), ", delimiter ",
                      schema.delimiter == '\t' ? "tab" : std::string(1, schema.delimiter), ", times without zone in ",
                      query.zone.name());
}

}  // namespace

absl::StatusOr<FetchResult> CsvConnector::Fetch(const FetchRequest& request, const Cancellation& cancellation) const {
  BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
  BELLWETHER_ASSIGN_OR_RETURN(const SourceQuery source, SourceQuery::Parse(request.query_json));
  BELLWETHER_ASSIGN_OR_RETURN(const CsvQuery query, ParseCsvQuery(source));
  if (query.file.empty()) {
    return BadQueryError("source.file is missing. Name a CSV file below the allowed folder, such as shop/revenue.csv.");
  }
  BELLWETHER_ASSIGN_OR_RETURN(const ReadOnlyFile file, Open(options_, query));
  BELLWETHER_ASSIGN_OR_RETURN(const std::string head, ReadHead(file));
  BELLWETHER_ASSIGN_OR_RETURN(CsvSchema schema, DetectCsvSchema(head, query));
  FetchResult result;
  if (!schema.has_rows) {
    result.notices = DescribeCsvScan(schema, query, {}, {});
    result.executed_query = absl::StrCat("csv file \"", ToUtf8(query.file), "\"");
    return result;
  }
  BELLWETHER_RETURN_IF_ERROR(SettleDateOrder(file, cancellation, schema));
  CsvReader reader = ReaderOf(file, schema);
  CsvScan scan(schema, query, request, options_);
  if (absl::Status status = scan.Run(reader, cancellation); !status.ok()) {
    return FromSource(std::move(status));
  }
  const CsvScanReport& report = scan.report();
  if (report.rows > 0 && report.skipped_rows.count == report.rows) {
    return BadQueryError(absl::StrCat("No row of \"", ToUtf8(query.file), "\" can be read: ", report.skipped_rows.first,
                                      ". Check the file, or set timeColumn, timeFormat and delimiter."));
  }
  std::vector<CollectionStats> stats;
  scan.Finish(result.series, stats);
  result.notices = DescribeCsvScan(schema, query, report, stats);
  result.executed_query = Describe(schema, query);
  return result;
}

absl::StatusOr<std::vector<SeriesInfo>> CsvConnector::List(std::string_view query_json) const {
  BELLWETHER_ASSIGN_OR_RETURN(const SourceQuery source, SourceQuery::Parse(query_json));
  BELLWETHER_ASSIGN_OR_RETURN(CsvQuery query, ParseCsvQuery(source));
  std::vector<SeriesInfo> listed;
  if (query.file.empty()) {
    BELLWETHER_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                                ListCsvFiles(options_.folder, {options_.list_max_files, options_.list_max_depth}));
    for (const std::string& file : files) {
      listed.push_back({file, {}, "", "CSV file"});
    }
    return listed;
  }
  query.value_columns.clear();  // All are on offer, whatever is chosen now.
  BELLWETHER_ASSIGN_OR_RETURN(const ReadOnlyFile file, Open(options_, query));
  BELLWETHER_ASSIGN_OR_RETURN(const std::string head, ReadHead(file));
  BELLWETHER_ASSIGN_OR_RETURN(const CsvSchema schema, DetectCsvSchema(head, query));
  for (const size_t column : schema.value_columns) {
    for (const Labels& labels : schema.sample_labels) {
      if (listed.size() < kMaxListed) {
        listed.push_back({schema.columns[column], labels, "", absl::StrCat("Column of ", ToUtf8(query.file))});
      }
    }
  }
  return listed;
}

}  // namespace bellwether
