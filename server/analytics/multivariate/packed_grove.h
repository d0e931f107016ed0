#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/analytics/multivariate/feature_columns.h"

namespace bellwether {

/// The levels of splits of a tree: what 256 rows need when halved.
inline constexpr size_t kTreeLevels = 8;

/// The places of a complete tree: 1 is the root, 2i and 2i + 1 are below i, 256 + j are its leaves.
inline constexpr size_t kTreePlaces = size_t{1} << kTreeLevels;

/// The most trees of one grove. With these every split fits 16 bits, whatever the data.
inline constexpr size_t kGroveTrees = 100;

/// A tree as it grew: at place i, rows with feature[i] >= threshold[i] go to 2i + 1, others to 2i. A branch that ended
/// early has feature -1 at its places, and one length at all leaves below.
struct GrownTree {
  std::vector<int32_t> feature = std::vector<int32_t>(kTreePlaces, -1);  ///< entry 0 is unused
  std::vector<double> threshold = std::vector<double>(kTreePlaces, 0);
  std::vector<float> length = std::vector<float>(kTreePlaces, 0);  ///< path length of the leaf at place 256 + j
};

/// Up to kGroveTrees trees in the form in which they score fastest: 16 bits a split, 16 bits a leaf, no pointers, all
/// trees of the same depth, so that many rows go down one tree side by side.
///
/// A split is a word: which column in the upper bits, the rank of the threshold among all thresholds of that column in
/// the lower. A row's numbers are turned into such words once; then every split is one comparison of integers, exactly
/// as if the doubles had been compared. A feature with more thresholds than the lower bits can count takes several
/// columns.
class PackedGrove {
 public:
  /// Packs the trees, at most kGroveTrees; their features are below `features`.
  PackedGrove(std::span<const GrownTree> trees, size_t features);

  /// Adds to sums[i] the path lengths of row i over all trees, in units of kLengthUnit. NaN is taken as the feature's
  /// entry of `substitutes`.
  void AddPathLengths(const FeatureColumns& points, std::span<const double> substitutes,
                      std::span<uint32_t> sums) const;

  /// What 1 in a sum means.
  static constexpr double kLengthUnit = 1.0 / 2048;

  [[nodiscard]] size_t StateBytes() const;

 private:
  /// The thresholds of one column: ascending, from `begin` on in thresholds_.
  struct CodedColumn {
    size_t feature;
    size_t begin;
    size_t count;
  };

  void AssignColumns(const std::vector<std::vector<double>>& thresholds);
  [[nodiscard]] uint16_t WordOf(int32_t feature, double threshold) const;
  void EncodeBlock(const FeatureColumns& points, std::span<const double> substitutes, size_t first, size_t count,
                   std::span<uint16_t> words) const;

  size_t trees_;
  unsigned shift_ = 16;  ///< bits of the rank; the column stands above them
  std::vector<CodedColumn> columns_;
  std::vector<size_t> first_column_;  ///< of each feature
  std::vector<double> thresholds_;
  std::vector<uint16_t> splits_;   ///< kTreePlaces a tree
  std::vector<uint16_t> lengths_;  ///< kTreePlaces a tree, in kLengthUnit
};

}  // namespace bellwether
