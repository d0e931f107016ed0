#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// The method "robust-seasonal": what is usual of the level, the day or the week (Baseline), six views of how each row
/// departs from it and from all that was there before (SurpriseViews), a budget for alarms (BudgetJudge).
[[nodiscard]] std::unique_ptr<StreamingDetector> MakeRobustSeasonalDetector(const DetectorOptions& options);

/// See RestoreStreamingDetector.
[[nodiscard]] absl::StatusOr<std::unique_ptr<StreamingDetector>> RestoreRobustSeasonalDetector(
    const DetectorOptions& options, std::string_view state);

}  // namespace bellwether
