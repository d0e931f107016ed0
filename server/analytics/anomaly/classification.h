#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// What kind of anomaly an incident is, and the numbers that say so.
struct Classification {
  AnomalyType type = AnomalyType::kNone;
  IncidentEvidence evidence;
};

/// Rows within which a spike or drop passes; what stays longer is a level shift or a drift: an hour, at least 8 rows
/// and at most 96; 12 rows where the step is not known (0).
[[nodiscard]] size_t LastingRows(int64_t step_ns);

/// Says what kind of anomaly the rows [first, last] of `values` are: the kind that explains these rows and those around
/// them best for what its parameters cost (see Explanations; a flatline and missing data, which are exact, by how rare
/// a repeated or missing value is among the rows before). Only rows up to `last` and those that follow it are used, so
/// the answer at the end of a stream is the best there is so far. `first` <= `last` < values.size().
[[nodiscard]] Classification ClassifyIncident(std::span<const double> values, std::span<const Period> periods,
                                              size_t first, size_t last, size_t lasting_rows);

}  // namespace bellwether
