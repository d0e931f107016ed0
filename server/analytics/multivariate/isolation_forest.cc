#include "server/analytics/multivariate/isolation_forest.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "server/analytics/multivariate/random_stream.h"
#include "server/analytics/series/robust.h"
#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr size_t kMaxTrees = 1000;

/// c(n) of Liu et al.: the mean path length of an unsuccessful search in a binary tree of n rows.
double UsualLength(size_t rows) {
  if (rows < 2) {
    return 0;
  }
  if (rows == 2) {
    return 1;
  }
  const double n = static_cast<double>(rows);
  return 2 * (std::log(n - 1) + std::numbers::egamma) - 2 * (n - 1) / n;
}

/// Grows one tree after the other on samples of one matrix; keeps its buffers.
class Grower {
 public:
  /// `rows` is row-major: what a split looks at lies together.
  Grower(std::span<const double> rows, size_t features, size_t sample_size, RandomStream& random)
      : rows_(rows), features_(features), sample_size_(sample_size), random_(random), order_(rows.size() / features) {
    std::iota(order_.begin(), order_.end(), size_t{0});
  }

  GrownTree Grow() {
    // The first rows of a shuffle are a sample without replacement, whatever order the shuffle started from.
    for (size_t i = 0; i < sample_size_; ++i) {
      std::swap(order_[i], order_[i + random_.Below(order_.size() - i)]);
    }
    levels_ = std::bit_width(sample_size_ - 1);
    GrownTree tree;
    Split(tree, 1, 0, std::span(order_).first(sample_size_));
    return tree;
  }

 private:
  double At(size_t row, size_t feature) const { return rows_[row * features_ + feature]; }

  void Split(GrownTree& tree, size_t place, size_t depth, std::span<size_t> rows) {
    double low = 0;
    double high = 0;
    const bool splits = depth < levels_ && rows.size() > 1;
    const int32_t feature = splits ? PickFeature(rows, &low, &high) : -1;
    if (feature < 0) {
      const size_t leaves = kTreePlaces >> depth;
      std::fill_n(tree.length.begin() + static_cast<std::ptrdiff_t>(place * leaves - kTreePlaces), leaves,
                  static_cast<float>(static_cast<double>(depth) + UsualLength(rows.size())));
      return;
    }
    // In (low, high]: both sides get at least one row. Two products instead of a difference, which could overflow.
    const double u = random_.Uniform();
    double threshold = high * (1 - u) + low * u;
    threshold = std::min(threshold > low ? threshold : high, high);
    const auto middle = std::partition(rows.begin(), rows.end(),
                                       [&](size_t row) { return At(row, static_cast<size_t>(feature)) < threshold; });
    tree.feature[place] = feature;
    tree.threshold[place] = threshold;
    const auto left = static_cast<size_t>(middle - rows.begin());
    Split(tree, 2 * place, depth + 1, rows.first(left));
    Split(tree, 2 * place + 1, depth + 1, rows.subspan(left));
  }

  /// A feature that differs within the rows, drawn evenly among those, and its range; -1 when all rows are equal.
  int32_t PickFeature(std::span<const size_t> rows, double* low, double* high) {
    candidates_.resize(features_);
    std::iota(candidates_.begin(), candidates_.end(), size_t{0});
    for (size_t left = features_; left > 0; --left) {
      const size_t drawn = random_.Below(left);
      const size_t feature = candidates_[drawn];
      *low = *high = At(rows[0], feature);
      for (const size_t row : rows) {
        *low = std::min(*low, At(row, feature));
        *high = std::max(*high, At(row, feature));
      }
      if (*low < *high) {
        return static_cast<int32_t>(feature);
      }
      candidates_[drawn] = candidates_[left - 1];
    }
    return -1;
  }

  std::span<const double> rows_;
  size_t features_;
  size_t sample_size_;
  RandomStream& random_;
  std::vector<size_t> order_;
  std::vector<size_t> candidates_;
  size_t levels_ = 0;
};

absl::Status CheckFit(const FeatureColumns& history, const IsolationForestOptions& options) {
  if (history.rows == 0 || history.features == 0) {
    return BadQueryError("There is no history to learn from. Choose a range with data.");
  }
  if (history.features > kMaxForestFeatures) {
    return BadQueryError(Concat("There are ", history.features, " features, and an isolation forest takes at most ",
                                kMaxForestFeatures, ". Select fewer series."));
  }
  if (options.trees < 1 || options.trees > kMaxTrees) {
    return BadQueryError(Concat("An isolation forest has 1 to ", kMaxTrees, " trees, not ", options.trees, "."));
  }
  if (options.sample_size < 2 || options.sample_size > kTreePlaces) {
    return BadQueryError(
        Concat("Each tree sees 2 to ", kTreePlaces, " rows of the history, not ", options.sample_size, "."));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<IsolationForest> IsolationForest::Fit(const FeatureColumns& history,
                                                     const IsolationForestOptions& options) {
  if (absl::Status status = CheckFit(history, options); !status.ok()) {
    return status;
  }
  IsolationForest forest;
  std::vector<double> rows(history.rows * history.features);
  for (size_t f = 0; f < history.features; ++f) {
    const std::span<const double> column = history.Column(f);
    // Infinite numbers are as far out as numbers go, and a split between finite ones can be drawn.
    constexpr double kMost = std::numeric_limits<double>::max();
    const double median = Median(column);
    forest.medians_.push_back(std::isnan(median) ? 0 : std::clamp(median, -kMost, kMost));
    for (size_t i = 0; i < history.rows; ++i) {
      rows[i * history.features + f] =
          std::isnan(column[i]) ? forest.medians_[f] : std::clamp(column[i], -kMost, kMost);
    }
  }
  const size_t sample_size = std::min(options.sample_size, history.rows);
  forest.usual_length_ = std::max(UsualLength(sample_size), 1.0);
  forest.trees_ = static_cast<double>(options.trees);
  RandomStream random(options.seed);
  Grower grower(rows, history.features, sample_size, random);
  for (size_t grown = 0; grown < options.trees;) {
    std::vector<GrownTree> trees;
    for (; grown < options.trees && trees.size() < kGroveTrees; ++grown) {
      trees.push_back(grower.Grow());
    }
    forest.groves_.emplace_back(trees, history.features);
  }
  return forest;
}

void IsolationForest::Score(const FeatureColumns& points, std::span<double> scores) const {
  std::vector<uint32_t> sums(points.rows, 0);
  for (const PackedGrove& grove : groves_) {
    grove.AddPathLengths(points, medians_, sums);
  }
  const double factor = -PackedGrove::kLengthUnit / (trees_ * usual_length_);
  for (size_t i = 0; i < points.rows; ++i) {
    scores[i] = std::exp2(factor * static_cast<double>(sums[i]));
  }
}

size_t IsolationForest::StateBytes() const {
  size_t bytes = sizeof(*this) + medians_.capacity() * sizeof(double);
  for (const PackedGrove& grove : groves_) {
    bytes += grove.StateBytes();
  }
  return bytes;
}

}  // namespace bellwether
