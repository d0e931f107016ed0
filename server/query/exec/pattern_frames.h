#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// What repeats in every series, over the history up to the end of the panel's range: periods with their strength,
/// highest and lowest hours and weekdays with their size, and whether it is stable, trending, volatile or seasonal,
/// each with its number. Overlay: the value and its trend with its patterns as a dashed line; rows: one series a row;
/// last and alert rules: the share of its variation that the strongest pattern makes up.
[[nodiscard]] absl::StatusOr<std::vector<Frame>> AnswerPatterns(const AnswerContext& context);

}  // namespace bellwether
