#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/app/cli/series_table.h"

namespace bellwether {

/// The series of a table side by side: the number of series s at time t is values[s * times + t], NaN where it has
/// none.
struct AlignedTable {
  std::vector<std::string> names;
  std::vector<int64_t> times_unix_ns;   ///< ascending, distinct: every time that a series has
  std::vector<std::string> timestamps;  ///< as the file first writes them
  std::vector<double> values;
};

/// Aligns series by equal time stamps; of a series' rows with the same time the last counts. An error says when the
/// result would hold more than 100 million numbers.
[[nodiscard]] absl::StatusOr<AlignedTable> AlignSeries(const SeriesTable& table);

}  // namespace bellwether
