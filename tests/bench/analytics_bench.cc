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

enum class Kind { kSeasonal, kTwoSeasons, kNoise, kWalk };

void Periods(benchmark::State& state, Kind kind) {
  const auto n = static_cast<size_t>(state.range(0));
  std::vector<double> values = Series(n, 60, 3);
  if (kind == Kind::kNoise || kind == Kind::kWalk) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal;
    for (size_t i = 0; i < n; ++i) {
      values[i] = normal(random) + (kind == Kind::kWalk && i > 0 ? values[i - 1] : 0.0);
    }
  } else if (kind == Kind::kTwoSeasons) {
    for (size_t i = 0; i < n; ++i) {
      values[i] += 4 * std::sin(2 * std::numbers::pi * static_cast<double>(i) / 288) + (i % 60 < 6 ? 3.0 : 0.0);
    }
  }
  size_t found = 0;
  for (auto _ : state) {
    const std::vector<Period> periods = FindPeriods(values, {.step_ns = kMinuteNs});
    found = periods.size();
  }
  state.counters["periods"] = static_cast<double>(found);
}
BENCHMARK_CAPTURE(Periods, seasonal, Kind::kSeasonal)->Arg(1440)->Arg(10'080)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Periods, two_seasons, Kind::kTwoSeasons)->Arg(1440)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Periods, noise, Kind::kNoise)->Arg(1440)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Periods, walk, Kind::kWalk)->Arg(1440)->Unit(benchmark::kMicrosecond);

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
