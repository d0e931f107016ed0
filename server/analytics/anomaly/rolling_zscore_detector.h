#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// The method "rolling-zscore": distance from the exponentially weighted mean of the last day in standard deviations,
/// calibrated on its own history and judged by BudgetJudge: the rule people know from recording rules, with a budget in
/// place of "three sigma".
[[nodiscard]] std::unique_ptr<StreamingDetector> MakeRollingZscoreDetector(const DetectorOptions& options);

/// See RestoreStreamingDetector.
[[nodiscard]] absl::StatusOr<std::unique_ptr<StreamingDetector>> RestoreRollingZscoreDetector(
    const DetectorOptions& options, std::string_view state);

}  // namespace bellwether
