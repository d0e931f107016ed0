#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bellwether {

/// A series on a fixed step: value i belongs to [start_unix_ns + i * step_ns, start_unix_ns + (i + 1) * step_ns). NaN =
/// no data in that bucket. Start is a multiple of the step since the epoch, so any two grids of one step line up.
struct GridSeries {
  int64_t start_unix_ns = 0;
  int64_t step_ns = 1;
  std::vector<double> values;

  [[nodiscard]] int64_t TimeAt(size_t i) const { return start_unix_ns + static_cast<int64_t>(i) * step_ns; }
};

/// Which statistic of a bucket stands for it.
enum class BucketStatistic { kMean, kSum, kMin, kMax, kLast, kCount };

/// Puts points (ascending times; NaN values are skipped) into the buckets of [from, to), both rounded outwards to the
/// step. O(points + buckets), one allocation. `to_unix_ns` must lie above `from_unix_ns`, the step above 0.
[[nodiscard]] GridSeries ToGrid(std::span<const int64_t> times_unix_ns, std::span<const double> values,
                                int64_t from_unix_ns, int64_t to_unix_ns, int64_t step_ns,
                                BucketStatistic statistic = BucketStatistic::kMean);

/// The median distance between successive distinct times, 0 for fewer than two times.
[[nodiscard]] int64_t MedianStep(std::span<const int64_t> times_unix_ns);

}  // namespace bellwether
