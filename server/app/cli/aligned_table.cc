#include "server/app/cli/aligned_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr size_t kMaxNumbers = 100'000'000;

}  // namespace

absl::StatusOr<AlignedTable> AlignSeries(const SeriesTable& table) {
  std::vector<std::pair<int64_t, const std::string*>> stamps;
  for (const TableSeries& series : table.series) {
    for (size_t i = 0; i < series.times_unix_ns.size(); ++i) {
      stamps.emplace_back(series.times_unix_ns[i], &series.timestamps[i]);
    }
  }
  std::stable_sort(stamps.begin(), stamps.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  AlignedTable aligned;
  for (const auto& [time, text] : stamps) {
    if (aligned.times_unix_ns.empty() || aligned.times_unix_ns.back() != time) {
      aligned.times_unix_ns.push_back(time);
      aligned.timestamps.push_back(*text);
    }
  }
  const size_t times = aligned.times_unix_ns.size();
  if (times > 0 && table.series.size() > kMaxNumbers / times) {
    return BadQueryError(Concat("The table has ", table.series.size(), " series at ", times,
                                " times; side by side that is more than ", kMaxNumbers,
                                " numbers. Split it, or make the times of the series agree."));
  }
  aligned.values.assign(table.series.size() * times, std::numeric_limits<double>::quiet_NaN());
  for (size_t s = 0; s < table.series.size(); ++s) {
    const TableSeries& series = table.series[s];
    aligned.names.push_back(series.name);
    for (size_t i = 0; i < series.values.size(); ++i) {
      const auto place =
          std::lower_bound(aligned.times_unix_ns.begin(), aligned.times_unix_ns.end(), series.times_unix_ns[i]);
      aligned.values[s * times + static_cast<size_t>(place - aligned.times_unix_ns.begin())] = series.values[i];
    }
  }
  return aligned;
}

}  // namespace bellwether
