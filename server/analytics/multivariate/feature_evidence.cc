#include "server/analytics/multivariate/feature_evidence.h"

#include <array>

#include "server/analytics/multivariate/feature_scale.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kStretch = 30;

}  // namespace

bool HasKeptRising(std::span<const double> column, size_t row, double spread, double direction) {
  if (row + 1 < 3 * kStretch || row >= column.size()) {
    return false;
  }
  std::array<double, 3> medians{};
  for (size_t k = 0; k < 3; ++k) {
    medians[k] = Median(column.subspan(row + 1 - (3 - k) * kStretch, kStretch));
  }
  // Halves, because the difference of two huge numbers need not be a number.
  const auto goes_on = [&](double from, double to) { return direction > 0 ? from < to : to < from; };
  return goes_on(medians[0], medians[1]) && goes_on(medians[1], medians[2]) &&
         direction * (medians[2] / 2 - medians[0] / 2) >= spread / 2;
}

std::vector<FeatureEvidence> EvidenceOf(const FeatureColumns& points, size_t row,
                                        std::span<const FeatureContribution> contributions,
                                        std::span<const FeatureMeaning> meanings) {
  std::vector<FeatureEvidence> evidence;
  for (const FeatureContribution& one : contributions) {
    // The shares that count at all are few; only they are looked at closely.
    const FeatureMeaning& meaning = meanings[one.feature];
    const double direction = meaning.is_spare ? -1 : 1;
    const bool may_rise = direction * one.units > 0 && one.share >= 0.1;
    const std::span<const double> column = points.Column(one.feature);
    const bool is_rising = may_rise && HasKeptRising(column, row, 1 / MeasureScale(column).inverse_scale, direction);
    evidence.push_back({meaning.role, direction * one.units >= 0, is_rising, one.share});
  }
  return evidence;
}

}  // namespace bellwether
