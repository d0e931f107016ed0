#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// The straight tendency of every series over the panel's range. Overlay: the measured value and the line; rows: the
/// numbers behind it; last and alert rules: the slope per day of each label set as one number.
[[nodiscard]] absl::StatusOr<std::vector<Frame>> AnswerTrend(const AnswerContext& context);

}  // namespace bellwether
