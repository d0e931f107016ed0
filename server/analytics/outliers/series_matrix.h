#pragma once

#include <cstddef>
#include <span>

namespace bellwether {

/// Aligned series of a group: the value of series s at time t is values[s * points + t]. NaN = missing. Borrowed: the
/// numbers must outlive the view.
struct SeriesMatrix {
  std::span<const double> values;  ///< series * points numbers
  size_t series = 0;
  size_t points = 0;

  [[nodiscard]] std::span<const double> Row(size_t s) const { return values.subspan(s * points, points); }
};

}  // namespace bellwether
