#pragma once

#include <memory>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// Distance from the exponentially weighted mean of the last day in standard deviations, calibrated on its own history
/// and judged by AlarmJudge: the rule people know from recording rules, with a budget in place of "three sigma". Some 5
/// KB of state.
[[nodiscard]] std::unique_ptr<StreamingDetector> MakeRollingZscoreDetector(const DetectorOptions& options);

}  // namespace bellwether
