#include "server/plugin/plugin_process.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "server/base/status/status_macros.h"
#include "server/plugin/handshake/handshake_line.h"
#include "server/plugin/handshake/library_logs.h"
#include "server/plugin/handshake/unix_socket.h"
#include "server/plugin/lifetime/exit_deadline.h"
#include "server/plugin/lifetime/process_signals.h"
#include "server/plugin/lifetime/stop_request.h"

namespace bellwether {
namespace {

constexpr absl::Duration kParentCheck = absl::Seconds(1);
// Beyond the drain time, and still within the two seconds after which the host kills.
constexpr absl::Duration kExitPatience = absl::Milliseconds(300);

// Where the server is to listen, and the socket's path to remove at the end (empty for TCP).
struct Place {
  std::string grpc_address = "127.0.0.1:0";
  std::string socket_path;
};

absl::StatusOr<Place> ChoosePlace(const PluginEnvironment& environment) {
  if (environment.unix_socket_dir.empty()) {
    return Place{};
  }
  BELLWETHER_ASSIGN_OR_RETURN(std::string path, NewSocketPath(environment.unix_socket_dir));
  return Place{.grpc_address = "unix:" + path, .socket_path = path};
}

absl::Status Announce(const PluginServer& server, const Place& place, const PluginEnvironment& environment) {
  ListenAddress address;
  if (place.socket_path.empty()) {
    address = {.network = "tcp", .address = "127.0.0.1:" + std::to_string(server.port())};
  } else {
    BELLWETHER_RETURN_IF_ERROR(ShareSocket(place.socket_path, environment.unix_socket_group));
    address = {.network = "unix", .address = place.socket_path};
  }
  return SendHandshake(STDOUT_FILENO, HandshakeLine(address, environment.asks_for_multiplexing));
}

void RemoveSocket(const std::string& path) {
  if (!path.empty()) {
    unlink(path.c_str());
  }
}

// Stops `server`, or the process when the server does not end in time.
void StopInTime(PluginServer& server, const std::string& socket_path, absl::Duration drain) {
  const ExitDeadline deadline(drain + kExitPatience, [&socket_path] { RemoveSocket(socket_path); });
  server.Stop();
  RemoveSocket(socket_path);
}

int FailToStart(Logger& logger, const absl::Status& status) {
  logger.Error("Bellwether cannot start.", {{"cause", std::string(status.message())}});
  return 1;
}

}  // namespace

int RunPlugin(const QueryService& queries, MetricRegistry& registry, Logger& logger, const Clock& clock,
              const PluginEnvironment& environment, PluginServerOptions options) {
  const pid_t parent = getppid();
  const LibraryLogs library_logs(logger);
  StopRequest stop;
  const ProcessSignals signals(stop, ProcessSignals::Interrupt::kIgnored);
  options.concurrent_queries = environment.concurrent_queries.value_or(options.concurrent_queries);

  if (const absl::Status version = CheckProtocolVersion(environment); !version.ok()) {
    return FailToStart(logger, version);
  }
  const absl::StatusOr<Place> place = ChoosePlace(environment);
  if (!place.ok()) {
    return FailToStart(logger, place.status());
  }
  const auto server = PluginServer::Start(place->grpc_address, queries, registry, logger, clock, stop, options);
  if (!server.ok()) {
    return FailToStart(logger, server.status());
  }
  if (const absl::Status announced = Announce(**server, *place, environment); !announced.ok()) {
    RemoveSocket(place->socket_path);
    return FailToStart(logger, announced);
  }
  logger.Debug("Bellwether is ready.", {{"version", options.version}});
  // A host that was killed says nothing; its death shows in the parent's changed id.
  while (!stop.Await(kParentCheck)) {
    if (getppid() != parent) {
      logger.Warn("The plugin host has gone; Bellwether ends too.");
      stop.Raise();
    }
  }
  StopInTime(**server, place->socket_path, options.drain);
  return 0;
}

int RunStandalone(const std::string& address, const QueryService& queries, MetricRegistry& registry, Logger& logger,
                  const Clock& clock, const PluginServerOptions& options) {
  const LibraryLogs library_logs(logger);
  StopRequest stop;
  const ProcessSignals signals(stop, ProcessSignals::Interrupt::kStops);
  const auto server = PluginServer::Start(address, queries, registry, logger, clock, stop, options);
  if (!server.ok()) {
    return FailToStart(logger, server.status());
  }
  const bool is_unix = address.rfind("unix:", 0) == 0;
  const std::string bound =
      is_unix ? address : address.substr(0, address.rfind(':') + 1) + std::to_string((*server)->port());
  logger.Info("Bellwether listens.", {{"address", bound}, {"version", options.version}});
  const std::string line = bound + "\n";
  [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, line.data(), line.size());
  while (!stop.Await(absl::Seconds(60))) {
  }
  StopInTime(**server, is_unix ? address.substr(5) : "", options.drain);
  return 0;
}

}  // namespace bellwether
