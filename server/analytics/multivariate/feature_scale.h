#pragma once

#include <span>
#include <vector>

#include "server/analytics/multivariate/feature_columns.h"

namespace bellwether {

/// Where a feature usually is, and how far its numbers usually lie from there.
struct FeatureScale {
  double centre = 0;         ///< the median
  double inverse_scale = 1;  ///< one over the robust standard deviation; 1 for a constant
};

/// Measures one feature's history, NaN skipped. Both members are finite whatever the numbers.
[[nodiscard]] FeatureScale MeasureScale(std::span<const double> column);

/// Measures every feature.
[[nodiscard]] std::vector<FeatureScale> MeasureScales(const FeatureColumns& history);

/// The number in units of the feature's spread from its centre: NaN is 0, what lies beyond `most` is cut to it.
[[nodiscard]] float UnitsOf(const FeatureScale& scale, double value, double most);

/// The same for each number of a column; `units` is as long.
void ColumnToUnits(const FeatureScale& scale, std::span<const double> column, double most, std::span<float> units);

}  // namespace bellwether
