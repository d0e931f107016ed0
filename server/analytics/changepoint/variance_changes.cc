#include "server/analytics/changepoint/variance_changes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/series/fast_exp.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kLeastNumbers = 30;
constexpr size_t kLeastStretch = 8;
constexpr size_t kReach = 15;          // neighbours on either side
constexpr double kMostSpreads = 2.5;   // that a number may lie out
constexpr double kPrice = 3;           // of a change, in log n
constexpr double kNormalMad = 1.4826;  // standard deviations a median distance is worth

/// Squares of the numbers, those far out of the spread of their neighbours drawn in.
std::vector<double> TamedSquares(std::span<const double> numbers) {
  const size_t n = numbers.size();
  std::vector<double> squares(n);
  std::vector<double> near;
  for (size_t i = 0; i < n; ++i) {
    const size_t from = i > kReach ? i - kReach : 0;
    const size_t to = std::min(n, i + kReach + 1);
    near.clear();
    for (size_t k = from; k < to; ++k) {
      near.push_back(std::abs(numbers[k]));
    }
    const auto middle = near.begin() + static_cast<ptrdiff_t>(near.size() / 2);
    std::nth_element(near.begin(), middle, near.end());
    const double limit = kMostSpreads * kNormalMad * *middle;
    squares[i] = std::min(numbers[i] * numbers[i], limit * limit);
  }
  return squares;
}

/// Costs of the stretches [start, end) for start = 0 .. count - 1: length times log of their mean square, and what the
/// cut before them costs.
BELLWETHER_SIMD_CLONES
void CostsOfStarts(const double* sums, const double* best, size_t end, size_t count, double* costs) {
  constexpr float kLogTwo = 0.69314718f;
  const double sum = sums[end];
  const auto last = static_cast<int32_t>(end);
  for (int32_t start = 0; start < static_cast<int32_t>(count); ++start) {
    const auto length = static_cast<float>(last - start);
    const auto mean = static_cast<float>(sum - sums[start]) / length;
    costs[start] = best[start] + static_cast<double>(length * kLogTwo * FastLog2(mean));
  }
}

double Deviance(double squares, size_t length) {
  return static_cast<double>(length) * std::log(squares / static_cast<double>(length));
}

}  // namespace

std::vector<VarianceChange> FindVarianceChanges(std::span<const double> numbers) {
  const size_t n = numbers.size();
  if (n < kLeastNumbers) {
    return {};
  }
  const std::vector<double> squares = TamedSquares(numbers);
  double total = 0;
  for (const double square : squares) {
    total += square / static_cast<double>(n);
  }
  if (!(total > std::numeric_limits<double>::min())) {
    return {};
  }
  std::vector<double> sums(n + 1);
  for (size_t i = 0; i < n; ++i) {
    // A stretch of zeros is finite.
    sums[i + 1] = sums[i] + squares[i] / total + 1e-6;
  }
  const double price = kPrice * std::log(static_cast<double>(n));
  const size_t least = std::max(kLeastStretch, n / 40);
  std::vector<double> best(n + 1, std::numeric_limits<double>::infinity());
  std::vector<size_t> previous(n + 1);
  std::vector<double> costs(n);
  best[0] = -price;
  for (size_t end = least; end <= n; ++end) {
    const size_t count = end - least + 1;
    CostsOfStarts(sums.data(), best.data(), end, count, costs.data());
    const auto lowest = std::min_element(costs.begin(), costs.begin() + static_cast<ptrdiff_t>(count));
    best[end] = *lowest + price;
    previous[end] = static_cast<size_t>(lowest - costs.begin());
  }
  std::vector<size_t> edges = {n};
  while (edges.back() > 0) {
    edges.push_back(previous[edges.back()]);
  }
  std::reverse(edges.begin(), edges.end());
  std::vector<VarianceChange> changes;
  for (size_t k = 1; k + 1 < edges.size(); ++k) {
    const double left = sums[edges[k]] - sums[edges[k - 1]];
    const double right = sums[edges[k + 1]] - sums[edges[k]];
    const size_t left_length = edges[k] - edges[k - 1];
    const size_t right_length = edges[k + 1] - edges[k];
    changes.push_back({.place = edges[k],
                       .before = std::sqrt(total * left / static_cast<double>(left_length)),
                       .after = std::sqrt(total * right / static_cast<double>(right_length)),
                       .gain = Deviance(left + right, left_length + right_length) - Deviance(left, left_length) -
                               Deviance(right, right_length)});
  }
  return changes;
}

}  // namespace bellwether
