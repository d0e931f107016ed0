#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/forecaster.h"

namespace bellwether {

/// What the reliability of a forecast is judged by.
struct ReliabilityFacts {
  double error = 0;         ///< mean absolute error on the history
  double naive_error = 0;   ///< that of carrying the last value on
  double level = 0;         ///< of the widest band; 0 = there is none, or no history to try it on
  double coverage = 0;      ///< share of the held-out history inside it
  double seasons_seen = 0;  ///< longest seasons in the history; 0 = no season
  double gap_share = 0;     ///< share of the history that is missing
  size_t horizon = 0;       ///< asked for
  size_t tried = 0;         ///< tried on the history; 0 = none
  double width = 0;         ///< of the widest band on average, in widths of the history's own 90 % range
};

/// The facts with what each does to the reliability, worst first. Those that take nothing away are left out, except for
/// skill.
[[nodiscard]] std::vector<ReliabilityReason> JudgeReliability(const ReliabilityFacts& facts);

/// The product of the factors.
[[nodiscard]] double ReliabilityOf(std::span<const ReliabilityReason> reasons);

/// The share (0 to 1) of the variance of `values` that their mean profile of `season` steps explains, adjusted for the
/// number of its phases. O(n).
[[nodiscard]] double SeasonStrength(std::span<const double> values, size_t season);

}  // namespace bellwether
