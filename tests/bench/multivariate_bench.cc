// What scoring aligned features costs. multivariate.py of tests/bench/peers/python measures scikit-learn on the same
// rows.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/analytics/multivariate/extended_forest.h"
#include "server/analytics/multivariate/forest_growth.h"
#include "server/analytics/multivariate/forest_kernel.h"
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

void WalkTrees(benchmark::State& state, ForestKernel kernel) {
  const auto kernels = AvailableForestKernels();
  if (std::find(kernels.begin(), kernels.end(), kernel) == kernels.end()) {
    return state.SkipWithError("this processor cannot");
  }
  constexpr size_t kRows = 512;
  RandomStream random(1);
  std::vector<TreeQuad> quads(25);
  for (TreeQuad& quad : quads) {
    for (size_t i = 0; i < quad.cut.size(); ++i) {
      quad.cut[i] = static_cast<uint8_t>(random.Below(256));
      quad.feature[i] = FeatureByte(random.Below(8));
      quad.length[i] = static_cast<uint8_t>(random.Below(256));
    }
  }
  std::vector<uint8_t> codes(kRows / kGroupRows * GroupBytes(8));
  std::generate(codes.begin(), codes.end(), [&random] { return static_cast<uint8_t>(random.Below(256)); });
  std::vector<uint32_t> sums(kRows);
  for (auto _ : state) {
    AddPathLengths(quads, 8, codes, sums, kernel);
    benchmark::DoNotOptimize(sums.data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kRows));
}
BENCHMARK_CAPTURE(WalkTrees, portable, ForestKernel::kPortable)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(WalkTrees, avx2, ForestKernel::kAvx2)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(WalkTrees, avx512, ForestKernel::kAvx512)->Unit(benchmark::kMicrosecond);

void EncodeRows(benchmark::State& state, ForestKernel kernel) {
  const auto kernels = AvailableForestKernels();
  if (std::find(kernels.begin(), kernels.end(), kernel) == kernels.end()) {
    return state.SkipWithError("this processor cannot");
  }
  constexpr size_t kRows = 512;
  constexpr size_t kFeatures = 8;
  const std::vector<double> values = NormalValues(kRows, 1);
  CutTree tree;
  std::vector<double> cuts = NormalValues(kTreePlaces - 1, 2);
  std::sort(cuts.begin(), cuts.end());
  FillCutTree(ForestCuts(cuts.begin(), cuts.end()), tree);
  std::vector<uint8_t> codes(kRows / kGroupRows * GroupBytes(kFeatures));
  for (auto _ : state) {
    for (size_t f = 0; f < kFeatures; ++f) {
      EncodeFeature(tree, values, f, GroupBytes(kFeatures), codes, kernel);
    }
    benchmark::DoNotOptimize(codes.data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kRows));
}
BENCHMARK_CAPTURE(EncodeRows, portable, ForestKernel::kPortable)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(EncodeRows, avx2, ForestKernel::kAvx2)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(EncodeRows, avx512, ForestKernel::kAvx512)->Unit(benchmark::kMicrosecond);

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
  const auto features = static_cast<size_t>(state.range(0));
  const std::vector<double> values = NormalValues(kHistoryRows * features, 1);
  RandomCutForest forest{std::vector<FeatureScale>(features)};
  for (size_t i = 0; i < 4096; ++i) {  // as in the long run: rows are sampled now and then
    (void)forest.Observe({values.data() + features * i, features});
  }
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(forest.Observe({values.data() + features * i, features}));
    i = (i + 1) % kHistoryRows;
  }
  state.counters["bytes"] = static_cast<double>(forest.StateBytes());
}
BENCHMARK(ObserveRandomCuts)->Arg(3)->Arg(8)->Arg(32)->Arg(64)->Unit(benchmark::kMicrosecond);

/// What a panel's block of history costs: a detector from 4,032 rows, which then judges as many.
void FitAndJudge(benchmark::State& state) {
  constexpr size_t kRows = 4032;
  const auto features = static_cast<size_t>(state.range(0));
  const std::vector<double> values = NormalValues(kRows * features, 1);
  MultivariateOptions options;
  if (state.range(1) < static_cast<int64_t>(kMultivariateMembers)) {
    options.only = static_cast<MultivariateMember>(state.range(1));
  }
  for (auto _ : state) {
    const auto detector = MultivariateDetector::Fit({values, kRows, features}, options);
    benchmark::DoNotOptimize(detector->Judge({values, kRows, features}));
  }
}
// Features, and the member alone; 4: the ensemble.
BENCHMARK(FitAndJudge)->ArgsProduct({{3, 8, 32, 64}, {0, 1, 2, 3, 4}})->Unit(benchmark::kMillisecond);

/// What an incident costs to explain.
void ExplainRow(benchmark::State& state) {
  const auto features = static_cast<size_t>(state.range(0));
  const std::vector<double> values = NormalValues(4032 * features, 1);
  const auto detector = MultivariateDetector::Fit({values, 4032, features});
  const std::vector<double> row(features, 3.0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(detector->Explain(row));
  }
}
BENCHMARK(ExplainRow)->Arg(8)->Arg(64)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bellwether
