#include "server/analytics/changepoint/segmentation.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace bellwether {
namespace {

constexpr size_t kMaxBins = 1500;

/// Sums of values and squares up to each position.
class SegmentCost {
 public:
  explicit SegmentCost(std::span<const double> values) : sum_(values.size() + 1), square_(values.size() + 1) {
    const double n = static_cast<double>(std::max<size_t>(values.size(), 1));
    const double centre = std::accumulate(values.begin(), values.end(), 0.0) / n;
    for (size_t i = 0; i < values.size(); ++i) {
      sum_[i + 1] = sum_[i] + (values[i] - centre);
      square_[i + 1] = square_[i] + (values[i] - centre) * (values[i] - centre);
    }
  }

  /// Sum of squares about the mean of [from, to).
  double operator()(size_t from, size_t to) const {
    const double sum = sum_[to] - sum_[from];
    return std::max(0.0, square_[to] - square_[from] - sum * sum / static_cast<double>(to - from));
  }

 private:
  std::vector<double> sum_;
  std::vector<double> square_;
};

std::vector<size_t> BestPartition(const SegmentCost& cost, size_t n, double variance, double penalty,
                                  size_t min_length) {
  std::vector<double> best(n + 1, std::numeric_limits<double>::infinity());
  std::vector<size_t> previous(n + 1, 0);
  best[0] = -penalty;
  const double unit = 1 / variance;
  for (size_t end = min_length; end <= n; ++end) {
    for (size_t start = 0; start + min_length <= end; ++start) {
      const double total = best[start] + cost(start, end) * unit + penalty;
      if (total < best[end]) {
        best[end] = total;
        previous[end] = start;
      }
    }
  }
  std::vector<size_t> changes;
  for (size_t at = previous[n]; at > 0; at = previous[at]) {
    changes.push_back(at);
  }
  std::reverse(changes.begin(), changes.end());
  return changes;
}

}  // namespace

std::vector<size_t> SegmentMeans(std::span<const double> values, double variance, double penalty, size_t min_length) {
  const size_t n = values.size();
  min_length = std::max<size_t>(min_length, 1);
  if (n < 2 * min_length || !(variance > 0)) {
    return {};
  }
  const SegmentCost cost(values);
  const size_t width = (n + kMaxBins - 1) / kMaxBins;
  if (width == 1) {
    return BestPartition(cost, n, variance, penalty, min_length);
  }
  const size_t bins = n / width;
  std::vector<double> means(bins);
  for (size_t b = 0; b < bins; ++b) {
    const auto first = values.begin() + static_cast<ptrdiff_t>(b * width);
    means[b] = std::accumulate(first, first + static_cast<ptrdiff_t>(width), 0.0) / static_cast<double>(width);
  }
  const SegmentCost coarse(means);
  const size_t coarse_length = std::max<size_t>(1, (min_length + width - 1) / width);
  std::vector<size_t> changes =
      BestPartition(coarse, bins, variance / static_cast<double>(width), penalty, coarse_length);
  for (size_t k = 0; k < changes.size(); ++k) {
    const size_t left = k == 0 ? 0 : changes[k - 1];
    const size_t right = k + 1 < changes.size() ? changes[k + 1] * width : n;
    const size_t rough = changes[k] * width;
    size_t place = rough;
    double lowest = std::numeric_limits<double>::infinity();
    for (size_t at = std::max(rough > 2 * width ? rough - 2 * width : 0, left + 1);
         at < std::min(rough + 2 * width, right); ++at) {
      const double total = cost(left, at) + cost(at, right);
      if (total < lowest) {
        lowest = total;
        place = at;
      }
    }
    changes[k] = place;
  }
  return changes;
}

}  // namespace bellwether
