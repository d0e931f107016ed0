#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"

namespace bellwether {

/// Which way a significant trend goes.
enum class TrendDirection { kUp, kDown, kNone };

[[nodiscard]] std::string_view TrendDirectionName(TrendDirection direction);  ///< "up", "down", "none"

/// The straight tendency of a series.
struct Trend {
  double slope = 0;        ///< per step (Theil–Sen)
  double slope_lower = 0;  ///< 95 % interval of the slope: those that the test does not refuse
  double slope_upper = 0;
  double intercept = 0;                              ///< value of the line at step 0
  double p_value = 1;                                ///< Mann–Kendall, corrected for autocorrelation
  double tau = 0;                                    ///< Kendall's rank correlation with time, -1 to 1
  double r_squared = 0;                              ///< share of variance the line explains, 0 to 1
  TrendDirection direction = TrendDirection::kNone;  ///< kNone when p_value >= 0.05
  size_t points = 0;                                 ///< values that were not missing
};

/// Theil–Sen slope (Sen 1968) with its interval, and the Mann–Kendall test (Mann 1945, Kendall 1975) corrected for
/// autocorrelation. Evenly spaced values, NaN = missing. INVALID_ARGUMENT (downstream) for fewer than 3 values.
[[nodiscard]] absl::StatusOr<Trend> EstimateTrend(std::span<const double> values);

}  // namespace bellwether
