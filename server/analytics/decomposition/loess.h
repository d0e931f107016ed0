#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Smooths evenly spaced values by locally weighted straight lines over `window` neighbours (odd, at least 3; more than
/// there are values widen the weights) with tricube weights: loess of Cleveland 1979, "Robust locally weighted
/// regression and smoothing scatterplots". Where all values count alike, smoothing a series of one length is a fixed
/// linear map: its rows are made once and used for every series; all in the middle are the same.
class LoessSmoother {
 public:
  /// For series of `size` values, at least 1; the smooth goes on for `beyond` places before the first and after the
  /// last.
  LoessSmoother(size_t size, size_t window, size_t beyond);

  /// Writes size + 2 * beyond places. `weights` (empty = all 1) multiplies those of the values: 0 leaves a value out,
  /// which may then be NaN. Where no value counts the smooth is NaN.
  void Smooth(std::span<const double> values, std::span<const double> weights, std::span<double> smooth) const;

 private:
  struct Neighbours {
    size_t left = 0;
    double at = 0;          ///< the place, in rows
    double half_width = 1;  ///< of the weights
  };
  [[nodiscard]] Neighbours Around(size_t place) const;
  [[nodiscard]] size_t Places() const { return size_ + 2 * beyond_; }

  size_t size_;
  size_t window_;
  size_t beyond_;
  size_t used_;              ///< neighbours a line is drawn through
  size_t middle_begin_ = 0;  ///< places [begin, end) share the middle kernel
  size_t middle_end_ = 0;
  std::vector<double> middle_;  ///< used_ weights
  std::vector<double> rows_;    ///< used_ weights for each place before the middle, or for all where there is none
};

}  // namespace bellwether
