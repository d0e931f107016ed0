// One query of a thousand series, as a dashboard or an alert rule asks it: 1,440 values each, from fetch to frames. The
// argument is the number of threads that may work on it.

#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

constexpr size_t kSeries = 1000;
const absl::Time kNow = absl::FromUnixSeconds(1'760'000'400);

double Load(int64_t unix_ns, size_t series) {
  uint64_t hash = (static_cast<uint64_t>(unix_ns / 60'000'000'000) + series * 7919) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 31)) * 0xBF58476D1CE4E5B9ULL;
  const double noise = static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
  return 100 + static_cast<double>(series % 17) + 20 * std::sin(2 * M_PI * static_cast<double>(unix_ns) / 86'400e9) +
         4 * noise;
}

void AskForAll(benchmark::State& state, const std::string& options) {
  std::vector<FunctionConnector::Line> lines;
  for (size_t i = 0; i < kSeries; ++i) {
    lines.push_back({"load", {{"host", std::to_string(i)}}, [i](int64_t t) { return Load(t, i); }, ""});
  }
  auto connector = std::make_unique<FunctionConnector>("demo", absl::Minutes(1), std::move(lines));
  connector->BeginAt(kNow - absl::Minutes(1440));
  ConnectorRegistry registry;
  registry.Add(std::move(connector));
  const SimulatedClock clock(kNow);
  QueryLimits limits;
  limits.max_threads = static_cast<size_t>(state.range(0));
  limits.max_time = absl::InfiniteDuration();
  const auto service = MakeConnectorQueryService(registry, clock, {}, limits);
  QueryRequest request;
  request.ref_id = "A";
  request.json = R"({"source":{"kind":"demo"},"interval":"1m","history":"1d",)" + options + "}";
  request.range = {kNow - absl::Hours(24), kNow};
  request.from_alert = true;
  for (auto _ : state) {
    const QueryAnswer answer = service->Answer(request, {}, Cancellation());
    if (!answer.status.ok() || answer.frames.empty()) {
      state.SkipWithError("the query failed");
      return;
    }
    benchmark::DoNotOptimize(answer.frames.front().rows());
  }
  state.counters["series/s"] =
      benchmark::Counter(static_cast<double>(kSeries * state.iterations()), benchmark::Counter::kIsRate);
}

void BM_ForecastOfADay(benchmark::State& state) {
  AskForAll(state, R"("analysis":"forecast","forecast":{"horizon":"1d"})");
}
void BM_ThresholdWithinADay(benchmark::State& state) {
  AskForAll(state, R"("analysis":"forecast","forecast":{"horizon":"1d","threshold":{"value":130}})");
}
void BM_Anomalies(benchmark::State& state) { AskForAll(state, R"("analysis":"anomalies")"); }
void BM_Outliers(benchmark::State& state) { AskForAll(state, R"("analysis":"outliers")"); }

BENCHMARK(BM_ForecastOfADay)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_ThresholdWithinADay)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_Anomalies)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_Outliers)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace bellwether
