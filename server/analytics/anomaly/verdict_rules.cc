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

Severity SeverityOf(const Judgement& judgement, double value, const Verdict& verdict) {
  const double rarity = judgement.surprise / std::max(judgement.threshold, 1.0);
  double size = 0;
  if (!std::isnan(verdict.expected)) {
    const double edge = value > verdict.expected ? verdict.upper - verdict.expected : verdict.expected - verdict.lower;
    const double distance = std::abs(value - verdict.expected);
    size = edge > 0 ? distance / edge : (distance > 0 ? 4.0 : 0.0);
  }
  // One step for each: rarer than asked for by half and by twice, larger than the band by twice and by four times.
  const int steps = (rarity >= 1.5) + (rarity >= 2) + (size >= 2) + (size >= 4);
  if (steps >= 4) {
    return Severity::kCritical;
  }
  return steps == 3 ? Severity::kHigh : steps >= 1 ? Severity::kMedium : Severity::kLow;
}

}  // namespace bellwether
