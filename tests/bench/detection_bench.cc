// What detection costs: 1,000 series of a day of minutes on one core, one point, a long stream, one long series in
// batch, and the state of a series. `--write_array=FILE` writes the array for the programs in peers/ instead of
// measuring.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <numbers>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/analytics/anomaly/detector.h"
#include "server/analytics/anomaly/lane_bank.h"
#include "server/analytics/anomaly/seasonal_lanes.h"
#include "server/analytics/outliers/group_outliers.h"

namespace bellwether {
namespace {

constexpr int64_t kMinuteNs = int64_t{60} * 1'000'000'000;
constexpr int64_t kStartNs = int64_t{1'795'132'800} * 1'000'000'000;  // 2026-11-20T00:00:00Z
constexpr size_t kSeries = 1000;
constexpr size_t kPoints = 1440;

std::vector<int64_t> Times(size_t n) {
  std::vector<int64_t> times(n);
  for (size_t i = 0; i < n; ++i) {
    times[i] = kStartNs + static_cast<int64_t>(i) * kMinuteNs;
  }
  return times;
}

/// A daily and a four-hourly wave under autocorrelated noise, with a spike in a few places. All seeds share the waves,
/// so that peers of each other is what they are.
std::vector<double> Series(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(n);
  double noise = 0;
  for (size_t i = 0; i < n; ++i) {
    const double turns = static_cast<double>(i) / 1440;
    noise = 0.5 * noise + normal(random);
    values[i] = 100 + 10 * std::sin(2 * std::numbers::pi * turns) + 3 * std::sin(12 * std::numbers::pi * turns) + noise;
    if (random() % 4096 == 0) {
      values[i] += 15;
    }
  }
  return values;
}

std::vector<std::vector<double>> Array() {
  std::vector<std::vector<double>> all;
  for (size_t s = 0; s < kSeries; ++s) {
    all.push_back(Series(kPoints, s));
  }
  return all;
}

/// The promise of the speed table: every point of every series judged in order, all verdict fields made, sixteen series
/// at once by the lanes of the instruction set (empty = the best of this processor).
void BankThousand(benchmark::State& state, const char* instructions) {
  const std::vector<int64_t> times = Times(kPoints);
  const std::vector<std::vector<double>> all = Array();
  const auto make = [&] { return *instructions != 0 ? MakeLaneBankFor(instructions, {}) : MakeLaneBank({}); };
  if (make() == nullptr) {
    state.SkipWithError("This program or processor has no such lanes.");
    return;
  }
  size_t alarms = 0;
  for (auto _ : state) {
    alarms = 0;
    for (size_t first = 0; first < kSeries; first += kBankLanes) {
      const std::unique_ptr<LaneBank> bank = make();
      std::array<double, kBankLanes> row;
      LaneVerdicts<kBankLanes> verdicts;
      const size_t count = std::min(kBankLanes, kSeries - first);
      for (size_t i = 0; i < kPoints; ++i) {
        for (size_t lane = 0; lane < kBankLanes; ++lane) {
          row[lane] = all[first + (lane < count ? lane : 0)][i];
        }
        bank->Observe(times[i], row.data(), nullptr, verdicts);
        benchmark::DoNotOptimize(verdicts);
        alarms += static_cast<size_t>(std::count(verdicts.is_anomaly, verdicts.is_anomaly + count, 1));
      }
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSeries * kPoints));
  state.counters["alarms"] = static_cast<double>(alarms);
}
BENCHMARK_CAPTURE(BankThousand, by_default, "")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BankThousand, avx2, "avx2")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BankThousand, plain, "plain")->Unit(benchmark::kMillisecond);

/// The same, each series through a detector of its own.
void StreamThousand(benchmark::State& state, const char* method) {
  const std::vector<int64_t> times = Times(kPoints);
  const std::vector<std::vector<double>> all = Array();
  size_t alarms = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    alarms = 0;
    for (const std::vector<double>& values : all) {
      const auto detector = MakeStreamingDetector(method, {});
      for (size_t i = 0; i < kPoints; ++i) {
        Verdict verdict = (*detector)->Observe(times[i], values[i]);
        benchmark::DoNotOptimize(verdict);
        alarms += verdict.is_anomaly ? 1 : 0;
      }
      bytes = std::max(bytes, (*detector)->StateBytes());
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSeries * kPoints));
  state.counters["alarms"] = static_cast<double>(alarms);
  state.counters["state_bytes"] = static_cast<double>(bytes);
}
BENCHMARK_CAPTURE(StreamThousand, by_default, "auto")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(StreamThousand, rolling_zscore, "rolling-zscore")->Unit(benchmark::kMillisecond);

