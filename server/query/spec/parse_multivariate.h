#pragma once

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// Reads the options of the analysis `multivariate`. BadQueryError names the member and what it may hold.
[[nodiscard]] absl::Status ReadMultivariate(const nlohmann::json& object, MultivariateSpec& spec);

}  // namespace bellwether
