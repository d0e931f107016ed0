#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace bellwether::injected {

/// What a method says of a series: one entry a row.
struct Scored {
  std::vector<double> score;        ///< higher is more anomalous, comparable between series
  std::vector<uint8_t> is_anomaly;  ///< its own decision; empty where it makes none
};

using Scorer = std::function<Scored(std::span<const int64_t> times_unix_ns, std::span<const double> values)>;

/// A method of the project ("auto", "rolling-zscore" …) online at this budget, "batch" for the whole-series mode, or
/// "isolation-forest": 8 lagged values and the time of day, a forest grown on the first fifth and again every 2,000
/// rows on all rows before, which is how the method is usually put to work on a stream. INVALID_ARGUMENT for another
/// name.
[[nodiscard]] absl::StatusOr<Scorer> MakeScorer(const std::string& method, double false_alarms_per_week);

}  // namespace bellwether::injected
