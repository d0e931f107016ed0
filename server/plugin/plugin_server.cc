#include "server/plugin/plugin_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "server/plugin/dispatch/fault_barrier.h"
#include "server/plugin/dispatch/query_dispatcher.h"
#include "server/plugin/dispatch/request_metrics.h"
#include "server/plugin/dispatch/worker_pool.h"
#include "server/plugin/resources/resource_router.h"
#include "server/plugin/services/data_service.h"
#include "server/plugin/services/diagnostics_service.h"
#include "server/plugin/services/held_streams.h"
#include "server/plugin/services/host_services.h"
#include "server/plugin/services/resource_service.h"
#include "server/plugin/services/stream_service.h"
#include "server/telemetry/metrics/process_metrics.h"

namespace bellwether {
namespace {

// Health checks and resources have threads of their own, so that long queries do not hold them up.
constexpr size_t kShortTaskThreads = 2;
constexpr int kConcurrentStreamsMax = 1000;

bool IsLocal(const std::string& address) {
  for (const char* prefix : {"unix:", "127.0.0.1:", "localhost:", "[::1]:"}) {
    if (address.rfind(prefix, 0) == 0) {
      return true;
    }
  }
  return false;
}

size_t QueryThreads(const PluginServerOptions& options) {
  const size_t processors = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  return std::clamp<size_t>(options.concurrent_queries, 1, processors);
}

class GrpcPluginServer final : public PluginServer {
 public:
  GrpcPluginServer(const QueryService& queries, MetricRegistry& registry, Logger& logger, const Clock& clock,
                   StopRequest& stop, const PluginServerOptions& options)
      : options_(options),
        barrier_(logger, std::to_string(getpid())),
        metrics_(registry),
        query_pool_({.threads_max = QueryThreads(options), .queue_max = options.waiting_max}),
        short_pool_({.threads_max = kShortTaskThreads, .queue_max = options.waiting_max}),
        dispatcher_(queries, query_pool_, barrier_,
                    {.queries_max = options.queries_max, .concurrent_max = QueryThreads(options)}),
        router_(queries),
        data_(dispatcher_, barrier_, metrics_),
        diagnostics_(queries, short_pool_, barrier_, metrics_, registry, clock, options.version),
        resource_(router_, short_pool_, query_pool_, barrier_, metrics_),
        stream_(metrics_),
        controller_(stop),
        broker_(held_),
        stdio_(held_),
        health_(held_) {
    AddProcessMetrics(clock.Now(), registry);
    registry.AddSampled({.name = "bellwether_build_info",
                         .help = "Always 1; the label names the version.",
                         .labels = {{"version", options.version}},
                         .is_counter = false,
                         .read = [] { return 1.0; }});
  }

  ~GrpcPluginServer() override { Stop(); }

  absl::Status Listen(const std::string& address) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    builder.SetMaxReceiveMessageSize(static_cast<int>(options_.receive_bytes_max));
    builder.SetMaxSendMessageSize(-1);
    // Two processes on one port would each get some of the host's connections.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kConcurrentStreamsMax);
    grpc::ResourceQuota quota("plugin");
    quota.Resize(options_.memory_bytes_max);
    builder.SetResourceQuota(quota);
    grpc::Service* const services[] = {&data_,       &diagnostics_, &resource_, &stream_,
                                       &controller_, &broker_,      &stdio_,    &health_};
    for (grpc::Service* service : services) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::UnavailableError("The server cannot listen on " + address +
                                    ". Is the address in use? Choose another one, or port 0 for any free one.");
    }
    return absl::OkStatus();
  }

  [[nodiscard]] int port() const override { return port_; }

  void Stop() override {
    if (server_ == nullptr) {
      return;
    }
    held_.CloseAll();
    server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(options_.drain));
    server_->Wait();
    server_.reset();
  }

 private:
  const PluginServerOptions options_;
  FaultBarrier barrier_;
  RequestMetrics metrics_;
  WorkerPool query_pool_;
  WorkerPool short_pool_;
  QueryDispatcher dispatcher_;
  ResourceRouter router_;
  HeldStreams held_;
  DataService data_;
  DiagnosticsService diagnostics_;
  ResourceService resource_;
  StreamService stream_;
  ControllerService controller_;
  BrokerService broker_;
  StdioService stdio_;
  HealthService health_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PluginServer>> PluginServer::Start(const std::string& address,
                                                                  const QueryService& queries, MetricRegistry& registry,
                                                                  Logger& logger, const Clock& clock, StopRequest& stop,
                                                                  const PluginServerOptions& options) {
  if (!IsLocal(address)) {
    return absl::InvalidArgumentError("The server listens on loopback only, because its channel is not encrypted: \"" +
                                      address +
                                      "\" is neither 127.0.0.1:<port>, localhost:<port>, [::1]:<port> nor "
                                      "unix:<path>.");
  }
  auto server = std::make_unique<GrpcPluginServer>(queries, registry, logger, clock, stop, options);
  if (const absl::Status listening = server->Listen(address); !listening.ok()) {
    return listening;
  }
  return server;
}

}  // namespace bellwether
