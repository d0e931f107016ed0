#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/multivariate/feature_scale.h"
#include "server/analytics/multivariate/random_cut_tree.h"
#include "server/analytics/multivariate/random_stream.h"

namespace bellwether {

/// How a random-cut forest samples the stream.
struct RandomCutForestOptions {
  size_t trees = 32;         ///< 1 or more
  size_t sample_size = 256;  ///< rows in each tree, 2 or more
  size_t memory = 4096;      ///< rows over which the samples reach back, about; at least sample_size
  uint64_t seed = 1;
};

/// A forest of RandomCutTrees over a stream: each row is scored by what came before it, then sampled. State is bounded,
/// older rows fade. Not thread-safe; one object a stream. Deterministic.
class RandomCutForest {
 public:
  /// Rows are measured in `scales`, one for each feature.
  explicit RandomCutForest(std::vector<FeatureScale> scales, const RandomCutForestOptions& options = {});

  /// The score of a row by what the forest holds: about 1 for the usual, higher for what lies apart; 0 before there are
  /// two rows. NaN counts as the feature's centre.
  [[nodiscard]] double Score(std::span<const double> row) const;

  /// Scores the row, then learns it.
  double Observe(std::span<const double> row);

  [[nodiscard]] size_t StateBytes() const;

  /// Everything that the next rows' scores depend on, as a record with version and checksum.
  [[nodiscard]] std::string SaveState() const;

  /// A forest that goes on bit for bit where the saved one stood. INVALID_ARGUMENT (downstream) for what is no whole
  /// record, or one whose trees make no sense.
  [[nodiscard]] static absl::StatusOr<RandomCutForest> RestoreState(std::string_view record);

  /// Appends the forest to the saved state of a model that holds it.
  void Save(StateWriter& writer) const;
  /// Takes it from there; nothing where it makes no sense.
  [[nodiscard]] static std::optional<RandomCutForest> Restore(StateReader& reader);

  [[nodiscard]] size_t features() const { return scales_.size(); }

 private:
  void ToUnits(std::span<const double> row, std::span<float> units) const;

  std::vector<FeatureScale> scales_;
  RandomCutForestOptions options_;
  RandomStream random_;
  size_t seen_ = 0;
  std::vector<RandomCutTree> trees_;
  std::vector<std::vector<uint32_t>> leaves_;  ///< of each tree, the leaf of each sampled row
};

}  // namespace bellwether
