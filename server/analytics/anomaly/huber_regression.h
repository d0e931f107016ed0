#pragma once

#include <span>

namespace bellwether {

/// Where Huber's loss turns from square to linear, in units of the usual deviation.
inline constexpr double kHuberEdge = 1.5;

/// Huber's loss of a deviation (1964, "Robust estimation of a location parameter").
[[nodiscard]] inline double HuberLoss(double deviation) {
  const double magnitude = deviation < 0 ? -deviation : deviation;
  const double inner = magnitude < kHuberEdge ? magnitude : kHuberEdge;
  return inner * (magnitude - 0.5 * inner);
}

/// y = level * constant + slope * x + left, with the least sum of Huber's loss over what is left.
struct HuberLine {
  double level = 0;
  double slope = 0;
  double cost = 0;  ///< the sum of the losses
};

/// Fits such a line by reweighted least squares (the loss is convex: a few rounds from anywhere come close); slope is 0
/// where x says nothing that the constant does not. All columns have one length; `left` receives what is left. All
/// numbers must be of moderate size. O(rows), vector code.
[[nodiscard]] HuberLine FitHuberLine(std::span<const double> y, std::span<const double> constant,
                                     std::span<const double> x, std::span<double> left);

}  // namespace bellwether
