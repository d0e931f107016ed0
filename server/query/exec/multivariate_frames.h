#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// Finds the times at which series are unusual together, the series with the same labels being a group, and puts them
/// into the frames of the form asked for: overlay (the series, with points on those that carry an incident; shaded
/// stretches with what happened and what to do first), rows (one incident a row, latest first), last (the latest score
/// of each group), annotations, or for alert rules one dense series of 0 and 1 per group. INVALID_ARGUMENT for a form
/// that this analysis has not, and for what GroupFeatures refuses.
[[nodiscard]] absl::StatusOr<std::vector<Frame>> AnswerMultivariate(const AnswerContext& context);

}  // namespace bellwether
