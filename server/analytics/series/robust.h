#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Quantile `q` in [0, 1] of the values, with linear interpolation; reorders them. NaN for no values. O(n).
[[nodiscard]] double QuantileInPlace(std::span<double> values, double q);

/// Median of the values that are not NaN; NaN when there is none. O(n).
[[nodiscard]] double Median(std::span<const double> values);

/// Median absolute distance of the values (NaN skipped) from `centre`, times 1.4826 so that it estimates the standard
/// deviation of a normal sample. 0 when more than half of the values are equal; NaN for no values. O(n).
[[nodiscard]] double ScaledMad(std::span<const double> values, double centre);

/// As ScaledMad, and where that is 0 (more than half of the values are equal) the mean absolute distance times 1.2533;
/// 0 only for a constant.
[[nodiscard]] double RobustScale(std::span<const double> values, double centre);

/// A series made fit for arithmetic: infinite values are missing, the rest is divided by a power of two so that the
/// largest magnitude is at most 1 (2 past 2^1023, the largest power there is). The division is exact, and squares and
/// sums can neither overflow nor all underflow.
struct NormalizedSeries {
  std::vector<double> values;  ///< NaN = missing
  double unit = 1;             ///< value in the series' own unit = values[i] * unit
  size_t present = 0;          ///< values that are not missing
};
[[nodiscard]] NormalizedSeries Normalize(std::span<const double> values);

/// Replaces NaN by linear interpolation, at the ends by the nearest value. All NaN becomes all 0.
void FillGaps(std::span<double> values);

}  // namespace bellwether
