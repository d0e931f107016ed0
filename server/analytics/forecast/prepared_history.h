#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/distribution.h"
#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/forecaster.h"

namespace bellwether {

/// A history in the form that members take, and what it takes to go back.
struct PreparedHistory {
  std::vector<double> values;   ///< normalised, without gaps: magnitudes at most 1 (2 at the edge of double)
  std::vector<bool> is_filled;  ///< which of them fill a gap; empty = none
  double unit = 1;              ///< value in the unit of the series = values[i] * unit
  double gap_share = 0;         ///< of the values: missing
  size_t lag = 0;               ///< steps from the last of the values to the end of the history: missing there
  ValueRange range;
  MemberSetting setting;
  std::shared_ptr<const ErrorPool> pool;  ///< may be null
  std::vector<std::string> notices;       ///< what was left out or filled
};

/// Makes a history fit for forecasting: infinite values and single giants count as missing, what lies before the first
/// value is left out, what is missing at the end is left to the forecast, gaps are filled, seasons chosen, and the
/// newest 4,096 values kept, or four long seasons. What was never negative is taken to stay so. INVALID_ARGUMENT
/// (downstream) for fewer than 3 values.
[[nodiscard]] absl::StatusOr<PreparedHistory> PrepareHistory(const ForecastInput& input);

/// Takes out (as NaN) values so far from the others that they can only be errors: more than 50 times as far from the
/// median as 98 % of them, and no more than one in 200. How many there were. O(n).
size_t TakeOutGiants(std::vector<double>& values);

}  // namespace bellwether
