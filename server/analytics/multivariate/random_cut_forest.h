#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/analytics/multivariate/feature_scale.h"
#include "server/analytics/multivariate/random_stream.h"

namespace bellwether {

/// How a random-cut forest samples the stream.
struct RandomCutForestOptions {
  size_t trees = 32;         ///< 1 or more
  size_t sample_size = 256;  ///< rows in each tree, 2 or more
  size_t memory = 4096;      ///< rows over which the samples reach back, about; at least sample_size
  uint64_t seed = 1;
};

/// One tree of cuts over a sample of rows, to which rows can be added and from which they can be taken, always
/// distributed as if it had been grown on what it holds. Guha, Mishra, Roy, Schrijvers, "Robust random cut forest based
/// anomaly detection on streams" (2016), algorithms 1 to 3.
class RandomCutTree {
 public:
  /// An empty tree for rows of `features` numbers.
  RandomCutTree(size_t features, size_t capacity);

  /// Adds a row and returns its leaf; equal rows share one. There must be room.
  size_t Insert(std::span<const float> row, RandomStream& random);

  /// Takes one row from a leaf that Insert returned.
  void Remove(size_t leaf);

  /// How soon cuts would set the row apart: the expected inverse of its depth were it added, times the logarithm of the
  /// tree's size, so that an ordinary row has about 1 whatever the size. 0 for a tree of fewer than two rows.
  [[nodiscard]] double Score(std::span<const float> row) const;

  [[nodiscard]] size_t size() const { return root_ == kNone ? 0 : nodes_[root_].rows; }
  [[nodiscard]] size_t StateBytes() const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Node {
    uint32_t parent = kNone;
    uint32_t left = kNone;  ///< kNone for a leaf
    uint32_t right = kNone;
    uint32_t rows = 0;  ///< below it, equal ones counted
    uint32_t feature = 0;
    float cut = 0;  ///< rows at or below it are on the left
  };

  [[nodiscard]] float* Low(size_t node) { return boxes_.data() + 2 * node * features_; }
  [[nodiscard]] float* High(size_t node) { return Low(node) + features_; }
  [[nodiscard]] const float* Low(size_t node) const { return boxes_.data() + 2 * node * features_; }
  [[nodiscard]] const float* High(size_t node) const { return Low(node) + features_; }
  uint32_t NewLeaf(std::span<const float> row);
  void Join(uint32_t node, uint32_t leaf, uint32_t feature, float cut);
  void Grow(uint32_t node, std::span<const float> row);
  void Shrink(uint32_t node);

  size_t features_;
  uint32_t root_ = kNone;
  std::vector<Node> nodes_;
  std::vector<float> boxes_;  ///< lowest and highest numbers of the rows below each node
  std::vector<uint32_t> free_;
};

/// A forest of such trees over a stream: each row is scored by what came before it, then sampled. State is bounded,
/// older rows fade. Not thread-safe; one object a stream. Deterministic.
class RandomCutForest {
 public:
  /// Rows are measured in `scales`, one for each feature.
  RandomCutForest(std::vector<FeatureScale> scales, const RandomCutForestOptions& options = {});

  /// The score of a row by what the forest holds: about 1 for the usual, higher for what lies apart; 0 before there are
  /// two rows. NaN counts as the feature's centre.
  [[nodiscard]] double Score(std::span<const double> row) const;

  /// Scores the row, then learns it.
  double Observe(std::span<const double> row);

  [[nodiscard]] size_t StateBytes() const;

 private:
  void ToUnits(std::span<const double> row, std::span<float> units) const;
  [[nodiscard]] double ScoreUnits(std::span<const float> units) const;

  std::vector<FeatureScale> scales_;
  RandomCutForestOptions options_;
  RandomStream random_;
  size_t seen_ = 0;
  std::vector<RandomCutTree> trees_;
  std::vector<std::vector<uint32_t>> leaves_;  ///< of each tree, the leaf of each sampled row
};

}  // namespace bellwether
