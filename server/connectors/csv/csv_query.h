#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/connectors/source_query.h"
#include "server/frame/frame.h"

namespace bellwether {

/// The keys of a csv source. What is left out is detected.
struct CsvQuery {
  std::string file;  ///< relative path; empty only when the files are to be listed
  std::optional<std::string> time_column;
  std::vector<std::string> value_columns;
  std::optional<std::string> series_column;  ///< "" = do not split by text columns
  std::optional<char> delimiter;
  std::string time_format;  ///< strptime pattern, may be empty
  absl::TimeZone zone = absl::UTCTimeZone();
  bool zone_given = false;
  Labels labels;
};

/// INVALID_ARGUMENT naming the key and what it may hold.
[[nodiscard]] absl::StatusOr<CsvQuery> ParseCsvQuery(const SourceQuery& source);

}  // namespace bellwether
