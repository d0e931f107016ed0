// What scoring aligned features costs. multivariate.py of tests/bench/peers/python measures scikit-learn on the same
// rows.

#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/analytics/multivariate/extended_forest.h"
#include "server/analytics/multivariate/isolation_forest.h"
#include "server/analytics/multivariate/multivariate_detector.h"
#include "server/analytics/multivariate/one_class_svm.h"
#include "server/analytics/multivariate/random_cut_forest.h"
#include "server/analytics/multivariate/random_stream.h"

namespace bellwether {
namespace {

constexpr size_t kHistoryRows = 10'080;  // a week of minutes

std::vector<double> NormalValues(size_t count, uint64_t seed) {
  RandomStream random(seed);
  std::vector<double> values(count);
  for (double& value : values) {
    value = random.Normal();
  }
  return values;
}

void ScoreForest(benchmark::State& state) {
  const auto features = static_cast<size_t>(state.range(0));
  const std::vector<double> values = NormalValues(kHistoryRows * features, 1);
  const FeatureColumns points{values, kHistoryRows, features};
  const auto forest = IsolationForest::Fit(points);
  std::vector<double> scores(kHistoryRows);
  for (auto _ : state) {
    forest->Score(points, scores);
    benchmark::DoNotOptimize(scores.data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kHistoryRows));
  state.counters["bytes"] = static_cast<double>(forest->StateBytes());
}
BENCHMARK(ScoreForest)->Arg(2)->Arg(8)->Arg(32)->Unit(benchmark::kMicrosecond);

void FitForest(benchmark::State& state) {
  const std::vector<double> values = NormalValues(kHistoryRows * 8, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(IsolationForest::Fit({values, kHistoryRows, 8}));
  }
}
BENCHMARK(FitForest)->Unit(benchmark::kMillisecond);

template <typename Model>
void ScoreRows(benchmark::State& state) {
  const std::vector<double> values = NormalValues(kHistoryRows * 8, 1);
  const FeatureColumns points{values, kHistoryRows, 8};
  const auto model = Model::Fit(points);
  std::vector<double> scores(kHistoryRows);
  for (auto _ : state) {
    model->Score(points, scores);
    benchmark::DoNotOptimize(scores.data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kHistoryRows));
  state.counters["bytes"] = static_cast<double>(model->StateBytes());
}
BENCHMARK(ScoreRows<ExtendedForest>)->Unit(benchmark::kMicrosecond);
BENCHMARK(ScoreRows<OneClassSvm>)->Unit(benchmark::kMicrosecond);

void ObserveRandomCuts(benchmark::State& state) {
  const std::vector<double> values = NormalValues(kHistoryRows * 8, 1);
  RandomCutForest forest(std::vector<FeatureScale>(8));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(forest.Observe({values.data() + 8 * i, 8}));
    i = (i + 1) % kHistoryRows;
  }
  state.counters["bytes"] = static_cast<double>(forest.StateBytes());
}
BENCHMARK(ObserveRandomCuts)->Unit(benchmark::kMicrosecond);

void FitEnsemble(benchmark::State& state) {
  const std::vector<double> values = NormalValues(kHistoryRows * 8, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(MultivariateDetector::Fit({values, kHistoryRows, 8}));
  }
}
BENCHMARK(FitEnsemble)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellwether
