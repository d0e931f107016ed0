#pragma once

#include "proto/pluginv2/backend.grpc.pb.h"
#include "server/plugin/dispatch/fault_barrier.h"
#include "server/plugin/dispatch/request_metrics.h"
#include "server/plugin/dispatch/worker_pool.h"
#include "server/plugin/resources/resource_router.h"

namespace bellwether {

/// pluginv2.Resource: hands HTTP requests to a ResourceRouter, those that take as long as a query to the pool of the
/// queries.
class ResourceService final : public pluginv2::Resource::CallbackService {
 public:
  /// All must outlive the service.
  ResourceService(const ResourceRouter& router, WorkerPool& short_pool, WorkerPool& query_pool, FaultBarrier& barrier,
                  RequestMetrics& metrics)
      : router_(router), short_pool_(short_pool), query_pool_(query_pool), barrier_(barrier), metrics_(metrics) {}

  grpc::ServerWriteReactor<pluginv2::CallResourceResponse>* CallResource(
      grpc::CallbackServerContext* context, const pluginv2::CallResourceRequest* request) override;

 private:
  const ResourceRouter& router_;
  WorkerPool& short_pool_;
  WorkerPool& query_pool_;
  FaultBarrier& barrier_;
  RequestMetrics& metrics_;
};

}  // namespace bellwether
