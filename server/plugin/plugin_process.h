#pragma once

#include <string>

#include "server/base/time/clock.h"
#include "server/plugin/handshake/plugin_environment.h"
#include "server/plugin/plugin_server.h"
#include "server/query/query_service.h"
#include "server/telemetry/log/logger.h"
#include "server/telemetry/metrics/metric_registry.h"

namespace bellwether {

/// Is the plugin: listens, tells the host where through the handshake on stdout, answers until the host says stop,
/// sends SIGTERM or dies, and cleans up. Returns the exit code: 0, or 1 when it could not start (the log says why).
/// Ends the process itself when calls do not stop within the drain time. `environment` is what ReadPluginEnvironment
/// found; its number of concurrent queries wins over that of `options`.
[[nodiscard]] int RunPlugin(const QueryService& queries, MetricRegistry& registry, Logger& logger, const Clock& clock,
                            const PluginEnvironment& environment, PluginServerOptions options);

/// The same server without a host, for development: listens on `address` (such as "127.0.0.1:50051" or "unix:/path"),
/// prints the address on stdout and answers until SIGTERM or SIGINT.
[[nodiscard]] int RunStandalone(const std::string& address, const QueryService& queries, MetricRegistry& registry,
                                Logger& logger, const Clock& clock, const PluginServerOptions& options);

}  // namespace bellwether
