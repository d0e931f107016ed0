// What the analyses cost. The yardstick: one query over 1,000 series of a day of minutes, on one core.

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/analytics/anomaly/detector.h"
#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/trend/trend.h"

namespace bellwether {
namespace {

constexpr int64_t kMinuteNs = int64_t{60} * 1'000'000'000;
constexpr int64_t kHourNs = 60 * kMinuteNs;
constexpr int64_t kStartNs = int64_t{1'795'132'800} * 1'000'000'000;  // 2026-11-20T00:00:00Z

std::vector<int64_t> Times(size_t n, int64_t step_ns) {
  std::vector<int64_t> times(n);
  for (size_t i = 0; i < n; ++i) {
    times[i] = kStartNs + static_cast<int64_t>(i) * step_ns;
  }
  return times;
}

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

void DetectThousand(benchmark::State& state, const char* method, DetectionMode mode) {
  constexpr size_t kSeries = 1000;
  constexpr size_t kPoints = 1440;
  const std::vector<int64_t> times = Times(kPoints, kMinuteNs);
  std::vector<std::vector<double>> all;
  for (size_t s = 0; s < kSeries; ++s) {
    all.push_back(Series(kPoints, 240, s));
  }
  for (auto _ : state) {
    for (const std::vector<double>& values : all) {
      benchmark::DoNotOptimize(Detect(times, values, method, {}, mode));
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSeries * kPoints));
}
BENCHMARK_CAPTURE(DetectThousand, robust_seasonal_online, "robust-seasonal", DetectionMode::kOnline)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(DetectThousand, robust_seasonal_batch, "robust-seasonal", DetectionMode::kBatch)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(DetectThousand, rolling_zscore_online, "rolling-zscore", DetectionMode::kOnline)
    ->Unit(benchmark::kMillisecond);

void ObservePoint(benchmark::State& state) {
  const auto detector = MakeStreamingDetector("auto", {});
  const std::vector<double> values = Series(20'000, 288, 1);
  const std::vector<int64_t> times = Times(values.size(), 5 * kMinuteNs);
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize((*detector)->Observe(times[i], values[i]));
    i = (i + 1) % values.size();
  }
}
BENCHMARK(ObservePoint);

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
