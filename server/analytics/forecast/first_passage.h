#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// How the errors of one forecast hang together over its steps. On a normal scale the error of a step is the sum of a
/// part that persists and one of its own. Independent errors have no part that persists; those of a random walk have no
/// other, and it is remembered the better the farther ahead.
struct ErrorDependence {
  /// The share of the variance that the persistent part has at each step, 0 to 1; the last one goes on.
  std::vector<double> persistent = {0.8};
  /// The correlation of that part with itself one step later, 0 to 1; the last one goes on.
  std::vector<double> memory = {0.95};
};

/// For each step the probability that a threshold was reached at it or before, from the probability of being beyond it
/// at each single step: the first passage of the error process, followed without chance on a grid of 81 states of its
/// persistent part (as Tauchen 1986, "Finite state Markov-chain approximations to univariate and vector
/// autoregressions", over steps long enough for it to move by more than a state). Never falls; lies between the
/// probability of the likeliest step and the sum over the steps, which hold for every dependence. O(steps).
[[nodiscard]] std::vector<double> FirstPassage(std::span<const double> at_step, const ErrorDependence& dependence);

}  // namespace bellwether
