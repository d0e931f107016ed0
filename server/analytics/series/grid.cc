#include "server/analytics/series/grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/base/time/step.h"

namespace bellwether {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
/// A grid never holds more buckets than this, whatever range is asked for: 128 MiB of values.
constexpr uint64_t kMaxBuckets = uint64_t{1} << 24;

/// The mean of huge values, whose sum is not a number any more: each is divided first.
double ScaledMean(std::span<const double> values, size_t count) {
  double mean = 0;
  for (const double value : values) {
    mean += std::isnan(value) ? 0 : value / static_cast<double>(count);
  }
  return mean;
}

}  // namespace

GridSeries ToGrid(std::span<const int64_t> times_unix_ns, std::span<const double> values, int64_t from_unix_ns,
                  int64_t to_unix_ns, int64_t step_ns, BucketStatistic statistic) {
  GridSeries grid;
  grid.step_ns = std::max<int64_t>(step_ns, 1);
  grid.start_unix_ns = FloorToStep(from_unix_ns, grid.step_ns);
  if (to_unix_ns <= from_unix_ns) {
    return grid;
  }
  const uint64_t step = static_cast<uint64_t>(grid.step_ns);
  const uint64_t range = static_cast<uint64_t>(to_unix_ns) - static_cast<uint64_t>(grid.start_unix_ns);
  const size_t buckets = static_cast<size_t>(std::min(range / step + (range % step != 0), kMaxBuckets));
  grid.values.assign(buckets, kMissing);

  const size_t n = std::min(times_unix_ns.size(), values.size());
  size_t i = 0;
  while (i < n) {
    if (times_unix_ns[i] < grid.start_unix_ns) {
      ++i;
      continue;
    }
    const auto bucket_of = [&](size_t k) {
      return (static_cast<uint64_t>(times_unix_ns[k]) - static_cast<uint64_t>(grid.start_unix_ns)) / step;
    };
    const uint64_t bucket = bucket_of(i);
    const size_t begin = i;
    double sum = 0;
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    double last = kMissing;
    size_t count = 0;
    for (; i < n && times_unix_ns[i] >= grid.start_unix_ns && bucket_of(i) == bucket; ++i) {
      const double value = values[i];
      if (std::isnan(value)) {
        continue;
      }
      sum += value;
      low = std::min(low, value);
      high = std::max(high, value);
      last = value;
      ++count;
    }
    if (bucket >= buckets || count == 0) {
      continue;
    }
    double& slot = grid.values[bucket];
    switch (statistic) {
      case BucketStatistic::kMean:
        slot =
            std::isfinite(sum) ? sum / static_cast<double>(count) : ScaledMean(values.subspan(begin, i - begin), count);
        break;
      case BucketStatistic::kSum:
        slot = sum;
        break;
      case BucketStatistic::kMin:
        slot = low;
        break;
      case BucketStatistic::kMax:
        slot = high;
        break;
      case BucketStatistic::kLast:
        slot = last;
        break;
      case BucketStatistic::kCount:
        slot = static_cast<double>(count);
        break;
    }
  }
  return grid;
}

int64_t MedianStep(std::span<const int64_t> times_unix_ns) {
  std::vector<uint64_t> steps;
  steps.reserve(times_unix_ns.size());
  for (size_t i = 1; i < times_unix_ns.size(); ++i) {
    if (times_unix_ns[i] != times_unix_ns[i - 1]) {
      const auto later = static_cast<uint64_t>(std::max(times_unix_ns[i], times_unix_ns[i - 1]));
      const auto earlier = static_cast<uint64_t>(std::min(times_unix_ns[i], times_unix_ns[i - 1]));
      steps.push_back(later - earlier);
    }
  }
  if (steps.empty()) {
    return 0;
  }
  const auto middle = steps.begin() + static_cast<ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return static_cast<int64_t>(std::min<uint64_t>(*middle, std::numeric_limits<int64_t>::max()));
}

}  // namespace bellwether
