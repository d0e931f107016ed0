#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/connectors/csv/csv_query.h"
#include "server/connectors/csv/number_parser.h"
#include "server/connectors/csv/time_parser.h"
#include "server/frame/frame.h"

namespace bellwether {

/// How a CSV file is written and what its columns mean.
struct CsvSchema {
  char delimiter = ',';
  bool has_header = true;
  std::vector<std::string> columns;  ///< names, unique, valid UTF-8; "column 2" (or "value") where the file has none
  size_t time_column = 0;
  std::vector<size_t> value_columns;
  std::vector<DecimalMark> decimal_marks;  ///< one a value column
  std::vector<size_t> label_columns;       ///< their values tell series apart
  bool labels_detected = false;            ///< the label columns were found, not named by the query
  TimeParser::Options time;
  bool date_order_open = false;       ///< dates like 03/04/2026 were seen, and none that settles the order
  bool has_rows = false;              ///< false: only a header
  std::vector<Labels> sample_labels;  ///< the distinct label sets among the first rows
};

/// Finds out delimiter, header and the columns' meaning from the beginning of a file, `head`, which must end with a
/// line unless it is the whole file. What `query` states is taken as stated. INVALID_ARGUMENT of downstream origin when
/// the text is empty or binary, a named column is absent, or no column holds times or numbers; NOT_FOUND for unknown
/// columns.
[[nodiscard]] absl::StatusOr<CsvSchema> DetectCsvSchema(std::string_view head, const CsvQuery& query);

/// `text` as valid UTF-8: kept when it is, otherwise read as Latin-1.
[[nodiscard]] std::string ToUtf8(std::string_view text);

}  // namespace bellwether
