#include "server/analytics/anomaly/severity.h"

#include <algorithm>
#include <cstddef>

namespace bellwether {
namespace {

constexpr double kFullRelative = 1;       // a doubling
constexpr double kFullOfRange = 1.0 / 3;  // of a percentage
constexpr double kLeastWeight = 1.0 / 3;
constexpr double kFullWidths = 8;  // times the distance of the band's edge

double Unit(double share) { return std::isnan(share) ? 0.0 : std::clamp(share, 0.0, 1.0); }

}  // namespace

Severity GradeSeverity(const SeverityFacts& facts) {
  const double needed = std::max(facts.needed, 1.0);
  const double rarity = Unit(facts.surprise / needed - 1);
  const double width = facts.band_widths > 1 ? Unit(std::log2(facts.band_widths) / std::log2(kFullWidths)) : 0.0;
  // What is known to be small in the metric's own terms counts for a third; what is not known, in full.
  const double relative = std::isnan(facts.relative) ? 1.0 : Unit(facts.relative / kFullRelative);
  const double matters =
      std::isnan(facts.of_range) ? relative : std::sqrt(relative * Unit(facts.of_range / kFullOfRange));
  const double size = width * (kLeastWeight + (1 - kLeastWeight) * std::sqrt(matters));
  const double grade = 0.5 * (rarity + size);
  if (grade >= 0.7) {
    return Severity::kCritical;
  }
  return grade >= 0.45 ? Severity::kHigh : grade >= 0.2 ? Severity::kMedium : Severity::kLow;
}

SeverityFacts SizeOf(double value, double expected, double lower, double upper, double range) {
  SeverityFacts facts;
  if (!std::isfinite(value) || !std::isfinite(expected)) {
    return facts;
  }
  const double distance = std::abs(value - expected);
  const double edge = value > expected ? upper - expected : expected - lower;
  // Where the band has no width every distance is as far as can be.
  facts.band_widths = edge > 0 ? distance / edge : distance > 0 ? kFullWidths : 0.0;
  // A fall by half weighs as much as a doubling.
  const double fallen = value < expected && expected > 0 ? 2.0 : 1.0;
  facts.relative = distance > 0 ? fallen * distance / std::abs(expected) : 0.0;
  facts.of_range = std::isfinite(range) && range > 0 ? distance / range : std::numeric_limits<double>::quiet_NaN();
  return facts;
}

void GradeAgainstRange(std::span<const double> values, double range, int64_t step_ns, double false_alarms_per_week,
                       Detection& detection) {
  constexpr double kWeekNs = 7 * 86'400e9;
  if (!std::isfinite(range) || range <= 0 || step_ns <= 0) {
    return;
  }
  const double needed = std::log10(kWeekNs / static_cast<double>(step_ns) / false_alarms_per_week);
  for (size_t i = 0; i < values.size(); ++i) {
    if (detection.is_anomaly[i] != 0 && std::isfinite(values[i])) {
      SeverityFacts facts = SizeOf(values[i], detection.expected[i], detection.lower[i], detection.upper[i], range);
      facts.surprise = -std::log10(std::max(detection.p_value[i], 1e-300));
      facts.needed = needed;
      detection.severity[i] = GradeSeverity(facts);
    }
  }
  for (Incident& incident : detection.incidents) {
    if (incident.type == AnomalyType::kFlatline || incident.type == AnomalyType::kVarianceChange ||
        incident.type == AnomalyType::kSeasonBreak) {
      continue;  // as large as its evidence, not as the distance of a row
    }
    const auto first = detection.severity.begin() + static_cast<std::ptrdiff_t>(incident.first);
    const auto last = detection.severity.begin() + static_cast<std::ptrdiff_t>(incident.last) + 1;
    incident.severity = *std::max_element(first, last);
  }
}

}  // namespace bellwether