/// The same with columns and incidents.
void DetectThousand(benchmark::State& state, DetectionMode mode) {
  const std::vector<int64_t> times = Times(kPoints);
  const std::vector<std::vector<double>> all = Array();
  for (auto _ : state) {
    for (const std::vector<double>& values : all) {
      benchmark::DoNotOptimize(Detect(times, values, "auto", {}, mode));
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSeries * kPoints));
}
BENCHMARK_CAPTURE(DetectThousand, online, DetectionMode::kOnline)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(DetectThousand, batch, DetectionMode::kBatch)->Unit(benchmark::kMillisecond);

/// The same together, as queries do it.
void DetectTogetherThousand(benchmark::State& state) {
  const std::vector<int64_t> times = Times(kPoints);
  const std::vector<std::vector<double>> all = Array();
  std::vector<SeriesToJudge> series;
  for (const std::vector<double>& values : all) {
    series.push_back({.values = values});
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(DetectTogether(times, series, "auto", {}));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSeries * kPoints));
}
BENCHMARK(DetectTogetherThousand)->Unit(benchmark::kMillisecond);

/// The same array as a group: which series are unlike the others.
void GroupOutliersOfThousand(benchmark::State& state, OutlierMethod method) {
  std::vector<double> values;
  for (const std::vector<double>& series : Array()) {
    values.insert(values.end(), series.begin(), series.end());
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(FindGroupOutliers({values, kSeries, kPoints}, {.method = method}));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSeries * kPoints));
}
BENCHMARK_CAPTURE(GroupOutliersOfThousand, mad, OutlierMethod::kMad)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(GroupOutliersOfThousand, dbscan, OutlierMethod::kDbscan)->Unit(benchmark::kMillisecond);

/// One point of a series that has seen two weeks.
void ObserveOne(benchmark::State& state) {
  const auto detector = MakeStreamingDetector("auto", {});
  const std::vector<double> values = Series(20'160, 1);
  int64_t time = kStartNs;
  size_t i = 0;
  const auto observe = [&] {
    Verdict verdict = (*detector)->Observe(time, values[i]);
    benchmark::DoNotOptimize(verdict);
    time += kMinuteNs;
    i = i + 1 < values.size() ? i + 1 : 0;
  };
  for (size_t warm = 0; warm < values.size(); ++warm) {
    observe();
  }
  for (auto _ : state) {
    observe();
  }
}
BENCHMARK(ObserveOne);

/// Ten million points through one detector: the time of a point and the state must not grow with the stream.
void StreamTenMillion(benchmark::State& state) {
  const std::vector<double> values = Series(20'160, 2);
  size_t bytes = 0;
  for (auto _ : state) {
    const auto detector = MakeStreamingDetector("auto", {});
    for (int64_t i = 0; i < 10'000'000; ++i) {
      Verdict verdict = (*detector)->Observe(kStartNs + i * kMinuteNs, values[static_cast<size_t>(i) % values.size()]);
      benchmark::DoNotOptimize(verdict);
    }
    bytes = (*detector)->StateBytes();
  }
  state.SetItemsProcessed(state.iterations() * 10'000'000);
  state.counters["state_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(StreamTenMillion)->Unit(benchmark::kMillisecond)->Iterations(1);

/// Two weeks of minutes of one series, looked at as a whole.
void BatchTwoWeeks(benchmark::State& state) {
  const std::vector<int64_t> times = Times(20'160);
  const std::vector<double> values = Series(20'160, 3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(Detect(times, values, "auto", {}, DetectionMode::kBatch));
  }
}
BENCHMARK(BatchTwoWeeks)->Unit(benchmark::kMillisecond);

/// Little-endian doubles, series by series.
bool WriteArray(const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (const std::vector<double>& values : Array()) {
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(double)));
  }
  return file.flush().good();
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  constexpr std::string_view kWrite = "--write_array=";
  if (argc == 2 && std::string_view(argv[1]).substr(0, kWrite.size()) == kWrite) {
    const std::string path(std::string_view(argv[1]).substr(kWrite.size()));
    if (!bellwether::WriteArray(path)) {
      std::fprintf(stderr, "%s cannot be written.\n", path.c_str());
      return 1;
    }
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
