#pragma once

#include "proto/pluginv2/backend.grpc.pb.h"
#include "server/plugin/dispatch/fault_barrier.h"
#include "server/plugin/dispatch/request_metrics.h"
#include "server/plugin/dispatch/worker_pool.h"
#include "server/plugin/resources/resource_router.h"

namespace bellwether {

/// pluginv2.Resource: hands HTTP requests to a ResourceRouter.
class ResourceService final : public pluginv2::Resource::CallbackService {
 public:
  /// All must outlive the service.
  ResourceService(const ResourceRouter& router, WorkerPool& pool, FaultBarrier& barrier, RequestMetrics& metrics)
      : router_(router), pool_(pool), barrier_(barrier), metrics_(metrics) {}

  grpc::ServerWriteReactor<pluginv2::CallResourceResponse>* CallResource(
      grpc::CallbackServerContext* context, const pluginv2::CallResourceRequest* request) override;

 private:
  const ResourceRouter& router_;
  WorkerPool& pool_;
  FaultBarrier& barrier_;
  RequestMetrics& metrics_;
};

}  // namespace bellwether
