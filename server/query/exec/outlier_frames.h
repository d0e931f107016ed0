#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// Finds the series that are unlike their peers, the series of one metric being a group, and puts them into the frames
/// of the form asked for: overlay (the group's median and band, its series in grey, outlying ones in colour with points
/// while they are outliers), rows (one stretch a row, latest first), last (the latest score of each series),
/// annotations, or for alert rules one dense series of 0 and 1 per label set. INVALID_ARGUMENT for a form that this
/// analysis has not, and for a window that the history cannot fill.
[[nodiscard]] absl::StatusOr<std::vector<Frame>> AnswerOutliers(const AnswerContext& context);

}  // namespace bellwether
