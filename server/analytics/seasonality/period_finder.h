#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bellwether {

/// A period found in a series.
struct Period {
  size_t steps = 0;     ///< length in steps, at least 2
  double strength = 0;  ///< 0 to 1: the share of the detrended variance that repeats with this period
};

/// What a search for periods is told beforehand.
struct PeriodOptions {
  size_t max_periods = 3;
  /// Step of the series in nanoseconds, 0 = unknown. Where it is known, calendar periods (day, week) are tried first.
  int64_t step_ns = 0;
};

/// With fewer values, or values in less than half of the rows, no period is found.
inline constexpr size_t kLeastPeriodValues = 16;

/// Finds the periods of `values` (evenly spaced, NaN = missing), strongest first, no multiples or harmonics of one
/// another; empty for noise and random walks. O(n log n).
[[nodiscard]] std::vector<Period> FindPeriods(std::span<const double> values, const PeriodOptions& options = {});

}  // namespace bellwether
