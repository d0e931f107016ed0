#pragma once

#include <span>
#include <vector>

namespace bellwether {

/// Bounds of a slope.
struct SlopeInterval {
  double lower = 0;
  double upper = 0;
};

/// The slope through points and how sure it is, by the slopes of all pairs (Theil 1950; Sen 1968, "Estimates of the
/// regression coefficient based on Kendall's tau").
///
/// A slope b has as many slopes below it as y - b x has inversions, so each guess is rated by one merge sort
/// (Dillencourt, Mount, Netanyahu 1992, "A randomized algorithm for slope selection"); the guesses start from a sample
/// of pairs and close in by the Illinois rule. O(n log n) a guess, about six guesses. Deterministic.
class TheilSen {
 public:
  /// `x` ascending, all different; both of one size, at least 2, kept while this is; no NaN.
  TheilSen(std::span<const double> x, std::span<const double> y);

  /// The median of the slopes: for up to 48 points exactly, beyond up to a millionth of the pairs in rank.
  [[nodiscard]] double slope() const { return slope_; }

  /// The slopes b at which Kendall's score of y - b x is `score` and its negative: where `score` is what a test at 5 %
  /// asks for, the 95 % interval. For up to 48 points exactly, beyond to about a fiftieth of its width. A score that
  /// no pairs come up to gives the flattest and the steepest slope there are, none above 0 the slope itself.
  [[nodiscard]] SlopeInterval Interval(double score) const;

 private:
  void Search();

  std::span<const double> x_;
  std::span<const double> y_;
  std::vector<double> slopes_;  ///< ascending; of few points
  double slope_ = 0;
  double steepness_ = 0;  ///< by which the balance of steeper over flatter pairs falls around the slope; 0 = not known
};

}  // namespace bellwether
