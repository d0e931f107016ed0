#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/forest_kernel.h"

namespace bellwether {

/// How an isolation forest grows.
struct IsolationForestOptions {
  size_t trees = 100;        ///< 1 to 1,000
  size_t sample_size = 256;  ///< rows of the history that each tree sees, 2 to 256; fewer where the history is shorter
  uint64_t seed = 1;
};

/// An isolation forest: rows that random splits set apart quickly are unusual. Liu, Ting, Zhou, "Isolation Forest"
/// (2008).
///
/// Splits never look at distances, so the units of the features do not matter. A missing number is taken as the median
/// of its feature. Immutable; safe to share between threads.
class IsolationForest {
 public:
  /// Grows the trees on the rows of `history`. The same history, options and seed give the same forest everywhere.
  /// INVALID_ARGUMENT for no rows, no features, more than kMaxForestFeatures or options out of range. O(trees * 256 *
  /// 8).
  [[nodiscard]] static absl::StatusOr<IsolationForest> Fit(const FeatureColumns& history,
                                                           const IsolationForestOptions& options = {});

  /// Liu's score of each row, in (0, 1]: about 0.5 for the usual, towards 1 for what is set apart at once. `points` has
  /// the features of the history in the same order, and `scores` its rows. Memory does not grow with the rows.
  void Score(const FeatureColumns& points, std::span<double> scores) const;

  [[nodiscard]] size_t features() const { return cuts_.size(); }

  /// Bytes of state, all heap included.
  [[nodiscard]] size_t StateBytes() const;

 private:
  IsolationForest() = default;

  std::vector<CutTree> cuts_;    ///< of each feature; the centre is its median
  std::vector<TreeQuad> quads_;  ///< the last may hold trees of length 0
  double trees_ = 0;
  double usual_length_ = 1;  ///< expected path length of an unsuccessful search, c(sample size)
};

}  // namespace bellwether
