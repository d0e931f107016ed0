#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/analytics/forecast/forecast_replay.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/threshold_crossing.h"
#include "server/app/cli/series_table.h"

namespace bellwether {

/// What `forecast` is asked of each series, and so what its output holds.
struct ForecastQuestions {
  size_t horizon = 24;
  std::vector<double> levels = {0.95};  ///< ascending
  double threshold = std::numeric_limits<double>::quiet_NaN();
  double capacity = std::numeric_limits<double>::quiet_NaN();
  bool below = false;
  size_t look_ahead = 0;  ///< 0 = ten horizons
  bool stream = false;

  [[nodiscard]] CrossingSide side() const { return below ? CrossingSide::kBelow : CrossingSide::kAbove; }
};

/// "timestamp,forecast,lower,upper" and what else the questions add.
[[nodiscard]] std::string ForecastHeader(const ForecastQuestions& questions);

/// The rows that answer: one for each step ahead, or one that tells when the capacity is reached. Where an answer is
/// empty `remark` says why. OUT_OF_RANGE for steps beyond the years that nanoseconds hold.
absl::Status AppendForecast(const ForecastQuestions& questions, const TableSeries& series, const Forecast& forecast,
                            int64_t step_ns, std::string& rows, std::string& remark);

/// A row for each one of the series with what was forecast for it, then those to come.
absl::Status AppendReplay(const ForecastQuestions& questions, const TableSeries& series, const ForecastReplay& replay,
                          int64_t step_ns, std::string& rows);

/// Of a capacity that the last value has reached already: which option asks for the other side.
[[nodiscard]] std::string ReachedAlreadyAdvice(double capacity, bool below);

}  // namespace bellwether
