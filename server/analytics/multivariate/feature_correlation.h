#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/feature_scale.h"

namespace bellwether {

/// How closely features go together on a history: the Cholesky factor of their second moments in units of their own
/// spreads, numbers cut to four spreads, with a ridge that keeps it well away from singular.
class FeatureCorrelation {
 public:
  /// Measures at most 8,192 rows, evenly taken.
  FeatureCorrelation(const FeatureColumns& history, std::span<const FeatureScale> scales);

  /// Turns a direction so that the history, projected on it, spreads as it would were the correlations gone: evenly
  /// drawn directions then look closely at relations that hardly ever break. One number a feature.
  void Turn(std::span<double> direction) const;

 private:
  size_t features_;
  std::vector<double> factor_;  ///< lower triangle, row i and column k at i * features_ + k
};

}  // namespace bellwether
