#pragma once

#include <string>
#include <vector>

#include "server/query/exec/answer_context.h"
#include "server/query/exec/forecast_analysis.h"

namespace bellwether {

/// The facts of a forecast answer for the frame's meta.custom: horizon and interval, and for each series the method,
/// reliability with its reasons, coverage, patterns, members, what makes it uncertain, threshold, capacity, effects and
/// all of it in words (`text`). Of more than 100 series the first 100, and how many were left out.
[[nodiscard]] std::string ForecastSummaryJson(const AnswerContext& context,
                                              const std::vector<SeriesForecast>& forecasts);

}  // namespace bellwether
