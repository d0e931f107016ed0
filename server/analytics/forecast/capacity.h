#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/forecaster.h"

namespace bellwether {

/// What is asked of a quantity that fills up (or runs out).
struct CapacityQuestion {
  double capacity = 0;  ///< in the unit of the series
  CrossingSide side = CrossingSide::kAbove;
  double level = 0.95;    ///< of the interval, above 0 and below 1
  size_t look_ahead = 0;  ///< steps within which an answer is of use; at least the horizon of the forecast counts
};

/// How the level of a series drifts: a random walk with drift, both learned from means over blocks.
struct Drift {
  double per_step = 0;
  double error = 0;       ///< standard error of per_step
  double variance = 0;    ///< of the walk per step, long-run
  size_t blocks = 0;      ///< increments that it rests on
  bool is_known = false;  ///< false where the history holds fewer than 5 blocks
};

/// A slope that began not long ago and lasts to the end of the history.
struct LateSlope {
  size_t rows = 0;             ///< since it began
  double per_step = 0;         ///< rise
  double error = 0;            ///< standard error of per_step
  double level = 0;            ///< of its line at the end of the history
  double chance = 0;           ///< that it is there and goes on
  std::optional<double> time;  ///< steps until the capacity is reached if it goes on; empty where it never is
};

/// The time until a series reaches its capacity, in steps from now. A time is empty where it lies beyond the
/// look-ahead.
struct TimeToCapacity {
  bool reached_already = false;    ///< the last value is at or beyond the capacity
  std::optional<double> earliest;  ///< lower end of the interval
  std::optional<double> median;    ///< as likely before as after
  std::optional<double> latest;    ///< upper end of the interval
  double probability = 0;          ///< of reaching it within the look-ahead
  bool rests_on_drift = false;     ///< the look-ahead is longer than the forecast, whose end the drift carries on
  Drift drift;
  std::optional<LateSlope> late;  ///< what the drift of the whole history does not know
};

/// Learns the drift of `values` (evenly spaced, NaN = missing) from the changes between means of blocks of whole
/// seasons (`season` in steps, 0 or 1 = none). The variance is the long-run one (Newey and West 1987, "A simple,
/// positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix"), so the noise around a
/// straight line does not count as a walk; one or two jumps are cut back, since a clean-up is no drift. O(n).
[[nodiscard]] Drift EstimateDrift(std::span<const double> values, size_t season);

/// The time until `history` reaches its capacity. Within the horizon of `forecast` its own first-passage probability
/// counts. Beyond, its last season is lifted along the drift: the first passage of a Brownian motion with drift (the
/// inverse Gaussian law; Schrödinger 1915), averaged over the level at the end of the forecast and over the error of
/// the drift. Where the last change of the history is one of its slope (FindChangePoints), all this is mixed with the
/// line of that slope, by the chance that it goes on: that of being there, times ChanceToLast. INVALID_ARGUMENT
/// (downstream) when the capacity is not finite or the level not between 0 and 1.
[[nodiscard]] absl::StatusOr<TimeToCapacity> ForecastCapacity(const Forecast& forecast, std::span<const double> history,
                                                              const CapacityQuestion& question);

}  // namespace bellwether
