#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/trend/trend.h"

namespace bellwether {

/// What a series mainly is.
enum class Behaviour { kStable, kTrending, kVolatile, kSeasonal };

[[nodiscard]] std::string_view BehaviourName(Behaviour behaviour);  ///< "stable", "trending", "volatile", "seasonal"

/// A slot of a cycle (an hour of the day, a day of the week) that stands out.
struct Peak {
  size_t slot = 0;    ///< hour of the day 0 to 23 (UTC), or day of the week, 0 = Monday (UTC)
  double level = 0;   ///< median of the slot, in the unit of the series
  double size = 0;    ///< median of the slot less that of all slots, a moving mean over one cycle taken out
  double share = 0;   ///< 0 to 1: share of the cycles whose highest (for a low: lowest) slot is this one
  size_t cycles = 0;  ///< complete enough days or weeks that `share` rests on
};

/// A behaviour with the number it rests on.
struct BehaviourScore {
  Behaviour behaviour = Behaviour::kStable;
  bool holds = false;
  /// Seasonal: strength of the strongest period. Trending: R^2 of the line where the trend is significant, else 0.
  /// Volatile: robust deviation of the changes from step to step against the median magnitude, seasons left in.
  /// Stable: the middle 90 % of the values, as a width against the median magnitude.
  double number = 0;
  double limit = 0;  ///< holds from here on (stable: up to here)
};

/// The recurring and lasting traits of a series.
struct Patterns {
  std::vector<Period> periods;  ///< strongest first
  std::optional<Peak> peak_hour;
  std::optional<Peak> low_hour;
  std::optional<Peak> peak_weekday;
  std::optional<Peak> low_weekday;
  std::vector<BehaviourScore> scores;   ///< one of each behaviour
  Behaviour main = Behaviour::kStable;  ///< seasonal before trending before volatile; stable where none holds
};

/// Describes evenly spaced `values` (NaN = missing) that start at `start_unix_ns` and are `step_ns` (above 0) apart.
/// Hours are told for steps of up to an hour and at least three days, weekdays for steps of up to a day and at least
/// three weeks, and only where the slots, a moving mean over one cycle taken out, differ more than chance (Friedman
/// 1937, "The use of ranks to avoid the assumption of normality implicit in the analysis of variance", on the slot
/// means of each cycle, or the binomial tail of one slot leading its cycles; 0.1 %). No number is NaN or infinite. O(n
/// log n).
[[nodiscard]] Patterns DescribePatterns(std::span<const double> values, int64_t start_unix_ns, int64_t step_ns);

}  // namespace bellwether
