#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bellwether {

/// How the pairs (i < j) of a series compare: what Kendall's statistics are made of.
struct PairCounts {
  int64_t rising = 0;
  int64_t falling = 0;
  int64_t tied = 0;
  double score_variance = 0;  ///< of Score() for independent values, corrected for ties

  [[nodiscard]] int64_t Score() const { return rising - falling; }  ///< Mann–Kendall's S
  [[nodiscard]] double Tau() const;                                 ///< Kendall's tau-b with time, -1 to 1
  [[nodiscard]] double ZValue() const;  ///< S standardised, with continuity correction; 0 for a constant
};

/// Counts by merging (Knight 1966, "A computer method for calculating Kendall's tau with ungrouped data"). O(n log n).
/// No value may be NaN.
[[nodiscard]] PairCounts CountPairs(std::span<const double> values);

/// The same without allocating: `values` are sorted, `scratch`, of the same size, is used up.
[[nodiscard]] PairCounts CountPairsInPlace(std::span<double> values, std::span<double> scratch);

}  // namespace bellwether
