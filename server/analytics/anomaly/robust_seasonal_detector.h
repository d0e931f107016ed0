#pragma once

#include <memory>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// Several views of a stream (deviation from the usual value at this time of day, from the level of the last hours,
/// roughness, novelty of values and shapes), each calibrated on its own history, averaged and judged by AlarmJudge;
/// beside them the distance from the usual value that lasts, judged by itself. Some 17 KB of state.
[[nodiscard]] std::unique_ptr<StreamingDetector> MakeRobustSeasonalDetector(const DetectorOptions& options);

}  // namespace bellwether
