#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/forest_growth.h"
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

  /// The forest as a record with version and checksum.
  [[nodiscard]] std::string SaveState() const;

  /// A forest that scores bit for bit as the saved one. INVALID_ARGUMENT (downstream) for what is no whole record, or
  /// one whose trees make no sense.
  [[nodiscard]] static absl::StatusOr<IsolationForest> RestoreState(std::string_view record);

  /// Appends the forest to the saved state of a model that holds it.
  void Save(StateWriter& writer) const;
  /// Takes it from there; nothing where it makes no sense.
  [[nodiscard]] static std::optional<IsolationForest> Restore(StateReader& reader);

  /// Bytes of state, all heap included.
  [[nodiscard]] size_t StateBytes() const;

 private:
  IsolationForest(GrownForest grown, size_t trees, double usual_length)
      : cuts_(std::move(grown.cuts)), quads_(std::move(grown.quads)), trees_(trees), usual_length_(usual_length) {}

  std::vector<CutTree> cuts_;    ///< of each feature; the centre is its median
  std::vector<TreeQuad> quads_;  ///< the last may hold trees of length 0
  size_t trees_;
  double usual_length_;  ///< expected path length of an unsuccessful search, c(sample size), at least 1
};

}  // namespace bellwether
