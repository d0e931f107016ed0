#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/time/cancellation.h"
#include "server/connectors/connector.h"
#include "server/frame/frame.h"
#include "server/query/exec/model_plan.h"
#include "server/query/query_service.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// The series as they are: the points themselves where the panel can draw them all, bucket means at the panel's step
/// where there are more (or at the query's own interval). One wide frame where all series share their times, one frame
/// a series otherwise.
[[nodiscard]] absl::StatusOr<std::vector<Frame>> AnswerRaw(const QuerySpec& spec, const QueryRequest& request,
                                                           const Connector& connector, absl::Time now,
                                                           const QueryLimits& limits, const Cancellation& cancellation);

}  // namespace bellwether
