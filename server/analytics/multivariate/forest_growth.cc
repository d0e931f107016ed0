#include "server/analytics/multivariate/forest_growth.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>

#include "server/analytics/multivariate/feature_scale.h"
#include "server/analytics/multivariate/random_stream.h"

namespace bellwether {
namespace {

constexpr size_t kMaxCuts = kTreePlaces - 1;

/// The history in both forms in which trees look at it; feature f of row i at i * features + f.
struct Rows {
  size_t features = 0;
  size_t count = 0;
  std::vector<float> units;
  std::vector<uint8_t> codes;  ///< empty until there are cuts
};

/// A tree as it grew, by place: feature -1 where a branch ended.
struct GrownTree {
  std::array<int32_t, kTreePlaces> feature;
  std::array<float, kTreePlaces> threshold;
  std::array<uint8_t, kTreePlaces> cut{};
  std::array<double, kTreePlaces> length{};  ///< of the leaf at place 256 + j
};

/// Grows one tree after the other on samples of the history; keeps its buffers.
class Grower {
 public:
  /// With `cuts`, splits are moved to them; without, they stay where they are drawn.
  Grower(const Rows& rows, const std::vector<ForestCuts>* cuts, size_t sample_size, uint64_t seed)
      : rows_(rows),
        cuts_(cuts),
        sample_size_(sample_size),
        levels_(static_cast<size_t>(std::bit_width(sample_size - 1))),
        random_(seed),
        order_(rows.count),
        candidates_(rows.features) {
    std::iota(order_.begin(), order_.end(), size_t{0});
  }

  GrownTree Grow() {
    // The first rows of a shuffle are a sample without replacement, whatever order the shuffle started from.
    for (size_t i = 0; i < sample_size_; ++i) {
      std::swap(order_[i], order_[i + random_.Below(order_.size() - i)]);
    }
    GrownTree tree;
    tree.feature.fill(-1);
    Split(tree, 1, 0, std::span(order_).first(sample_size_));
    return tree;
  }

 private:
  /// The range of a feature within rows: in units, and the codes of its ends.
  struct Range {
    float low;
    float high;
    uint8_t low_code;
    uint8_t high_code;
  };

  void Split(GrownTree& tree, size_t place, size_t depth, std::span<size_t> rows) {
    Range range{};
    const bool may_split = depth < levels_ && rows.size() > 1;
    const int32_t feature = may_split ? PickFeature(rows, &range) : -1;
    if (feature < 0) {
      const size_t leaves = kTreePlaces >> depth;
      std::fill_n(tree.length.begin() + static_cast<std::ptrdiff_t>(place * leaves - kTreePlaces), leaves,
                  static_cast<double>(depth) + UsualPathLength(rows.size()));
      return;
    }
    const auto f = static_cast<size_t>(feature);
    const float threshold = Draw(range);
    const uint8_t cut = cuts_ == nullptr ? uint8_t{0} : NearestCut((*cuts_)[f], threshold, range);
    const auto middle = std::partition(rows.begin(), rows.end(), [&](size_t row) {
      const size_t at = row * rows_.features + f;
      return cuts_ == nullptr ? rows_.units[at] < threshold : rows_.codes[at] < cut;
    });
    tree.feature[place] = feature;
    tree.threshold[place] = threshold;
    tree.cut[place] = cut;
    const auto left = static_cast<size_t>(middle - rows.begin());
    Split(tree, 2 * place, depth + 1, rows.first(left));
    Split(tree, 2 * place + 1, depth + 1, rows.subspan(left));
  }

  /// Evenly in (low, high]: both sides get at least one row.
  float Draw(const Range& range) {
    const double u = random_.Uniform();
    const auto drawn =
        static_cast<float>(static_cast<double>(range.high) * (1 - u) + static_cast<double>(range.low) * u);
    return drawn > range.low ? std::min(drawn, range.high) : range.high;
  }

  /// The code from which rows go right: the cut nearest to the threshold that still separates the rows.
  static uint8_t NearestCut(const ForestCuts& cuts, float threshold, const Range& range) {
    const auto above = std::upper_bound(cuts.begin(), cuts.end(), threshold);
    auto code = static_cast<size_t>(above - cuts.begin());  // of the cut just below or at the threshold
    if (code == 0 || (above != cuts.end() && *above - threshold < threshold - *(above - 1))) {
      ++code;
    }
    return static_cast<uint8_t>(
        std::clamp(code, static_cast<size_t>(range.low_code) + 1, static_cast<size_t>(range.high_code)));
  }

  Range RangeOf(std::span<const size_t> rows, size_t feature) const {
    size_t low = rows[0];
    size_t high = rows[0];
    for (const size_t row : rows) {
      const float value = rows_.units[row * rows_.features + feature];
      low = value < rows_.units[low * rows_.features + feature] ? row : low;
      high = value > rows_.units[high * rows_.features + feature] ? row : high;
    }
    const size_t low_at = low * rows_.features + feature;
    const size_t high_at = high * rows_.features + feature;
    Range range{rows_.units[low_at], rows_.units[high_at], 0, 1};
    if (cuts_ != nullptr) {
      range.low_code = rows_.codes[low_at];
      range.high_code = rows_.codes[high_at];
    }
    return range;
  }

  /// A feature that can separate the rows, drawn evenly among those, and its range; -1 when none can.
  int32_t PickFeature(std::span<const size_t> rows, Range* range) {
    std::iota(candidates_.begin(), candidates_.end(), size_t{0});
    for (size_t left = rows_.features; left > 0; --left) {
      const size_t drawn = random_.Below(left);
      const size_t feature = candidates_[drawn];
      *range = RangeOf(rows, feature);
      if (range->low < range->high && range->low_code < range->high_code) {
        return static_cast<int32_t>(feature);
      }
      candidates_[drawn] = candidates_[left - 1];
    }
    return -1;
  }

