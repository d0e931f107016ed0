#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "server/analytics/trend/trend.h"

namespace bellwether {

/// The trend of a series as a whole and of late, and what it has been worth.
struct TrendOutlook {
  Trend whole;
  Trend recent;             ///< of the last quarter of the series, at least 10 points of it
  size_t recent_steps = 0;  ///< that `recent` was taken over; its intercept is the value at the first of these
  double strength = 0;      ///< 0 to 1: 1 - variance about a moving mean over a tenth / variance of the series
  /// Growth of the whole trend a step as a share of the median of the series' magnitude; none where that is 0.
  std::optional<double> growth;
  /// That the mean of the next `horizon` steps lies further in the direction of the recent line than the mean of the
  /// last ones: how often it did on rolling origins, drawn to one half as two origins would that went either way.
  double continuation = 0.5;
  size_t horizon = 0;  ///< steps, an eighth of the series
  size_t origins = 0;  ///< that `continuation` rests on, a quarter of the horizon apart; they overlap
};

/// Estimates all of it. Evenly spaced values, NaN = missing. INVALID_ARGUMENT (downstream) for fewer than 3 values;
/// with fewer than 24 steps the recent trend is the whole one and nothing is known of its continuation.
[[nodiscard]] absl::StatusOr<TrendOutlook> EstimateTrendOutlook(std::span<const double> values);

}  // namespace bellwether
