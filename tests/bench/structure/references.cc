#include "tests/bench/structure/references.h"

#include <algorithm>
#include <cmath>

namespace bellwether {
namespace {

/// Sums of the standardised series, for the squares of any stretch about its mean.
class Squares {
 public:
  explicit Squares(std::span<const double> values) : sum_(values.size() + 1), square_(values.size() + 1) {
    double mean = 0;
    double variance = 0;
    for (const double value : values) {
      mean += value / static_cast<double>(values.size());
    }
    for (const double value : values) {
      variance += (value - mean) * (value - mean) / static_cast<double>(values.size());
    }
    const double unit = variance > 0 ? 1 / std::sqrt(variance) : 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double scaled = (values[i] - mean) * unit;
      sum_[i + 1] = sum_[i] + scaled;
      square_[i + 1] = square_[i] + scaled * scaled;
    }
  }

  double operator()(size_t from, size_t to) const {
    const double sum = sum_[to] - sum_[from];
    return square_[to] - square_[from] - sum * sum / static_cast<double>(to - from);
  }

 private:
  std::vector<double> sum_;
  std::vector<double> square_;
};

double Price(size_t n) { return 3 * std::log(static_cast<double>(n)); }

}  // namespace

std::vector<size_t> PeltChanges(std::span<const double> values) {
  const size_t n = values.size();
  const Squares squares(values);
  std::vector<double> best(n + 1);
  std::vector<size_t> previous(n + 1);
  std::vector<size_t> starts = {0};
  best[0] = -Price(n);
  for (size_t end = 1; end <= n; ++end) {
    best[end] = 1e300;
    for (const size_t start : starts) {
      const double cost = best[start] + squares(start, end) + Price(n);
      if (cost < best[end]) {
        best[end] = cost;
        previous[end] = start;
      }
    }
    std::erase_if(starts, [&](size_t start) { return best[start] + squares(start, end) > best[end]; });
    starts.push_back(end);
  }
  std::vector<size_t> changes;
  for (size_t at = previous[n]; at > 0; at = previous[at]) {
    changes.push_back(at);
  }
  std::reverse(changes.begin(), changes.end());
  return changes;
}

std::vector<size_t> BinarySegmentationChanges(std::span<const double> values) {
  constexpr size_t kMost = 5;
  const size_t n = values.size();
  const Squares squares(values);
  std::vector<size_t> edges = {0, n};
  while (edges.size() < kMost + 2) {
    double most = 0;
    size_t place = 0;
    for (size_t k = 0; k + 1 < edges.size(); ++k) {
      const double whole = squares(edges[k], edges[k + 1]);
      for (size_t at = edges[k] + 1; at < edges[k + 1]; ++at) {
        const double gain = whole - squares(edges[k], at) - squares(at, edges[k + 1]);
        if (gain > most) {
          most = gain;
          place = at;
        }
      }
    }
    if (most <= Price(n)) {
      break;
    }
    edges.insert(std::upper_bound(edges.begin(), edges.end(), place), place);
  }
  return {edges.begin() + 1, edges.end() - 1};
}

}  // namespace bellwether
