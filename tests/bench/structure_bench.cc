// Change points and trends: time by length, on white noise, noise with steps, and AR(1) noise with a season.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/changepoint/online_changepoints.h"
#include "server/analytics/patterns/patterns.h"
#include "server/analytics/trend/trend.h"

namespace bellwether {
namespace {

/// Pseudo-random noise with `steps` levels.
std::vector<double> Stepped(size_t count, size_t steps) {
  std::vector<double> values(count);
  uint64_t state = 42;
  for (size_t i = 0; i < count; ++i) {
    double sum = -6;
    for (int k = 0; k < 12; ++k) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      sum += static_cast<double>(state >> 11) * 0x1p-53;
    }
    values[i] = sum + 5 * static_cast<double>(i * steps / count % 3);
  }
  return values;
}

void Changes(benchmark::State& state) {
  const auto values = Stepped(static_cast<size_t>(state.range(0)), static_cast<size_t>(state.range(1)));
  size_t found = 0;
  for (auto _ : state) {
    found = FindChangePoints(values).size();
    benchmark::DoNotOptimize(found);
  }
  state.counters["found"] = static_cast<double>(found);
}
BENCHMARK(Changes)
    ->Args({240, 1})
    ->Args({1'440, 1})
    ->Args({1'440, 6})
    ->Args({10'000, 1})
    ->Args({10'000, 6})
    ->Args({100'000, 6})
    ->Unit(benchmark::kMicrosecond);

void OnlineChanges(benchmark::State& state) {
  const auto values = Stepped(static_cast<size_t>(state.range(0)), static_cast<size_t>(state.range(1)));
  size_t found = 0;
  for (auto _ : state) {
    found = FindChangePointsOnline(values).size();
    benchmark::DoNotOptimize(found);
  }
  state.counters["found"] = static_cast<double>(found);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(OnlineChanges)->Args({1'440, 6})->Args({10'000, 6})->Unit(benchmark::kMicrosecond);

void TrendTest(benchmark::State& state) {
  const auto values = Stepped(static_cast<size_t>(state.range(0)), 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(EstimateTrend(values));
  }
}
BENCHMARK(TrendTest)->Arg(240)->Arg(1'440)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void PatternsOf(benchmark::State& state) {
  const auto values = Stepped(static_cast<size_t>(state.range(0)), 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(DescribePatterns(values, 0, int64_t{60} * 1'000'000'000));
  }
}
BENCHMARK(PatternsOf)->Arg(1'440)->Arg(10'080)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bellwether
