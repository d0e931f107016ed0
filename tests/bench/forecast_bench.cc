// What forecasts cost, on one core: a full automatic one as users ask for it, each member alone, and a day ahead for a
// thousand series of a day of minutes. tests/bench/forecast has how good they are, and other libraries on the same
// series.

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/analytics/forecast/forecaster.h"

namespace bellwether {
namespace {

constexpr int64_t kMinuteNs = int64_t{60} * 1'000'000'000;
constexpr int64_t kHourNs = 60 * kMinuteNs;
constexpr int64_t kWeekNs = 168 * kHourNs;

/// Two waves under autocorrelated noise, far above zero.
std::vector<double> Series(size_t n, double period, double longer, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(n);
  double noise = 0;
  for (size_t i = 0; i < n; ++i) {
    const double turns = 2 * std::numbers::pi * static_cast<double>(i);
    noise = 0.7 * noise + normal(random);
    values[i] = 100 + 10 * std::sin(turns / period) + 5 * std::sin(turns / longer) + noise;
  }
  return values;
}

void Run(benchmark::State& state, const std::string& method, const std::vector<double>& values, int64_t step_ns,
         size_t horizon) {
  ForecastInput input;
  input.values = values;
  input.step_ns = step_ns;
  const std::vector<double> levels = {0.8, 0.95};
  for (auto _ : state) {
    benchmark::DoNotOptimize((*FitForecast(method, input, horizon))->Predict(horizon, levels));
  }
}

void AutoOfHours(benchmark::State& state) {
  Run(state, "auto", Series(static_cast<size_t>(state.range(0)), 24, 168, 1), kHourNs, 48);
}
BENCHMARK(AutoOfHours)->Arg(700)->Arg(1'000)->Unit(benchmark::kMillisecond);

void AutoOfWeeks(benchmark::State& state) {
  Run(state, "auto", Series(static_cast<size_t>(state.range(0)), 52, 52, 2), kWeekNs, 13);
}
BENCHMARK(AutoOfWeeks)->Arg(500)->Arg(2'000)->Unit(benchmark::kMillisecond);

/// A day ahead for each of a thousand series of a day of minutes.
void ThousandDaysOfMinutes(benchmark::State& state) {
  std::vector<std::vector<double>> all;
  for (uint64_t s = 0; s < 1'000; ++s) {
    all.push_back(Series(1'440, 60, 1'440, s));
  }
  const std::vector<double> levels = {0.95};
  for (auto _ : state) {
    for (const std::vector<double>& values : all) {
      ForecastInput input;
      input.values = values;
      input.step_ns = kMinuteNs;
      benchmark::DoNotOptimize((*FitForecast("auto", input, 1'440))->Predict(1'440, levels));
    }
  }
}
BENCHMARK(ThousandDaysOfMinutes)->Iterations(1)->Unit(benchmark::kMillisecond);

void TwoWeeksOfTenSeconds(benchmark::State& state) {
  Run(state, "auto", Series(120'960, 8'640, 60'480, 3), kMinuteNs / 6, 8'640);
}
BENCHMARK(TwoWeeksOfTenSeconds)->Unit(benchmark::kMillisecond);

void TenYearsOfDays(benchmark::State& state) { Run(state, "auto", Series(3'650, 7, 365, 4), 24 * kHourNs, 90); }
BENCHMARK(TenYearsOfDays)->Unit(benchmark::kMillisecond);

/// Each method alone, with its bands, on 1,000 hours.
void Member(benchmark::State& state, const std::string& method) {
  Run(state, method, Series(1'000, 24, 168, 1), kHourNs, 48);
}

const int kRegistered = [] {
  for (const ForecastMethod& method : ForecastMethods()) {
    const std::string id(method.id);
    benchmark::RegisterBenchmark(("Member/" + id).c_str(), Member, id)->Unit(benchmark::kMillisecond);
  }
  return 0;
}();

}  // namespace
}  // namespace bellwether
