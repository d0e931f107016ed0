#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// Judges every series and puts the verdicts into the frames of the form asked for: overlay (value, expected, band,
/// points and what else `show` names), rows (one incident a row), severity (one text field a series), last (the latest
/// score of each series), annotations, or for alert rules one dense score series per label set.
[[nodiscard]] absl::StatusOr<std::vector<Frame>> AnswerAnomalies(const AnswerContext& context);

}  // namespace bellwether
