#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// Where level, slope or scatter of every series changed for a while, found over whole histories aligned to the clock
/// (so that zooming changes no answer) and told within the panel's range. Overlay: the value, the level or line between
/// changes, and a point on each change; rows: one change a row, latest first; annotations: a mark each; last: how many.
/// Alert rules get, by bucket, 1 where a change lies (found online: where it was told) and 0 elsewhere.
[[nodiscard]] absl::StatusOr<std::vector<Frame>> AnswerChangepoints(const AnswerContext& context);

}  // namespace bellwether
