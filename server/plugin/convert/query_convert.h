#pragma once

#include "proto/pluginv2/backend.pb.h"
#include "server/plugin/request/query_batch.h"

namespace bellwether {

/// The batch, with `from_alert` of every query set from the headers.
[[nodiscard]] QueryBatch FromProto(const pluginv2::QueryDataRequest& proto);

/// The inverse; for clients and tests. `from_alert` has no field of its own, it follows from the headers.
void ToProto(const QueryBatch& batch, pluginv2::QueryDataRequest& proto);

/// Moves the answers' frames into `proto`. Error texts are made valid UTF-8, without which the host would refuse the
/// whole answer.
void ToProto(BatchAnswer answer, pluginv2::QueryDataResponse& proto);

/// The inverse; for clients and tests.
[[nodiscard]] BatchAnswer FromProto(const pluginv2::QueryDataResponse& proto);

}  // namespace bellwether
