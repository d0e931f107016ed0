#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// Forecasts every series from the end of the panel's range (at the latest from now) over the query's horizon. Overlay:
/// measured value, dashed forecast, one band a level, nested, the threshold and on request the probabilities of having
/// reached it and of being beyond it at each time. Rows: the forecast at the end of the horizon, threshold and
/// capacity, and all of it in words. Last and alert rules: what the query's `alert` names, for rules as one dense
/// series per label set whose last value is the one at now + horizon. A series that cannot be forecast is said in a
/// notice; the answer fails only when none can.
[[nodiscard]] absl::StatusOr<std::vector<Frame>> AnswerForecast(const AnswerContext& context);

}  // namespace bellwether
