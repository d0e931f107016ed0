#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "server/analytics/seasonality/period_finder.h"

namespace bellwether {

/// What a whole series, looked at from both sides, is expected to be.
struct BatchBaseline {
  std::vector<double> expected;  ///< one a row
  std::vector<double> season;    ///< the part of it that repeats, one a row
  std::vector<Period> periods;   ///< those taken out, strongest first
};

/// A slow level (medians of blocks, joined by straight lines) plus the medians of each phase of the periods found, at
/// most four. `filled` holds no NaN; `step_ns` is 0 where unknown. Long series are searched for long periods in means
/// of rows and for short ones in their newest part, so that the time hardly grows with the length. O(n).
[[nodiscard]] BatchBaseline FitBatchBaseline(std::span<const double> filled, int64_t step_ns);

}  // namespace bellwether
