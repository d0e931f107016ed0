#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// What the severity of an anomaly is judged by. Every member may be left out.
struct SeverityFacts {
  double surprise = 0;     ///< -log10 of its p-value
  double needed = 3;       ///< the surprise from which on the budget calls it an alarm
  double band_widths = 0;  ///< distance from what was expected over that of the band's edge on that side
  /// Distance from what was expected as a share of it; infinite where nothing was expected, NaN = not known.
  double relative = std::numeric_limits<double>::quiet_NaN();
  /// The same as a share of the metric's natural range, for percentages; NaN = it has none.
  double of_range = std::numeric_limits<double>::quiet_NaN();
};

/// How bad an anomaly is, from how rare it is and how large it is, half each; either alone reaches no more than high.
///
/// Rarity runs from 0 (just an alarm) to 1 (twice the surprise needed). Size runs from 0 (at the edge of the band) to 1
/// (eight times as far); it counts in full where the distance also matters in the metric's own terms (a doubling, or
/// half of what was expected gone; for percentages the geometric mean of that and of the share of a third of the range)
/// and for a third where the metric hardly moved. Their mean is critical from 0.7, high from 0.45, medium from 0.2,
/// else low. No member makes it less severe by growing, `needed` excepted.
[[nodiscard]] Severity GradeSeverity(const SeverityFacts& facts);

/// The size facts of `value` against what was expected of it; `range` is the width of the metric's natural range, NaN
/// or infinite = none.
[[nodiscard]] SeverityFacts SizeOf(double value, double expected, double lower, double upper,
                                   double range = std::numeric_limits<double>::quiet_NaN());

/// Grades the alarms of a percentage, or of another metric with a natural range of width `range`, against that range
/// too: severities of rows and of incidents. `step_ns` and the budget tell how rare an alarm has to be.
void GradeAgainstRange(std::span<const double> values, double range, int64_t step_ns, double false_alarms_per_week,
                       Detection& detection);

}  // namespace bellwether
