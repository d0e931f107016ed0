#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/forest_kernel.h"

namespace bellwether {

/// c(n) of Liu, Ting, Zhou (2008): the mean path length of an unsuccessful search in a binary tree of n rows.
[[nodiscard]] double UsualPathLength(size_t rows);

/// The cuts of one feature, ascending, at most 255.
using ForestCuts = std::vector<float>;

/// Sorted cuts as a complete search tree: in-order, with infinity for those that are absent.
void FillCutTree(const ForestCuts& cuts, CutTree& tree);

/// The cuts in a search tree, ascending.
[[nodiscard]] ForestCuts CutsOf(const CutTree& tree);

/// A forest as it grew.
struct GrownForest {
  std::vector<CutTree> cuts;    ///< of each feature; the centre is its median
  std::vector<TreeQuad> quads;  ///< the last may hold trees of length 0
};

/// Grows `trees` trees on samples of `sample_size` rows, both within what IsolationForestOptions allows. A first forest
/// shows where splits of each feature fall; those of the second are moved to at most 255 cuts a feature among them, so
/// that a row's numbers become bytes. Deterministic.
[[nodiscard]] GrownForest GrowForest(const FeatureColumns& history, size_t trees, size_t sample_size, uint64_t seed);

}  // namespace bellwether
