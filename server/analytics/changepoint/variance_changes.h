#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// A place where the spread of noise changes for a while.
struct VarianceChange {
  size_t place = 0;   ///< of the first value after it
  double before = 0;  ///< standard deviation
  double after = 0;
  double gain = 0;  ///< in -2 log likelihood, of the change over none at its place
};

/// The cut of independent numbers (no NaN) into stretches of constant variance that costs least: -2 log likelihood of
/// normal numbers and a price of three log n for each change, the exact minimum by optimal partitioning (Jackson et al.
/// 2005, "An algorithm for optimal partitioning of data on an interval"). Numbers far out of the spread around them are
/// drawn in first, so that wild ones do not make a stretch of their own. O(n^2).
[[nodiscard]] std::vector<VarianceChange> FindVarianceChanges(std::span<const double> numbers);

}  // namespace bellwether
