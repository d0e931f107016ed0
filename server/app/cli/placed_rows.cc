#include "server/app/cli/placed_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "server/analytics/series/grid.h"
#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

constexpr double kNearWhole = 0.2;  // of a step, that a distance may be off a whole number of them
constexpr double kEvenShare = 0.95;

/// What a notice says about all series that came to their places in the same way.
struct Placed {
  size_t series = 0;
  size_t rows = 0;
  size_t absent = 0;
  std::string first;
  double step_s = 0;  ///< of the first
};

void Count(const TableSeries& series, const PlacedRows& placed, Placed& sum) {
  if (sum.series++ == 0) {
    sum.first = series.name;
    sum.step_s = static_cast<double>(MedianStep(series.times_unix_ns)) / 1e9;
  }
  sum.rows += series.values.size();
  sum.absent += placed.absent;
}

std::string InSeries(const Placed& sum) {
  if (sum.first.empty()) {
    return "";
  }
  return Concat(" in ", sum.first, sum.series > 1 ? Concat(" and ", sum.series - 1, " more series") : "");
}

}  // namespace

PlacedRows PlaceRows(const TableSeries& series) {
  const size_t n = series.values.size();
  PlacedRows placed{series.values, std::vector<size_t>(n), RowPlacing::kGapless, 0};
  std::iota(placed.row_of.begin(), placed.row_of.end(), size_t{0});
  const auto step = static_cast<double>(MedianStep(series.times_unix_ns));
  if (n < 3 || !(step > 0)) {
    return placed;
  }
  std::vector<double> steps(n, 0);  // from the row before
  size_t even = 0;
  double places = 1;
  for (size_t i = 1; i < n; ++i) {
    if (series.times_unix_ns[i] <= series.times_unix_ns[i - 1]) {
      placed.placing = RowPlacing::kDisorder;
      return placed;
    }
    const double distance =
        (static_cast<double>(series.times_unix_ns[i]) - static_cast<double>(series.times_unix_ns[i - 1])) / step;
    steps[i] = std::max(std::round(distance), 1.0);
    even += std::abs(distance - steps[i]) <= kNearWhole ? 1 : 0;
    places += steps[i];
  }
  if (static_cast<double>(even) < kEvenShare * static_cast<double>(n - 1)) {
    placed.placing = RowPlacing::kUneven;
    return placed;
  }
  const double absent = places - static_cast<double>(n);
  placed.absent = static_cast<size_t>(std::min(absent, 1e18));
  if (placed.absent == 0) {
    return placed;
  }
  if (absent > static_cast<double>(n)) {
    placed.placing = RowPlacing::kSparse;
    return placed;
  }
  placed.placing = RowPlacing::kByTime;
  placed.values.clear();
  placed.row_of.clear();
  for (size_t i = 0; i < n; ++i) {
    for (double k = 1; k < steps[i]; ++k) {
      placed.values.push_back(std::numeric_limits<double>::quiet_NaN());
      placed.row_of.push_back(i);
    }
    placed.values.push_back(series.values[i]);
    placed.row_of.push_back(i);
  }
  return placed;
}

std::vector<std::string> PlacingNotices(const SeriesTable& table) {
  Placed by_time;
  Placed sparse;
  Placed uneven;
  for (const TableSeries& series : table.series) {
    const PlacedRows placed = PlaceRows(series);
    switch (placed.placing) {
      case RowPlacing::kByTime:
        Count(series, placed, by_time);
        break;
      case RowPlacing::kSparse:
        Count(series, placed, sparse);
        break;
      case RowPlacing::kUneven:
        Count(series, placed, uneven);
        break;
      case RowPlacing::kGapless:
      case RowPlacing::kDisorder:
        break;
    }
  }
  std::vector<std::string> notices;
  if (by_time.series > 0) {
    notices.push_back(Concat(by_time.absent, by_time.absent == 1 ? " row is" : " rows are", " absent",
                             InSeries(by_time), " between the ", by_time.rows, " there are (one every ",
                             TimeSpanText(by_time.step_s),
                             "): ", by_time.absent == 1 ? "its place counts" : "their places count", " as missing."));
  }
  if (sparse.series > 0) {
    notices.push_back(Concat("Rows are absent", InSeries(sparse), " at more than half of the times (one every ",
                             TimeSpanText(sparse.step_s), "): rows are taken as evenly spaced, whatever their times."));
  }
  if (uneven.series > 0) {
    notices.push_back(Concat("Times are not evenly spaced", InSeries(uneven),
                             ": rows are taken as if they were, so periods and slopes are by row and not by time."));
  }
  return notices;
}

}  // namespace bellwether
