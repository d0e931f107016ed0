#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// The method "robust-seasonal" (SeasonalLanes) for one series.
[[nodiscard]] std::unique_ptr<StreamingDetector> MakeRobustSeasonalDetector(const DetectorOptions& options);

/// What the views said of a row (one number each, in the order of SurpriseView), most surprised first.
[[nodiscard]] std::vector<Contribution> ToContributions(std::span<const float> surprises);

/// The periods among them that are there (0 steps = none), strongest first.
[[nodiscard]] std::vector<Period> PeriodsThere(std::span<const Period> periods);

/// See RestoreStreamingDetector.
[[nodiscard]] absl::StatusOr<std::unique_ptr<StreamingDetector>> RestoreRobustSeasonalDetector(
    const DetectorOptions& options, std::string_view state);

}  // namespace bellwether
