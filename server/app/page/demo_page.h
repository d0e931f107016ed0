#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/time/clock.h"
#include "server/query/query_service.h"

namespace bellwether {

/// Writes one HTML document (no network, light and dark, hover) that draws what `service` answers to a set of queries
/// on the demo source and this host: the same queries and the same frames that Grafana gets. `progress` is told each
/// panel's title before it is asked for. An error names the panel that failed.
[[nodiscard]] absl::StatusOr<std::string> BuildDemoPage(const QueryService& service, const Clock& clock,
                                                        std::string_view version,
                                                        const std::function<void(std::string_view)>& progress);

}  // namespace bellwether
