#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"
#include "server/query/exec/forecast_analysis.h"

namespace bellwether {

/// A level for the name of a field: "95" for 0.95.
[[nodiscard]] std::string LevelText(double level);

/// A table of one series a row: the forecast at the end of the horizon with its widest band, when the threshold is
/// reached and how likely, the time left until the capacity with its interval, reliability, method and all in words.
[[nodiscard]] Frame ForecastRowsFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts);

/// One number a series, for stat panels and gauges: what the query's `alert` names.
[[nodiscard]] Frame ForecastLastFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts);

/// The same for alert rules: one dense series per label set at the ends of the steps ahead, whose last value is the one
/// at now + horizon; of the time left one row. A capacity that is not reached within the look-ahead has the seconds of
/// the look-ahead left.
[[nodiscard]] Frame ForecastAlertFrame(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts,
                                       size_t horizon);

}  // namespace bellwether
