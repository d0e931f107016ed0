#pragma once

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace bellwether {

/// Brings a saved query of any released contract version up to the present one, in place. A query without a version is
/// one of version 1. BadQueryError for a version from the future or one that is no whole number.
[[nodiscard]] absl::Status MigrateQuery(nlohmann::json& query);

}  // namespace bellwether
