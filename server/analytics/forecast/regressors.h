#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace bellwether {

/// Something that may explain a series, on the same steps.
struct Regressor {
  std::string name;
  std::span<const double> past;    ///< as long as the series; NaN = missing
  std::span<const double> future;  ///< what is known of the steps ahead, may be shorter than the horizon or empty
  int group = 0;                   ///< those of one group (above 0) are used together or not at all, as weekdays are
  bool is_in_method = false;       ///< the forecast follows it by itself: its effect is told, but not taken out
};

/// What to do with a regressor over the steps ahead for which nothing is known of it.
enum class UnknownFuture {
  kHold,     ///< its last value goes on
  kLeaveOut  ///< its effect is told, but the forecast does without it
};

/// What a regressor does to the series.
struct RegressorEffect {
  std::string name;
  double per_unit = 0;  ///< change of the series for one more of the regressor, all else equal
  double lower = 0;     ///< 95 % interval of per_unit
  double upper = 0;
  double p_value = 1;    ///< of no effect at all
  double share = 0;      ///< standard deviation of its contribution over that of the series, 0 and up
  bool is_used = false;  ///< the forecast follows it
  bool is_held = false;  ///< for at least one step ahead its last value is taken
  std::string note;      ///< why it is not used, or what was assumed; empty where there is nothing to say
};

/// A series with what its regressors explain taken apart.
struct ExplainedSeries {
  std::vector<double> past_part;  ///< what the used regressors that are in no method add to each past step (mean 0); 0
                                  ///< where one is missing
  std::vector<double> future_part;       ///< the same for each step ahead
  std::vector<RegressorEffect> effects;  ///< in the order of the regressors
  size_t rows = 0;                       ///< steps at which the series and every kept regressor have a value
};

/// Least squares of `values` (NaN = missing) on the regressors, beside a level, a straight trend and three waves for
/// each of the `seasons` (in steps; those longer than half the series are left out), after taking out the
/// autocorrelation of the residuals (Cochrane and Orcutt 1949, "Application of least squares regression to
/// relationships containing auto-correlated error terms"), with a trace of ridge against regressors that say the same.
/// Intervals by the covariance of Newey and West (1987, "A simple, positive semi-definite, heteroskedasticity and
/// autocorrelation consistent covariance matrix"). A regressor is used when its t value exceeds √2, where it lowers the
/// expected error, and a group when the root mean square of its t values does. One that never changes, or has too few
/// values beside those of the series, is left out with a note. INVALID_ARGUMENT (downstream) for more than 32
/// regressors. O(n · columns²).
[[nodiscard]] absl::StatusOr<ExplainedSeries> ExplainByRegressors(std::span<const double> values,
                                                                  std::span<const Regressor> regressors,
                                                                  std::span<const size_t> seasons, size_t horizon,
                                                                  UnknownFuture unknown);

}  // namespace bellwether
