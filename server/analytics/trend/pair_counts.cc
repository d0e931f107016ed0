#include "server/analytics/trend/pair_counts.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace bellwether {

double PairCounts::Tau() const {
  const double pairs = static_cast<double>(rising + falling + tied);
  const double untied = pairs - static_cast<double>(tied);
  return untied > 0 ? std::clamp(static_cast<double>(Score()) / std::sqrt(pairs * untied), -1.0, 1.0) : 0.0;
}

double PairCounts::ZValue() const {
  if (score_variance <= 0 || Score() == 0) {
    return 0;
  }
  const double continuity = Score() > 0 ? -1 : 1;
  return (static_cast<double>(Score()) + continuity) / std::sqrt(score_variance);
}

PairCounts CountPairs(std::span<const double> values) {
  const size_t n = values.size();
  std::vector<double> sorted(values.begin(), values.end());
  std::vector<double> merged(n);
  int64_t falling = 0;
  for (size_t width = 1; width < n; width *= 2) {
    for (size_t start = 0; start < n; start += 2 * width) {
      size_t left = start;
      const size_t middle = std::min(start + width, n);
      size_t right = middle;
      const size_t end = std::min(start + 2 * width, n);
      for (size_t k = start; k < end; ++k) {
        if (left < middle && (right == end || sorted[left] <= sorted[right])) {
          merged[k] = sorted[left++];
        } else {
          falling += static_cast<int64_t>(middle - left);
          merged[k] = sorted[right++];
        }
      }
    }
    sorted.swap(merged);
  }
  PairCounts counts;
  counts.falling = falling;
  const double count = static_cast<double>(n);
  double ties = 0;
  for (size_t i = 0; i < n;) {
    size_t j = i;
    while (j < n && sorted[j] == sorted[i]) {
      ++j;
    }
    const double group = static_cast<double>(j - i);
    counts.tied += static_cast<int64_t>(j - i) * static_cast<int64_t>(j - i - 1) / 2;
    ties += group * (group - 1) * (2 * group + 5);
    i = j;
  }
  counts.rising = static_cast<int64_t>(n) * (static_cast<int64_t>(n) - 1) / 2 - counts.falling - counts.tied;
  counts.score_variance = (count * (count - 1) * (2 * count + 5) - ties) / 18;
  return counts;
}

}  // namespace bellwether
