#include "server/analytics/anomaly/verdict_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bellwether {

Verdict MissingVerdict() {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  return {.expected = kUnknown, .lower = kUnknown, .upper = kUnknown};
}

bool DeviationCounts(double value, double expected, const DetectorOptions& options) {
  if (std::isnan(expected)) {
    return true;
  }
  const double deviation = value - expected;
  if ((options.direction == Direction::kUp && deviation < 0) ||
      (options.direction == Direction::kDown && deviation > 0)) {
    return false;
  }
  return std::abs(deviation) >= options.min_deviation_absolute &&
         std::abs(deviation) >= options.min_deviation_relative * std::abs(expected);
}

}  // namespace bellwether
