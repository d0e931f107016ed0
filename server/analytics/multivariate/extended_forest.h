#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/feature_scale.h"
#include "server/analytics/multivariate/isolation_forest.h"

namespace bellwether {

/// An isolation forest whose splits are oblique: what is usual in every feature but not together stands out, and no
/// ghosts appear beside the axes. Hariri, Carrasco Kind, Brunner, "Extended Isolation Forest" (2019).
///
/// Splits take their direction from a pool drawn once for the forest instead of a new one each, and lie evenly in the
/// range of the rows along it. So a row is projected once and then scored as fast as by the plain forest. Of the 32
/// directions one half is even in units of the features' own spreads, the other after the features' correlations are
/// taken out: what contradicts a close relation is far off there, however usual each number. Immutable; safe to share
/// between threads.
class ExtendedForest {
 public:
  /// As IsolationForest::Fit, and the same errors.
  [[nodiscard]] static absl::StatusOr<ExtendedForest> Fit(const FeatureColumns& history,
                                                          const IsolationForestOptions& options = {});

  /// As IsolationForest::Score. Allocates for a block of rows, whatever their number.
  void Score(const FeatureColumns& points, std::span<double> scores) const;

  [[nodiscard]] size_t features() const { return scales_.size(); }

  /// The forest as a record with version and checksum.
  [[nodiscard]] std::string SaveState() const;

  /// A forest that scores bit for bit as the saved one. INVALID_ARGUMENT (downstream) for what is no whole record, or
  /// one whose numbers make no sense.
  [[nodiscard]] static absl::StatusOr<ExtendedForest> RestoreState(std::string_view record);

  /// Appends the forest to the saved state of a model that holds it.
  void Save(StateWriter& writer) const;
  /// Takes it from there; nothing where it makes no sense.
  [[nodiscard]] static std::optional<ExtendedForest> Restore(StateReader& reader);

  [[nodiscard]] size_t StateBytes() const;

 private:
  explicit ExtendedForest(IsolationForest forest) : forest_(std::move(forest)) {}

  std::vector<FeatureScale> scales_;
  std::vector<float> directions_;  ///< feature f of direction d at d * features + f
  IsolationForest forest_;         ///< on the projections
};

}  // namespace bellwether