  const Rows& rows_;
  const std::vector<ForestCuts>* cuts_;
  size_t sample_size_;
  size_t levels_;
  RandomStream random_;
  std::vector<size_t> order_;
  std::vector<size_t> candidates_;
};

/// Where splits of a feature may lie: all thresholds when they are few, otherwise evenly spaced ones among them.
ForestCuts ChooseCuts(std::vector<float> thresholds) {
  std::sort(thresholds.begin(), thresholds.end());
  thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  if (thresholds.size() <= kMaxCuts) {
    return thresholds;
  }
  ForestCuts cuts(kMaxCuts);
  for (size_t i = 0; i < kMaxCuts; ++i) {
    cuts[i] = thresholds[(2 * i + 1) * thresholds.size() / (2 * kMaxCuts)];
  }
  return cuts;
}

void PackTree(const GrownTree& tree, size_t slot, TreeQuad& quad) {
  for (size_t place = 1; place < kTreePlaces; ++place) {
    const size_t first = std::bit_floor(place);
    const size_t packed = 4 * first + slot * first + (place - first);
    if (tree.feature[place] >= 0) {
      quad.feature[packed] = FeatureByte(static_cast<size_t>(tree.feature[place]));
      quad.cut[packed] = tree.cut[place];
    }
  }
  for (size_t leaf = 0; leaf < kTreePlaces; ++leaf) {
    quad.length[slot * kTreePlaces + leaf] = static_cast<uint8_t>(std::lround(tree.length[leaf] / kLengthUnit));
  }
}

/// The history in units, and in `trees` the centre and scale of each feature.
Rows ScaledRows(const FeatureColumns& history, std::vector<CutTree>& trees) {
  Rows rows{history.features, history.rows, std::vector<float>(history.rows * history.features), {}};
  for (size_t f = 0; f < history.features; ++f) {
    const std::span<const double> column = history.Column(f);
    const FeatureScale scale = MeasureScale(column);
    trees[f].centre = scale.centre;
    trees[f].inverse_scale = scale.inverse_scale;
    for (size_t i = 0; i < history.rows; ++i) {
      rows.units[i * history.features + f] = UnitsOf(scale, column[i], kMostUnits);
    }
  }
  return rows;
}

/// Grows a first forest to see where splits of each feature fall.
std::vector<ForestCuts> FindCuts(const Rows& rows, size_t trees, size_t sample_size, uint64_t seed) {
  std::vector<std::vector<float>> thresholds(rows.features);
  Grower grower(rows, nullptr, sample_size, seed);
  for (size_t grown = 0; grown < std::min<size_t>(trees, 100); ++grown) {
    const GrownTree tree = grower.Grow();
    for (size_t place = 1; place < kTreePlaces; ++place) {
      if (tree.feature[place] >= 0) {
        thresholds[static_cast<size_t>(tree.feature[place])].push_back(tree.threshold[place]);
      }
    }
  }
  std::vector<ForestCuts> cuts;
  cuts.reserve(thresholds.size());
  for (std::vector<float>& of_feature : thresholds) {
    cuts.push_back(ChooseCuts(std::move(of_feature)));
  }
  return cuts;
}

}  // namespace

double UsualPathLength(size_t rows) {
  if (rows < 2) {
    return 0;
  }
  if (rows == 2) {
    return 1;
  }
  const double n = static_cast<double>(rows);
  return 2 * (std::log(n - 1) + std::numbers::egamma) - 2 * (n - 1) / n;
}

void FillCutTree(const ForestCuts& cuts, CutTree& tree) {
  tree.cut.fill(std::numeric_limits<float>::infinity());
  for (size_t place = 1; place < kTreePlaces; ++place) {
    const size_t depth = static_cast<size_t>(std::bit_width(place)) - 1;
    const size_t first = size_t{1} << depth;
    const size_t stride = kTreePlaces >> depth;  // cuts between neighbours of this depth
    const size_t rank = (place - first) * stride + stride / 2 - 1;
    if (rank < cuts.size()) {
      tree.cut[place] = cuts[rank];
    }
  }
}

ForestCuts CutsOf(const CutTree& tree) {
  ForestCuts cuts;
  for (size_t place = 1; place < kTreePlaces; ++place) {
    if (tree.cut[place] < std::numeric_limits<float>::infinity()) {
      cuts.push_back(tree.cut[place]);
    }
  }
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

GrownForest GrowForest(const FeatureColumns& history, size_t trees, size_t sample_size, uint64_t seed) {
  GrownForest forest;
  forest.cuts.resize(history.features);
  Rows rows = ScaledRows(history, forest.cuts);
  RandomStream seeds(seed);
  const std::vector<ForestCuts> cuts = FindCuts(rows, trees, sample_size, seeds.Next());
  rows.codes.resize(rows.units.size());
  for (size_t f = 0; f < history.features; ++f) {
    FillCutTree(cuts[f], forest.cuts[f]);
    for (size_t i = 0; i < rows.count; ++i) {
      rows.codes[i * rows.features + f] = CodeOfUnits(forest.cuts[f], rows.units[i * rows.features + f]);
    }
  }
  forest.quads.resize((trees + 3) / 4);
  Grower grower(rows, &cuts, sample_size, seeds.Next());
  for (size_t t = 0; t < trees; ++t) {
    PackTree(grower.Grow(), t % 4, forest.quads[t / 4]);
  }
  return forest;
}

}  // namespace bellwether
