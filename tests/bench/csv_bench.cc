// How fast CSV files are read. MB/s are of file text.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "server/connectors/csv/csv_connector.h"
#include "server/connectors/csv/csv_reader.h"
#include "server/connectors/csv/time_parser.h"

namespace bellwether {
namespace {

constexpr int64_t kBegin = 1795132800;  // 2026-11-20T00:00:00Z

std::string IsoRow(int64_t i) {
  return absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(kBegin + i), absl::UTCTimeZone()),
                      ",", 100 + i % 977, ".", i % 89, "\n");
}

std::string LongRow(int64_t i) {
  return absl::StrCat(kBegin + i / 10, ",host-", i % 10, ",", i % 977, ".25,", i % 31, "\n");
}

/// A file of `rows` rows that is removed with this object.
class BenchFile {
 public:
  BenchFile(const char* header, std::string (*row)(int64_t), int64_t rows) {
    std::string pattern = (std::filesystem::temp_directory_path() / "bellwether_bench_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream out(folder_ / "a.csv", std::ios::binary);
    out << header;
    for (int64_t i = 0; i < rows; ++i) {
      out << row(i);
    }
    out.close();
    bytes_ = static_cast<int64_t>(std::filesystem::file_size(folder_ / "a.csv"));
  }
  BenchFile(const BenchFile&) = delete;
  BenchFile& operator=(const BenchFile&) = delete;
  ~BenchFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] int64_t bytes() const { return bytes_; }
  [[nodiscard]] CsvConnector Connector() const {
    CsvOptions options;
    options.folder = folder_.string();
    options.max_bytes = 1ULL << 30;
    return CsvConnector(options);
  }

 private:
  std::filesystem::path folder_;
  int64_t bytes_ = 0;
};

void FetchAll(benchmark::State& state, const BenchFile& file) {
  const CsvConnector connector = file.Connector();
  FetchRequest request;
  request.query_json = R"({"kind":"csv","file":"a.csv"})";
  request.range = {absl::FromUnixSeconds(0), absl::FromUnixSeconds(4'000'000'000)};
  request.step = absl::Seconds(1);
  for (auto _ : state) {
    const absl::StatusOr<FetchResult> result = connector.Fetch(request, Cancellation());
    if (!result.ok() || result->series.empty()) {
      state.SkipWithError("the file could not be read");
      return;
    }
    benchmark::DoNotOptimize(result->series[0].values.data());
  }
  state.SetBytesProcessed(state.iterations() * file.bytes());
}

void BM_FetchOneSeries(benchmark::State& state) {
  const BenchFile file("time,value\n", IsoRow, state.range(0));
  FetchAll(state, file);
}
BENCHMARK(BM_FetchOneSeries)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);

void BM_FetchTwentySeries(benchmark::State& state) {
  const BenchFile file("ts,host,cpu,mem\n", LongRow, state.range(0));
  FetchAll(state, file);
}
BENCHMARK(BM_FetchTwentySeries)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_SplitRecords(benchmark::State& state) {
  std::string text;
  for (int64_t i = 0; i < 100'000; ++i) {
    text += IsoRow(i);
  }
  for (auto _ : state) {
    CsvReader reader(text);
    size_t fields = 0;
    while (reader.Next()) {
      fields += reader.fields().size();
    }
    benchmark::DoNotOptimize(fields);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(BM_SplitRecords);

void BM_ParseIsoTime(benchmark::State& state) {
  TimeParser parser;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parser.Parse("2026-11-20T12:34:56.789Z"));
  }
}
BENCHMARK(BM_ParseIsoTime);

}  // namespace
}  // namespace bellwether
