#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/streaming_band.h"

namespace bellwether {

/// One row of a series with what was forecast for it from the rows before.
struct ReplayedRow {
  double forecast = 0;           ///< the median, moved by the bias of late; NaN before the first forecast
  std::vector<BandEdges> bands;  ///< one a level; empty for such rows
};

/// What a series would have been forecast as, had each forecast been made when its time came.
struct ForecastReplay {
  std::vector<ReplayedRow> rows;     ///< of the series, then `every` rows that are still to come
  std::vector<double> coverage;      ///< share of the known rows inside the band of each level
  std::vector<double> unadapted;     ///< the same for the bands as each forecast gave them
  size_t judged = 0;                 ///< known rows that were forecast
  std::vector<std::string> notices;  ///< of the last forecast
};

/// Every `every` rows (at least 1), from the first one on that has twice as many before it and at least twelve, `every`
/// rows are forecast from those before; each outcome then adapts the bands of the rows after it
/// (StreamingForecastBand). So a row rests on the rows before it alone. The errors of FitForecast for a series without
/// any forecast.
[[nodiscard]] absl::StatusOr<ForecastReplay> ReplayForecasts(std::string_view method, const ForecastInput& input,
                                                             std::span<const double> levels, size_t every);

}  // namespace bellwether
