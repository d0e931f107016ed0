// CSV text: reader, detection and scan must survive any bytes, and the reader must not depend on how they arrive in
// chunks.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/connectors/csv/csv_options.h"
#include "server/connectors/csv/csv_reader.h"
#include "server/connectors/csv/csv_scan.h"
#include "server/connectors/csv/csv_schema.h"
#include "tests/fuzz/require.h"

namespace {

using bellwether::Require;

using bellwether::CsvReader;
using bellwether::CsvReaderOptions;

std::vector<std::string> Fields(std::string_view text, const CsvReaderOptions& options) {
  CsvReader reader(text, options);
  std::vector<std::string> all;
  while (reader.Next()) {
    all.emplace_back(reader.malformed() ? "malformed record" : "record");
    all.insert(all.end(), reader.fields().begin(), reader.fields().end());
  }
  all.emplace_back(reader.status().message().data(), reader.status().message().size());
  return all;
}

void Scan(std::string_view text, const bellwether::CsvQuery& query) {
  absl::StatusOr<bellwether::CsvSchema> schema = bellwether::DetectCsvSchema(text, query);
  if (!schema.ok() || !schema->has_rows) {
    return;
  }
  bellwether::FetchRequest request;
  request.range = {absl::InfinitePast(), absl::InfiniteFuture()};
  request.step = absl::Seconds(1);
  request.max_points_per_series = 8;
  request.max_series = 4;
  const bellwether::CsvOptions options;
  CsvReaderOptions reader_options;
  reader_options.delimiter = schema->delimiter;
  CsvReader reader(text, reader_options);
  bellwether::CsvScan scan(*schema, query, request, options);
  if (!scan.Run(reader, bellwether::Cancellation()).ok()) {
    return;
  }
  std::vector<bellwether::RawSeries> series;
  std::vector<bellwether::CollectionStats> stats;
  scan.Finish(series, stats);
  Require(series.size() <= request.max_series);
  for (const bellwether::RawSeries& one : series) {
    Require(one.times_unix_ns.size() == one.values.size() && one.values.size() <= request.max_points_per_series);
    for (size_t i = 1; i < one.times_unix_ns.size(); ++i) {
      Require(one.times_unix_ns[i - 1] < one.times_unix_ns[i]);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CsvReaderOptions small;
  small.chunk_bytes = 4;
  Require(Fields(text, {}) == Fields(text, small));
  Scan(text, {});
  bellwether::CsvQuery unsplit;
  unsplit.series_column = "";
  unsplit.delimiter = ';';
  Scan(text, unsplit);
  return 0;
}
