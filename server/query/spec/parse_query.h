#pragma once

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// Reads a saved query. Unknown keys are ignored (Grafana adds its own); a wrong type or an unknown value is an
/// INVALID_ARGUMENT of downstream origin whose message names the field and the allowed values. Older versions of the
/// contract are upgraded first. `source_kinds` are the kinds this process has a connector for, in the order to list
/// them.
[[nodiscard]] absl::StatusOr<QuerySpec> ParseQuery(std::string_view json,
                                                   std::span<const std::string_view> source_kinds);

}  // namespace bellwether
