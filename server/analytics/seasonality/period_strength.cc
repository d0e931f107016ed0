#include "server/analytics/seasonality/period_strength.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace bellwether {
namespace {

/// Subtracts a centred moving mean of `width` values (shrinking at the ends), so that level and trend are gone.
std::vector<double> WithoutMovingMean(std::span<const double> values, size_t width) {
  const size_t n = values.size();
  std::vector<double> prefix(n + 1, 0.0);
  std::partial_sum(values.begin(), values.end(), prefix.begin() + 1);
  std::vector<double> rest(n);
  for (size_t i = 0; i < n; ++i) {
    const size_t from = i > width / 2 ? i - width / 2 : 0;
    const size_t to = std::min(n, i + width - width / 2);
    rest[i] = values[i] - (prefix[to] - prefix[from]) / static_cast<double>(to - from);
  }
  return rest;
}

/// In four sums side by side, so that no addition waits for the one before.
double SumOfSquares(std::span<const double> values) {
  std::array<double, 4> sums{};
  size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    for (size_t k = 0; k < 4; ++k) {
      sums[k] += values[i + k] * values[i + k];
    }
  }
  for (; i < values.size(); ++i) {
    sums[0] += values[i] * values[i];
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

/// Share of the variance of `rest` that phase means explain, adjusted for their number; takes them out.
double ExplainAndRemove(std::vector<double>& rest, size_t period) {
  const size_t n = rest.size();
  std::vector<double> sum(period, 0.0);
  const double total = SumOfSquares(rest);
  const auto by_phase = [&](auto use) {
    for (size_t start = 0; start < n; start += period) {
      const size_t rows = std::min(period, n - start);
      for (size_t phase = 0; phase < rows; ++phase) {
        use(start + phase, phase);
      }
    }
  };
  by_phase([&](size_t i, size_t phase) { sum[phase] += rest[i]; });
  for (size_t phase = 0; phase < std::min(period, n); ++phase) {
    const size_t rows = (n - phase + period - 1) / period;
    sum[phase] /= static_cast<double>(rows);
  }
  by_phase([&](size_t i, size_t phase) { rest[i] -= sum[phase]; });
  const double left = SumOfSquares(rest);
  if (total <= 0 || n <= period + 1) {
    return 0;
  }
  const double adjusted = 1 - (left / static_cast<double>(n - period)) / (total / static_cast<double>(n - 1));
  return std::clamp(adjusted, 0.0, 1.0);
}

}  // namespace

std::vector<Period> RatePeriods(std::span<const double> values, std::span<const size_t> found) {
  if (found.empty()) {
    return {};
  }
  std::vector<double> rest = WithoutMovingMean(values, *std::max_element(found.begin(), found.end()));
  std::vector<Period> periods;
  for (const size_t steps : found) {
    const double strength = ExplainAndRemove(rest, steps);
    // What explains nothing once the stronger ones are taken out is no period of its own.
    if (strength >= 0.001) {
      periods.push_back({.steps = steps, .strength = strength});
    }
  }
  std::stable_sort(periods.begin(), periods.end(),
                   [](const Period& a, const Period& b) { return a.strength > b.strength; });
  return periods;
}

}  // namespace bellwether
