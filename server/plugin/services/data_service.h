#pragma once

#include "proto/pluginv2/backend.grpc.pb.h"
#include "server/plugin/dispatch/fault_barrier.h"
#include "server/plugin/dispatch/query_dispatcher.h"
#include "server/plugin/dispatch/request_metrics.h"

namespace bellwether {

/// pluginv2.Data: hands batches to a QueryDispatcher.
class DataService final : public pluginv2::Data::CallbackService {
 public:
  /// All must outlive the service.
  DataService(const QueryDispatcher& dispatcher, FaultBarrier& barrier, RequestMetrics& metrics)
      : dispatcher_(dispatcher), barrier_(barrier), metrics_(metrics) {}

  grpc::ServerUnaryReactor* QueryData(grpc::CallbackServerContext* context, const pluginv2::QueryDataRequest* request,
                                      pluginv2::QueryDataResponse* response) override;

 private:
  const QueryDispatcher& dispatcher_;
  FaultBarrier& barrier_;
  RequestMetrics& metrics_;
};

}  // namespace bellwether
