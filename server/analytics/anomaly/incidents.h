#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// Groups the alarms of a detection into incidents (an incident lasts while values stay outside the band, and alarms in
/// or close behind it belong to it) and says of each what kind it is. `values` has the length of the detection's
/// columns.
[[nodiscard]] std::vector<Incident> GroupIncidents(std::span<const double> values, const Detection& detection);

/// What kind of anomaly the rows [first, last] are, each kind by its own simple evidence: most values missing, no
/// movement at all, a lasting new level, a lasting slope, another spread, a lost season, else a spike or a drop.
[[nodiscard]] AnomalyType ClassifyIncident(std::span<const double> values, const Detection& detection, size_t first,
                                           size_t last, size_t peak);

}  // namespace bellwether
