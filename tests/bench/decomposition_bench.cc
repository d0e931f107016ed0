// Taking a series apart and continuing the parts, on a series like an hourly one of six weeks.

#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/analytics/decomposition/mstl.h"
#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {
namespace {

std::vector<double> Hourly(size_t n) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise;
  std::vector<double> values;
  for (size_t i = 0; i < n; ++i) {
    const auto t = static_cast<double>(i);
    values.push_back(100 + 0.02 * t + 20 * std::sin(2 * M_PI * t / 24) + 8 * std::cos(2 * M_PI * t / 168) +
                     noise(random));
  }
  return values;
}

void BM_Mstl(benchmark::State& state) {
  const std::vector<double> values = Hourly(static_cast<size_t>(state.range(0)));
  const std::vector<size_t> periods = {24, 168};
  const MstlOptions options{.robust_rounds = static_cast<size_t>(state.range(1)),
                            .jump = state.range(2) != 0 ? 0.1 : 0.0};
  for (auto _ : state) {
    benchmark::DoNotOptimize(DecomposeMstl(values, periods, options));
  }
}
BENCHMARK(BM_Mstl)
    ->ArgNames({"rows", "robust", "jump"})
    ->ArgsProduct({{900}, {0, 2}, {0, 1}})
    ->Args({10'000, 0, 0})
    ->Args({10'000, 0, 1})
    ->Unit(benchmark::kMicrosecond);

void BM_Member(benchmark::State& state, const char* id) {
  const std::vector<double> values = Hourly(900);
  const auto member = MakeForecastMember(id, {.seasons = {24, 168}});
  const size_t origin = values.size();
  std::vector<double> path(48);
  for (auto _ : state) {
    member->ForecastFrom(values, std::span(&origin, 1), path.size(), path);
    benchmark::DoNotOptimize(path.data());
  }
}
BENCHMARK_CAPTURE(BM_Member, mstl_ets, "mstl-ets")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Member, ets, "ets")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Member, theta, "theta")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bellwether
