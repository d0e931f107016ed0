#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/multivariate/random_stream.h"

namespace bellwether {

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
  /// tree's size, so that an ordinary row has about 1 whatever the size; 0 for a tree of fewer than two rows. The mean
  /// over the trees, at least one, all of the same features. The row has PaddedWidth(features) numbers, those past the
  /// features 0.
  [[nodiscard]] static double MeanScore(std::span<const RandomCutTree> trees, std::span<const float> row);

  /// Numbers of a row with zeros up to whole lanes.
  [[nodiscard]] static size_t PaddedWidth(size_t features);

  [[nodiscard]] size_t size() const { return root_ == kNone ? 0 : nodes_[root_].rows; }

  /// Appends the tree to a saved state.
  void Save(StateWriter& writer) const;
  /// Takes the tree from a saved state: false where it makes no sense. `leaves` are those that the sampled rows are in.
  [[nodiscard]] bool Restore(StateReader& reader, size_t capacity, std::span<const uint32_t> leaves);
  [[nodiscard]] size_t StateBytes() const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct alignas(32) Node {
    uint32_t parent = kNone;
    uint32_t left = kNone;  ///< kNone for a leaf
    uint32_t right = kNone;
    uint32_t rows = 0;  ///< below it, equal ones counted
    uint32_t feature = 0;
    float cut = 0;     ///< rows at or below it are on the left
    double sides = 0;  ///< of the box, all together
  };

  [[nodiscard]] float* Low(size_t node) { return boxes_.data() + 2 * node * width_; }
  [[nodiscard]] float* High(size_t node) { return Low(node) + width_; }
  [[nodiscard]] const float* Low(size_t node) const { return boxes_.data() + 2 * node * width_; }
  [[nodiscard]] const float* High(size_t node) const { return Low(node) + width_; }
  /// A row on its way down a tree of two rows or more.
  struct Walk {
    const Node* nodes = nullptr;
    const float* boxes = nullptr;
    uint32_t at = 0;
    double expected = 0;   ///< inverse depth
    double undecided = 1;  ///< the chance that no cut has set the row apart yet
  };
  static constexpr size_t kWalks = 8;
  static void WalkDown(std::span<Walk> walks, size_t width, const float* row);
  uint32_t NewNode();
  uint32_t NewLeaf(std::span<const float> row);
  void Join(uint32_t node, uint32_t leaf, uint32_t feature, float cut);
  void Grow(uint32_t node, std::span<const float> row);
  void MeasureSides(uint32_t node);
  void Shrink(uint32_t node);
  /// Whether a branch's box is that of its children and its cut lies between them.
  [[nodiscard]] bool BoxFits(uint32_t node) const;
  [[nodiscard]] bool IsSound(std::span<const uint32_t> leaves) const;

  size_t features_;
  size_t width_;  ///< of a row in boxes_: the features and zeros that fill the last lanes
  uint32_t root_ = kNone;
  std::vector<Node> nodes_;
  std::vector<float> boxes_;  ///< lowest and highest numbers of the rows below each node
  std::vector<uint32_t> free_;
};

}  // namespace bellwether
