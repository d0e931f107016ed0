#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// How the errors of one forecast hang together over its steps. On a normal scale the error of a step is the sum of a
/// part that persists, with a correlation of `memory` from each step to the next, and one of its own; `persistent` is
/// the former's share of the variance. Independent errors have a share of 0; those of a random walk have nearly 1, with
/// a memory of nearly 1.
struct ErrorDependence {
  double persistent = 0.8;
  double memory = 0.95;
};

/// Learns the dependence from the errors of past forecasts: errors[o * horizon + h] is that of step h of forecast o,
/// NaN where it was not observed. Their correlation one step apart and far apart (an eighth of the horizon), each step
/// by its own scale, both about zero: a forecast that is wrong all along has errors that hang together. The defaults
/// where there are fewer than 8 pairs.
[[nodiscard]] ErrorDependence EstimateErrorDependence(std::span<const double> errors, size_t horizon);

/// For each step the probability that a threshold was reached at it or before, from the probability of being beyond it
/// at each single step: the first passage of the error process, followed without chance along a chain of 65 states
/// (Rouwenhorst 1995, "Asset pricing implications of equilibrium business cycle models", which keeps the variance and
/// the correlation of an autoregression however long its memory). Never falls; lies between the probability of the
/// likeliest step and the sum over the steps, which hold for every dependence. O(steps).
[[nodiscard]] std::vector<double> FirstPassage(std::span<const double> at_step, const ErrorDependence& dependence);

}  // namespace bellwether
