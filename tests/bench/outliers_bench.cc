// What finding the series that are unlike their peers costs: 1,000 series of a day of minutes, on one core.

#include <cmath>
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/analytics/multivariate/random_stream.h"
#include "server/analytics/outliers/cross_section.h"
#include "server/analytics/outliers/group_outliers.h"

namespace bellwether {
namespace {

constexpr size_t kSeries = 1000;
constexpr size_t kPoints = 1440;

/// A common wave, a level for each series and noise; every hundredth series is far off for the last third.
std::vector<double> Group(size_t series, size_t points) {
  RandomStream random(1);
  std::vector<double> values(series * points);
  for (size_t s = 0; s < series; ++s) {
    const double level = 100 + random.Normal();
    for (size_t t = 0; t < points; ++t) {
      const double off = s % 100 == 99 && t > points * 2 / 3 ? 20 : 0;
      values[s * points + t] = level + off + 10 * std::sin(static_cast<double>(t) / 100) + random.Normal();
    }
  }
  return values;
}

void CrossSectionsOf(benchmark::State& state) {
  const std::vector<double> values = Group(kSeries, kPoints);
  for (auto _ : state) {
    benchmark::DoNotOptimize(MeasureCrossSections({values, kSeries, kPoints}));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSeries * kPoints));
}
BENCHMARK(CrossSectionsOf)->Unit(benchmark::kMillisecond);

void FindOutliers(benchmark::State& state, OutlierMethod method) {
  const std::vector<double> values = Group(kSeries, kPoints);
  for (auto _ : state) {
    benchmark::DoNotOptimize(FindGroupOutliers({values, kSeries, kPoints}, {.method = method}));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSeries * kPoints));
}
BENCHMARK_CAPTURE(FindOutliers, mad, OutlierMethod::kMad)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(FindOutliers, dbscan, OutlierMethod::kDbscan)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellwether
