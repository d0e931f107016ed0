#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/host_anomalies.h"
#include "server/analytics/multivariate/multivariate_detector.h"

namespace bellwether {

/// Whether the numbers up to `row` have kept rising, or falling where `direction` is -1: the medians of three stretches
/// of 30 rows each, ending there, go on by at least one of `spread` in all. False with fewer than 90 rows before.
[[nodiscard]] bool HasKeptRising(std::span<const double> column, size_t row, double spread, double direction = 1);

/// What a row's contributions say in the terms of the table of host anomalies. `meanings` has one entry a feature.
[[nodiscard]] std::vector<FeatureEvidence> EvidenceOf(const FeatureColumns& points, size_t row,
                                                      std::span<const FeatureContribution> contributions,
                                                      std::span<const FeatureMeaning> meanings);

}  // namespace bellwether
