#include "server/analytics/anomaly/batch_baseline.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kMostPeriods = 4;
constexpr size_t kSearched = 2048;  // rows, or means of rows, that are searched for periods
constexpr size_t kShortest = 8;     // periods of fewer means than this are looked for in the rows

/// A slow level: medians of blocks, joined by straight lines. No value may be NaN.
std::vector<double> SlowLevel(std::span<const double> values, size_t block) {
  const size_t n = values.size();
  const size_t blocks = std::max<size_t>(1, n / block);
  std::vector<double> centre(blocks);
  std::vector<double> level(blocks);
  for (size_t b = 0; b < blocks; ++b) {
    const size_t from = b * n / blocks;
    const size_t to = (b + 1) * n / blocks;
    level[b] = Median(values.subspan(from, to - from));
    centre[b] = 0.5 * static_cast<double>(from + to - 1);
  }
  std::vector<double> result(n);
  size_t right = 0;
  for (size_t i = 0; i < n; ++i) {
    const double at = static_cast<double>(i);
    while (right < blocks && centre[right] < at) {
      ++right;
    }
    if (right == 0 || right == blocks) {
      result[i] = right == 0 ? level.front() : level.back();
    } else {
      const double share = (at - centre[right - 1]) / (centre[right] - centre[right - 1]);
      result[i] = level[right - 1] + share * (level[right] - level[right - 1]);
    }
  }
  return result;
}

/// Adds the phase medians of `rest` to `baseline` and takes them out of `rest`.
void MoveSeason(std::vector<double>& rest, std::vector<double>& baseline, size_t period) {
  std::vector<double> phase;
  for (size_t start = 0; start < period && start < rest.size(); ++start) {
    phase.clear();
    for (size_t i = start; i < rest.size(); i += period) {
      phase.push_back(rest[i]);
    }
    const double usual = QuantileInPlace(phase, 0.5);
    for (size_t i = start; i < rest.size(); i += period) {
      rest[i] -= usual;
      baseline[i] += usual;
    }
  }
}

/// The periods of a series, strongest first. A long one is searched in means of rows, and its newest rows for what
/// those hide.
std::vector<Period> PeriodsOf(std::span<const double> filled, int64_t step_ns) {
  const size_t n = filled.size();
  if (n <= 2 * kSearched) {
    return FindPeriods(filled, {.max_periods = kMostPeriods, .step_ns = step_ns});
  }
  const size_t rows = (n + kSearched - 1) / kSearched;
  std::vector<double> means(n / rows);
  for (size_t i = 0; i < means.size(); ++i) {
    const auto part = filled.subspan(i * rows, rows);
    means[i] = std::accumulate(part.begin(), part.end(), 0.0) / static_cast<double>(rows);
  }
  std::vector<Period> periods =
      FindPeriods(means, {.max_periods = kMostPeriods, .step_ns = step_ns * static_cast<int64_t>(rows)});
  for (Period& period : periods) {
    period.steps *= rows;
  }
  for (const Period& period : FindPeriods(filled.last(kSearched), {.max_periods = kMostPeriods, .step_ns = step_ns})) {
    // Longer ones were seen in the means, and better.
    if (period.steps < kShortest * rows) {
      periods.push_back(period);
    }
  }
  std::stable_sort(periods.begin(), periods.end(),
                   [](const Period& a, const Period& b) { return a.strength > b.strength; });
  periods.resize(std::min(periods.size(), kMostPeriods));
  return periods;
}

}  // namespace

BatchBaseline FitBatchBaseline(std::span<const double> filled, int64_t step_ns) {
  BatchBaseline fit;
  fit.periods = PeriodsOf(filled, step_ns);
  const std::vector<Period>& periods = fit.periods;
  const size_t n = filled.size();
  size_t longest = 0;
  for (const Period& period : periods) {
    longest = std::max(longest, period.steps);
  }
  const size_t block = std::clamp<size_t>(longest > 0 ? longest : n / 16, std::min<size_t>(48, n), n);
  fit.expected = SlowLevel(filled, block);
  std::vector<double>& baseline = fit.expected;
  std::vector<double> rest(n);
  for (size_t i = 0; i < n; ++i) {
    rest[i] = filled[i] - baseline[i];
  }
  fit.season.assign(n, 0.0);
  for (const Period& period : periods) {
    MoveSeason(rest, fit.season, period.steps);
  }
  for (size_t i = 0; i < n; ++i) {
    baseline[i] += fit.season[i];
  }
  return fit;
}

}  // namespace bellwether
