#pragma once

#include <span>

namespace bellwether {

/// The median of the slopes of all pairs of points (Theil 1950, Sen 1968): for up to 48 points exactly, beyond up to a
/// millionth of the pairs in rank. `x` ascending, all different; both of one size, at least 2; no NaN.
///
/// A slope b has as many slopes below it as y - b x has inversions, so each guess is rated by one merge sort
/// (Dillencourt, Mount, Netanyahu 1992, "A randomized algorithm for slope selection"); the guesses start from a sample
/// of pairs and close in by the Illinois rule. O(n log n) a guess, about six guesses. Deterministic.
[[nodiscard]] double TheilSenSlope(std::span<const double> x, std::span<const double> y);

}  // namespace bellwether
