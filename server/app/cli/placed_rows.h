#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/app/cli/series_table.h"

namespace bellwether {

/// How the rows of a series came to their places.
enum class RowPlacing {
  kGapless,   ///< evenly spaced without a gap: row i is at place i
  kByTime,    ///< evenly spaced but for gaps: the rows absent have places too
  kSparse,    ///< as kByTime, but more than half of the places would be empty: row i is at place i
  kUneven,    ///< the times have no step: row i is at place i
  kDisorder,  ///< times repeat or step back: row i is at place i
};

/// The values of a series at evenly spaced places.
struct PlacedRows {
  std::vector<double> values;  ///< by place; NaN = missing or absent
  std::vector<size_t> row_of;  ///< by place, the row there, or where it is absent the next one
  RowPlacing placing = RowPlacing::kGapless;
  size_t absent = 0;  ///< places of the usual step that have no row, also where rows keep their own places
};

/// Puts rows at places of the usual (median) step by their times. A distance is a whole number of steps where it is
/// within a fifth of a step of it, so late rows and months count as even; 95 % of them must be. O(n).
[[nodiscard]] PlacedRows PlaceRows(const TableSeries& series);

/// Says which series have rows absent, and how their rows were placed; nothing where all are gapless. Times out of
/// order are another notice's subject.
[[nodiscard]] std::vector<std::string> PlacingNotices(const SeriesTable& table);

}  // namespace bellwether
