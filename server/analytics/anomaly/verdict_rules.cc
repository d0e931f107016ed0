#include "server/analytics/anomaly/verdict_rules.h"

#include <cmath>
#include <limits>

namespace bellwether {

Verdict MissingVerdict() {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  return {.expected = kUnknown, .lower = kUnknown, .upper = kUnknown};
}

bool DeviationCounts(double value, double expected, const DetectorOptions& options) {
  return DeviationCounts(value, expected,
                         DeviationRule{.direction = options.direction,
                                       .min_absolute = options.min_deviation_absolute,
                                       .min_relative = options.min_deviation_relative});
}

bool DeviationCounts(double value, double expected, const DeviationRule& rule) {
  if (std::isnan(expected)) {
    return true;
  }
  const double deviation = value - expected;
  if ((rule.direction == Direction::kUp && deviation < 0) || (rule.direction == Direction::kDown && deviation > 0)) {
    return false;
  }
  return std::abs(deviation) >= rule.min_absolute && std::abs(deviation) >= rule.min_relative * std::abs(expected);
}

}  // namespace bellwether
