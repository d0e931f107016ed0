#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "server/base/time/cancellation.h"
#include "server/connectors/connector.h"
#include "server/connectors/csv/csv_options.h"
#include "server/connectors/csv/csv_query.h"
#include "server/connectors/csv/csv_reader.h"
#include "server/connectors/csv/csv_schema.h"
#include "server/connectors/csv/time_parser.h"
#include "server/connectors/point_collector.h"

namespace bellwether {

/// How often something happened and where it happened first.
struct Tally {
  uint64_t count = 0;
  std::string first;  ///< such as: line 17 has no number in column "value" ("abc")
};

/// What a pass over a CSV file found besides the points.
struct CsvScanReport {
  uint64_t rows = 0;
  uint64_t rows_in_range = 0;
  uint64_t numbers_in_range = 0;
  Tally skipped_rows;
  Tally bad_cells;
  Tally infinite_cells;  ///< infinities and what is too large for a number
  uint64_t rows_of_dropped_series = 0;
  size_t dropped_columns = 0;
  uint64_t times_with_zone = 0;     ///< written as dates
  uint64_t times_without_zone = 0;  ///< likewise
  int64_t first_unix_ns = INT64_MAX;
  int64_t last_unix_ns = INT64_MIN;
};

/// One pass over the rows of a CSV file. Memory is bounded by the options and the request, however long the file is.
/// Not thread-safe.
class CsvScan {
 public:
  /// All four must outlive the scan.
  CsvScan(const CsvSchema& schema, const CsvQuery& query, const FetchRequest& request, const CsvOptions& options);

  /// Reads everything `reader` has. CANCELLED, RESOURCE_EXHAUSTED past the bounds, or the reader's error.
  [[nodiscard]] absl::Status Run(CsvReader& reader, const Cancellation& cancellation);

  /// Moves the series out. `stats` gets one entry a series.
  void Finish(std::vector<RawSeries>& series, std::vector<CollectionStats>& stats);

  [[nodiscard]] const CsvScanReport& report() const { return report_; }

 private:
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  struct Group {
    Labels labels;
    std::vector<PointCollector> collectors;  ///< one a value column
  };

  void TakeRow(const CsvReader& reader);
  bool HasRightWidth(std::span<const std::string_view> fields) const;
  void Skip(uint64_t line, std::string_view what);
  bool PassesFilter(std::span<const std::string_view> fields) const;
  Group* GroupOf(std::span<const std::string_view> fields);
  void AddValues(std::span<const std::string_view> fields, int64_t time_unix_ns, uint64_t line, Group& group);
  void BoundTotal();

  const CsvSchema& schema_;
  const CsvQuery& query_;
  const FetchRequest& request_;
  const CsvOptions& options_;
  TimeParser time_parser_;
  int64_t from_unix_ns_;
  int64_t to_unix_ns_;
  size_t value_count_;
  size_t max_groups_;
  size_t max_points_;
  uint64_t adds_until_check_;
  std::vector<std::optional<std::string>> wanted_labels_;  ///< one a label column
  bool filter_is_impossible_ = false;
  std::string key_;
  std::unordered_map<std::string, size_t, KeyHash, std::equal_to<>> group_index_;
  size_t last_group_ = 0;
  std::string last_key_;
  std::vector<Group> groups_;
  CsvScanReport report_;
};

/// The order of day and month that the first decisive date of the time column shows; kUnknown when none does.
[[nodiscard]] absl::StatusOr<DateOrder> FindDateOrder(CsvReader& reader, size_t time_column,
                                                      const Cancellation& cancellation);

}  // namespace bellwether
