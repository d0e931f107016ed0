#pragma once

#include <cmath>

namespace bellwether {

/// Natural logarithm of the gamma function of x > 0. Unlike std::lgamma it writes no global sign, so that threads may
/// call it side by side.
[[nodiscard]] inline double LogGamma(double x) {
  int sign = 1;
  return ::lgamma_r(x, &sign);
}

}  // namespace bellwether
