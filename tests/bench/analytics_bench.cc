// What the analyses of one series cost, on one core; detection_bench.cc has detection.

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/trend/trend.h"

namespace bellwether {
namespace {

constexpr int64_t kMinuteNs = int64_t{60} * 1'000'000'000;
constexpr int64_t kHourNs = 60 * kMinuteNs;

/// A wave of the given period under noise.
std::vector<double> Series(size_t n, double period, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(n);
  for (size_t i = 0; i < n; ++i) {
    values[i] = 50 + 5 * std::sin(2 * std::numbers::pi * static_cast<double>(i) / period) + normal(random);
  }
  return values;
}

void FitAndForecast(benchmark::State& state) {
  const std::vector<double> values = Series(960, 24, 2);
  ForecastInput input;
  input.values = values;
  input.step_ns = kHourNs;
  const std::vector<double> levels = {0.8, 0.95};
  for (auto _ : state) {
    benchmark::DoNotOptimize((*FitForecast("auto", input, 48))->Predict(48, levels));
  }
}
BENCHMARK(FitAndForecast)->Unit(benchmark::kMillisecond);

void Periods(benchmark::State& state) {
  const std::vector<double> values = Series(static_cast<size_t>(state.range(0)), 60, 3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(FindPeriods(values, {.step_ns = kMinuteNs}));
  }
}
BENCHMARK(Periods)->Arg(1440)->Arg(10'080)->Unit(benchmark::kMicrosecond);

void TrendOf(benchmark::State& state) {
  const std::vector<double> values = Series(static_cast<size_t>(state.range(0)), 60, 4);
  for (auto _ : state) {
    benchmark::DoNotOptimize(EstimateTrend(values));
  }
}
BENCHMARK(TrendOf)->Arg(1440)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void ChangePoints(benchmark::State& state) {
  const std::vector<double> values = Series(static_cast<size_t>(state.range(0)), 60, 5);
  for (auto _ : state) {
    benchmark::DoNotOptimize(FindChangePoints(values));
  }
}
BENCHMARK(ChangePoints)->Arg(1440)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bellwether
