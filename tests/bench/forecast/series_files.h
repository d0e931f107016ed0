#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bellwether::forecast_yardstick {

/// A series to try forecasts on.
struct Series {
  std::string name;
  std::string kind;  ///< results are given by kind
  int64_t start_ns = 0;
  int64_t step_ns = 0;
  std::vector<double> values;  ///< evenly spaced, NaN = missing
};

/// Reads tables `timestamp,value[,...]` or `series,timestamp,value`; a folder stands for the tables in it, each a kind
/// of its own folder's name. Rows go onto a grid of their median step. Files that are no tables are skipped.
[[nodiscard]] std::vector<Series> ReadSeries(const std::vector<std::string>& paths);

/// The means over `factor` steps each; gaps where all are missing.
[[nodiscard]] Series Coarser(const Series& series, size_t factor);

/// Generated series of the steps that production metrics come in: 10 s, 1 min, 5 min, 15 min and 1 d; load curves with
/// days and weeks, counts, queues that fill, levels that shift, walks. `each` of every kind, others for another `seed`.
/// `hourly` gives 40 days of hours instead, of the eight kinds without late jumps or rare events.
[[nodiscard]] std::vector<Series> GenerateSeries(size_t each, bool hourly, uint64_t seed);

/// Every metric of the demo world (server/connectors/demo), its first member, at steps of 1 min, 5 min, 15 min, 1 h and
/// 1 d: means of its readings, with all the incidents that happen there.
[[nodiscard]] std::vector<Series> DemoSeries();

}  // namespace bellwether::forecast_yardstick
