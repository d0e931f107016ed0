#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// Groups the alarms of a detection into incidents and says of each what kind it is and by what evidence. An incident
/// lasts while values stay outside the band; a flatline, missing data, another scatter or a broken season, which the
/// band does not show, lasts for as long as its evidence does. Alarms in or close behind an incident belong to it.
/// Where a series has very many alarms (more than 16 and one for every 256 rows) only the highest are looked at
/// closely; the rest are spikes or drops. `values` has the length of the detection's columns; `step_ns` is the usual
/// distance of rows, 0 = not known.
[[nodiscard]] std::vector<Incident> GroupIncidents(std::span<const double> values, const Detection& detection,
                                                   int64_t step_ns = 0);

/// Rows [first, last] of an alarm and what goes on with it.
struct AlarmStretch {
  size_t first = 0;
  size_t last = 0;
};

/// The stretches from each alarm on for as long as rows lie outside the band or raise alarms again, ascending and
/// disjoint. Whether such a row is in one depends on rows up to it alone, unlike with incidents, whose kind and end are
/// told by what follows.
[[nodiscard]] std::vector<AlarmStretch> AlarmStretches(std::span<const double> values, const Detection& detection);

}  // namespace bellwether
