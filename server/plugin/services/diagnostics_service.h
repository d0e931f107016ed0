#pragma once

#include <string>

#include "proto/pluginv2/backend.grpc.pb.h"
#include "server/base/time/clock.h"
#include "server/plugin/dispatch/fault_barrier.h"
#include "server/plugin/dispatch/request_metrics.h"
#include "server/plugin/dispatch/worker_pool.h"
#include "server/query/query_service.h"

namespace bellwether {

/// pluginv2.Diagnostics: health check and metrics.
class DiagnosticsService final : public pluginv2::Diagnostics::CallbackService {
 public:
  /// All references must outlive the service. `pool` runs the health checks.
  DiagnosticsService(const QueryService& queries, WorkerPool& pool, FaultBarrier& barrier, RequestMetrics& metrics,
                     const MetricRegistry& registry, const Clock& clock, std::string version)
      : queries_(queries),
        pool_(pool),
        barrier_(barrier),
        metrics_(metrics),
        registry_(registry),
        clock_(clock),
        version_(std::move(version)) {}

  grpc::ServerUnaryReactor* CheckHealth(grpc::CallbackServerContext* context,
                                        const pluginv2::CheckHealthRequest* request,
                                        pluginv2::CheckHealthResponse* response) override;
  grpc::ServerUnaryReactor* CollectMetrics(grpc::CallbackServerContext* context,
                                           const pluginv2::CollectMetricsRequest* request,
                                           pluginv2::CollectMetricsResponse* response) override;

 private:
  const QueryService& queries_;
  WorkerPool& pool_;
  FaultBarrier& barrier_;
  RequestMetrics& metrics_;
  const MetricRegistry& registry_;
  const Clock& clock_;
  const std::string version_;
};

}  // namespace bellwether
