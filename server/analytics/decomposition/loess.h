#pragma once

#include <cstddef>
#include <span>

namespace bellwether {

/// Smooths evenly spaced values by locally weighted straight lines over `window` neighbours (odd, at least 3; more than
/// there are values widen the weights) with tricube weights: loess of Cleveland 1979, "Robust locally weighted
/// regression and smoothing scatterplots". Where all values count alike the middle of the series is one fixed kernel, a
/// convolution. `weights` (empty = all 1) multiplies those of the values: 0 leaves a value out, which may then be NaN.
/// `smooth` is as long as `values` plus `beyond` places before the first and after the last value. Where no value
/// counts it holds NaN.
void SmoothLoess(std::span<const double> values, std::span<const double> weights, size_t window, size_t beyond,
                 std::span<double> smooth);

}  // namespace bellwether
