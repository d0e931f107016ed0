#include "server/analytics/multivariate/feature_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/series/robust.h"

namespace bellwether {

FeatureScale MeasureScale(std::span<const double> column) {
  constexpr double kMost = std::numeric_limits<double>::max();
  FeatureScale measured;
  const double median = Median(column);
  measured.centre = std::isnan(median) ? 0 : std::clamp(median, -kMost, kMost);
  const double scale = RobustScale(column, measured.centre);
  // A constant has no spread; then any unit shows who differs from it.
  measured.inverse_scale = scale > 0 && std::isfinite(scale) ? std::min(1 / scale, kMost) : 1;
  return measured;
}

std::vector<FeatureScale> MeasureScales(const FeatureColumns& history) {
  std::vector<FeatureScale> scales;
  for (size_t f = 0; f < history.features; ++f) {
    scales.push_back(MeasureScale(history.Column(f)));
  }
  return scales;
}

float UnitsOf(const FeatureScale& scale, double value, double most) {
  const double units = (value - scale.centre) * scale.inverse_scale;
  return std::isnan(units) ? 0.0F : static_cast<float>(std::clamp(units, -most, most));
}

void ColumnToUnits(const FeatureScale& scale, std::span<const double> column, double most, std::span<float> units) {
  for (size_t i = 0; i < column.size(); ++i) {
    const double exact = (column[i] - scale.centre) * scale.inverse_scale;
    const double low = exact > -most ? exact : -most;
    const double capped = low < most ? low : most;
    units[i] = exact == exact ? static_cast<float>(capped) : 0.0F;
  }
}

}  // namespace bellwether
