#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/distribution.h"
#include "server/analytics/forecast/error_growth.h"
#include "server/analytics/forecast/past_errors.h"

namespace bellwether {

/// How heavy the tails of the errors of each step are, as the reciprocal of the degrees of freedom of a Student's t law
/// that is as heavy (0 = normal): those of the innovations, by the ratio of their mean size to their deviation (Geary
/// 1935, "The ratio of the mean deviation to the standard deviation as a test of normality"), drawn towards those that
/// metrics usually have, and the less the more innovations add up to an error.
[[nodiscard]] std::vector<double> TailsOf(const ErrorGrowth& growth, size_t horizon);

/// The quantile at a normal quantile (its square is given) of a Student's t law of unit variance, divided by the normal
/// one; `tail` as TailsOf has it.
[[nodiscard]] double TailStretch(double square, double tail);

/// The quantiles of errors divided by their scales, as a shape that is the normal law where `tails` tell all: the
/// observed ones, half symmetric and half as skewed as the errors were, blended with those of the tails, which count
/// the more the fewer of the `independent` errors lie beyond a quantile. The more certain it is that the errors are
/// skewed, the less of the symmetric half is left, and the normal law gives way to a gamma law of that skewness.
[[nodiscard]] QuantileShape ShapeOf(const PastErrors& past, std::span<const double> weights,
                                    std::span<const double> scales, std::span<const double> tails, double independent);

}  // namespace bellwether
