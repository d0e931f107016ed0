#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/time/clock.h"
#include "server/plugin/lifetime/stop_request.h"
#include "server/query/query_service.h"
#include "server/telemetry/log/logger.h"
#include "server/telemetry/metrics/metric_registry.h"

namespace bellwether {

/// Bounds and names of the server.
struct PluginServerOptions {
  std::string version = "0.0.0";
  size_t concurrent_queries = 10;                   ///< that run at the same time; capped by the number of processors
  size_t queries_max = 100;                         ///< in one request
  size_t waiting_max = 1000;                        ///< tasks that may wait for a thread
  size_t receive_bytes_max = size_t{16} << 20;      ///< of one message; a longer one is refused with RESOURCE_EXHAUSTED
  size_t memory_bytes_max = size_t{512} << 20;      ///< what gRPC's buffers may hold before it slows its callers down
  absl::Duration drain = absl::Milliseconds(1500);  ///< how long running calls may take once a stop was asked for
};

/// The gRPC server with all services that Grafana and go-plugin call. Cleartext: it listens on loopback or on a Unix
/// socket only.
class PluginServer {
 public:
  /// Starts listening on `address`: "127.0.0.1:0" (any free port) or "unix:/path". All references must outlive the
  /// server; GRPCController.Shutdown raises `stop`. INVALID_ARGUMENT when the address is not loopback, UNAVAILABLE when
  /// it cannot be listened on.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<PluginServer>> Start(const std::string& address,
                                                                           const QueryService& queries,
                                                                           MetricRegistry& registry, Logger& logger,
                                                                           const Clock& clock, StopRequest& stop,
                                                                           const PluginServerOptions& options);

  virtual ~PluginServer() = default;

  /// The TCP port; 1 for a Unix socket.
  [[nodiscard]] virtual int port() const = 0;

  /// Takes no more calls, lets running ones end for at most the drain time, then cancels them. Returns when all calls
  /// have ended.
  virtual void Stop() = 0;
};

}  // namespace bellwether
