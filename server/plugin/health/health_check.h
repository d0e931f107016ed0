#pragma once

#include <string>

#include "server/base/time/cancellation.h"
#include "server/base/time/clock.h"
#include "server/plugin/request/plugin_context.h"
#include "server/query/query_service.h"

namespace bellwether {

/// What "Save & test" shows.
struct HealthReport {
  bool ok = false;
  std::string message;       ///< a sentence: what was checked, or what failed and what to do next
  std::string details_json;  ///< an object with version, sources and, on failure, verboseMessage
};

/// Checks the settings of `context` and runs one small query (an hour of a demo series, or of this machine's own
/// metrics when the demo is switched off) through `queries`, exactly as a panel would.
[[nodiscard]] HealthReport CheckHealth(const QueryService& queries, const PluginContext& context, const Clock& clock,
                                       const std::string& version, const Cancellation& cancellation);

}  // namespace bellwether
