#include "server/analytics/multivariate/packed_grove.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace bellwether {
namespace {

constexpr size_t kBlockRows = 256;  // rows that go down a tree together; their words stay in the first cache

/// How many columns the features take when a column holds `capacity` thresholds.
size_t ColumnsNeeded(const std::vector<std::vector<double>>& thresholds, size_t capacity) {
  size_t columns = 0;
  for (const std::vector<double>& of_feature : thresholds) {
    columns += (of_feature.size() + capacity - 1) / capacity;
  }
  return columns;
}

/// One row after the other down each tree; without a branch, so that many rows are under way at once.
void WalkBlock(std::span<const uint16_t> words, std::span<const uint16_t> splits, std::span<const uint16_t> lengths,
               unsigned shift, std::span<uint32_t> sums) {
  for (size_t tree = 0; tree < splits.size(); tree += kTreePlaces) {
    const uint16_t* const split = splits.data() + tree;
    const uint16_t* const length = lengths.data() + tree;
    for (size_t i = 0; i < sums.size(); ++i) {
      size_t place = 1;
      for (size_t level = 0; level < kTreeLevels; ++level) {
        const uint32_t word = split[place];
        place = 2 * place + static_cast<size_t>(words[(word >> shift) * kBlockRows + i] >= word);
      }
      sums[i] += length[place - kTreePlaces];
    }
  }
}

}  // namespace

PackedGrove::PackedGrove(std::span<const GrownTree> trees, size_t features)
    : trees_(trees.size()), splits_(trees.size() * kTreePlaces), lengths_(trees.size() * kTreePlaces) {
  std::vector<std::vector<double>> thresholds(features);
  for (const GrownTree& tree : trees) {
    for (size_t place = 1; place < kTreePlaces; ++place) {
      if (tree.feature[place] >= 0) {
        thresholds[static_cast<size_t>(tree.feature[place])].push_back(tree.threshold[place]);
      }
    }
  }
  for (std::vector<double>& of_feature : thresholds) {
    std::sort(of_feature.begin(), of_feature.end());
    of_feature.erase(std::unique(of_feature.begin(), of_feature.end()), of_feature.end());
  }
  AssignColumns(thresholds);
  for (size_t t = 0; t < trees.size(); ++t) {
    for (size_t place = 1; place < kTreePlaces; ++place) {
      const int32_t feature = trees[t].feature[place];
      splits_[t * kTreePlaces + place] = feature < 0 ? uint16_t{0} : WordOf(feature, trees[t].threshold[place]);
    }
    for (size_t leaf = 0; leaf < kTreePlaces; ++leaf) {
      lengths_[t * kTreePlaces + leaf] = static_cast<uint16_t>(std::lround(trees[t].length[leaf] / kLengthUnit));
    }
  }
}

void PackedGrove::AssignColumns(const std::vector<std::vector<double>>& thresholds) {
  // The fewest column bits that leave enough for the ranks. 25,500 thresholds and 1,024 features always fit: with 11
  // bits there is room for 2,048 columns of 31.
  unsigned column_bits = 0;
  while (column_bits < 12 && ColumnsNeeded(thresholds, (size_t{1} << (16 - column_bits)) - 1) > size_t{1}
                                                                                                    << column_bits) {
    ++column_bits;
  }
  shift_ = 16 - column_bits;
  const size_t capacity = (size_t{1} << shift_) - 1;
  for (size_t feature = 0; feature < thresholds.size(); ++feature) {
    first_column_.push_back(columns_.size());
    const std::vector<double>& all = thresholds[feature];
    for (size_t begin = 0; begin < all.size(); begin += capacity) {
      const size_t count = std::min(capacity, all.size() - begin);
      columns_.push_back({feature, thresholds_.size(), count});
      thresholds_.insert(thresholds_.end(), all.begin() + static_cast<std::ptrdiff_t>(begin),
                         all.begin() + static_cast<std::ptrdiff_t>(begin + count));
    }
  }
}

uint16_t PackedGrove::WordOf(int32_t feature, double threshold) const {
  for (size_t c = first_column_[static_cast<size_t>(feature)];; ++c) {
    const auto begin = thresholds_.begin() + static_cast<std::ptrdiff_t>(columns_[c].begin);
    const auto end = begin + static_cast<std::ptrdiff_t>(columns_[c].count);
    const auto found = std::lower_bound(begin, end, threshold);
    if (found != end) {
      return static_cast<uint16_t>((c << shift_) | static_cast<size_t>(found - begin + 1));
    }
  }
}

void PackedGrove::EncodeBlock(const FeatureColumns& points, std::span<const double> substitutes, size_t first,
                              size_t count, std::span<uint16_t> words) const {
  std::array<double, kBlockRows> values{};
  std::array<uint32_t, kBlockRows> below{};
  for (size_t c = 0; c < columns_.size(); ++c) {
    const CodedColumn& column = columns_[c];
    const double* const from = points.Column(column.feature).data() + first;
    const double substitute = substitutes[column.feature];
    for (size_t i = 0; i < count; ++i) {
      values[i] = std::isnan(from[i]) ? substitute : from[i];
      below[i] = 0;
    }
    // How many thresholds are at most the value: a binary search whose steps do not depend on the data.
    const double* const thresholds = thresholds_.data() + column.begin;
    for (size_t step = std::bit_floor(column.count); step > 0; step /= 2) {
      for (size_t i = 0; i < count; ++i) {
        const size_t next = below[i] + step;
        const bool taken = next <= column.count && thresholds[std::min(next, column.count) - 1] <= values[i];
        below[i] = static_cast<uint32_t>(taken ? next : below[i]);
      }
    }
    for (size_t i = 0; i < count; ++i) {
      words[c * kBlockRows + i] = static_cast<uint16_t>((c << shift_) | below[i]);
    }
  }
}

void PackedGrove::AddPathLengths(const FeatureColumns& points, std::span<const double> substitutes,
                                 std::span<uint32_t> sums) const {
  std::vector<uint16_t> words(std::max<size_t>(columns_.size(), 1) * kBlockRows);
  for (size_t first = 0; first < points.rows; first += kBlockRows) {
    const size_t count = std::min(kBlockRows, points.rows - first);
    EncodeBlock(points, substitutes, first, count, words);
    WalkBlock(words, splits_, lengths_, shift_, sums.subspan(first, count));
  }
}

size_t PackedGrove::StateBytes() const {
  return sizeof(*this) + columns_.capacity() * sizeof(CodedColumn) + first_column_.capacity() * sizeof(size_t) +
         thresholds_.capacity() * sizeof(double) + (splits_.capacity() + lengths_.capacity()) * sizeof(uint16_t);
}

}  // namespace bellwether
