#pragma once

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// Reads the options of the analysis `changepoints`. BadQueryError names the member and what it may hold.
[[nodiscard]] absl::Status ReadChangepoints(const nlohmann::json& object, ChangepointSpec& spec);

}  // namespace bellwether
