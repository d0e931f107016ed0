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

namespace {

constexpr size_t kBlock = 8;

/// Sorts a few values by insertion; returns how many pairs were falling.
int64_t SortBlock(double* values, size_t count) {
  int64_t falling = 0;
  for (size_t i = 1; i < count; ++i) {
    const double value = values[i];
    size_t at = i;
    for (; at > 0 && values[at - 1] > value; --at) {
      values[at] = values[at - 1];
    }
    values[at] = value;
    falling += static_cast<int64_t>(i - at);
  }
  return falling;
}

/// Merges two sorted runs; returns how many values of the first are above how many of the second. The choice is made
/// without a branch, which noise would mispredict every other time.
int64_t Merge(const double* left, const double* left_end, const double* right, const double* right_end, double* out) {
  int64_t falling = 0;
  while (left < left_end && right < right_end) {
    const double l = *left;
    const double r = *right;
    const bool second = r < l;
    *out++ = second ? r : l;
    falling += second ? left_end - left : 0;
    right += second;
    left += !second;
  }
  out = std::copy(left, left_end, out);
  std::copy(right, right_end, out);
  return falling;
}

/// The same for two neighbouring runs of `width` values each, which cannot run out before so many are taken: from both
/// ends at once, so that neither search waits for the other.
int64_t MergeEqual(const double* values, size_t width, double* out) {
  const double* const middle = values + width;
  const double* left = values;
  const double* right = middle;
  const double* last_left = middle - 1;
  const double* last_right = middle + width - 1;
  double* last_out = out + 2 * width - 1;
  int64_t falling = 0;
  int64_t above = 0;  // values of the second run that were left when one of the first was taken from the end
  int64_t taken = 0;  // of the first run, from the end
  for (size_t i = 0; i < width; ++i) {
    const double l = *left;
    const double r = *right;
    const int64_t second = r < l ? 1 : 0;
    *out++ = r < l ? r : l;
    falling += -second & (middle - left);
    right += second;
    left += 1 - second;
    const double last_l = *last_left;
    const double last_r = *last_right;
    const int64_t first = last_r < last_l ? 1 : 0;
    *last_out-- = last_r < last_l ? last_l : last_r;
    above += -first & (last_right - middle + 1);
    taken += first;
    last_left -= first;
    last_right -= 1 - first;
  }
  // What was taken from the beginning met all of the first run that lay above it.
  return falling + above - taken * (right - middle);
}

}  // namespace

PairCounts CountPairs(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::vector<double> scratch(values.size());
  return CountPairsInPlace(sorted, scratch);
}

PairCounts CountPairsInPlace(std::span<double> values, std::span<double> scratch) {
  const size_t n = values.size();
  int64_t falling = 0;
  for (size_t start = 0; start < n; start += kBlock) {
    falling += SortBlock(values.data() + start, std::min(kBlock, n - start));
  }
  double* sorted = values.data();
  double* merged = scratch.data();
  for (size_t width = kBlock; width < n; width *= 2) {
    for (size_t start = 0; start < n; start += 2 * width) {
      const size_t middle = std::min(start + width, n);
      const size_t end = std::min(start + 2 * width, n);
      falling += end - start == 2 * width
                     ? MergeEqual(sorted + start, width, merged + start)
                     : Merge(sorted + start, sorted + middle, sorted + middle, sorted + end, merged + start);
    }
    std::swap(sorted, merged);
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
