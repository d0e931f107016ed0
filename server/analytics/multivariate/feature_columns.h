#pragma once

#include <cstddef>
#include <span>

namespace bellwether {

/// Aligned features, one column each: row i of feature f is values[f * rows + i]. A row is one moment of one thing (a
/// host, a service); NaN = that feature is missing there. Borrowed: the numbers must outlive the view.
struct FeatureColumns {
  std::span<const double> values;  ///< rows * features numbers
  size_t rows = 0;
  size_t features = 0;

  [[nodiscard]] std::span<const double> Column(size_t feature) const { return values.subspan(feature * rows, rows); }
};

}  // namespace bellwether
