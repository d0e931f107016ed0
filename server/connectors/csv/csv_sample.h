#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/connectors/csv/time_parser.h"

namespace bellwether {

/// The first records of a file, split with one delimiter.
struct CsvSample {
  char delimiter = ',';
  std::vector<std::vector<std::string>> records;
};

/// What the cells of one column look like.
struct ColumnProfile {
  size_t calendar_times = 0;
  size_t epoch_times = 0;  ///< numbers that are moments from 1973 to 2100 in some unit
  size_t numbers = 0;
  size_t with_comma = 0;  ///< numbers written with a comma
  size_t only_comma = 0;  ///< of these, numbers only when the comma is the decimal mark
  size_t with_point = 0;  ///< numbers written with a point and no comma
  size_t missing = 0;
  size_t texts = 0;
  size_t ascending_pairs = 0;  ///< rows whose time or number is not below that of the row before
  size_t distinct_texts = 0;   ///< counted up to 200
  bool ambiguous_dates = false;
  bool day_first = false;
  bool month_first = false;

  [[nodiscard]] size_t present() const { return numbers + texts; }
};

/// Splits the first records of `head` with `delimiter`. INVALID_ARGUMENT for a binary file.
[[nodiscard]] absl::StatusOr<CsvSample> TakeSample(std::string_view head, char delimiter);

/// The delimiter that splits `head` most evenly and leaves times and numbers.
[[nodiscard]] char DetectDelimiter(std::string_view head);

/// Profiles column `column` over the records from `first_row` on. `options` say how times are read; the order of day
/// and month may be open.
[[nodiscard]] ColumnProfile ProfileColumn(const CsvSample& sample, size_t first_row, size_t column,
                                          const TimeParser::Options& options);

/// Whether `text` is a time under `options`, in either order of day and month when that is open.
[[nodiscard]] bool IsTime(std::string_view text, const TimeParser::Options& options);

}  // namespace bellwether
