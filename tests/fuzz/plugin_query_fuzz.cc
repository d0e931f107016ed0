// Query requests: whatever bytes arrive, every refId gets an answer whose status and error agree, and the request says
// the same after the way to the domain and back.
#include <cstdint>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "proto/pluginv2/backend.pb.h"
#include "server/base/time/clock.h"
#include "server/connectors/connector_registry.h"
#include "server/plugin/convert/query_convert.h"
#include "server/plugin/dispatch/fault_barrier.h"
#include "server/plugin/dispatch/query_dispatcher.h"
#include "server/plugin/dispatch/worker_pool.h"
#include "server/query/connector_query_service.h"
#include "server/telemetry/log/logger.h"
#include "tests/fuzz/require.h"

namespace {

using bellwether::Require;

bellwether::BatchAnswer Ask(bellwether::QueryBatch batch) {
  const bellwether::ConnectorRegistry registry;  // no upstream: a query gets as far as choosing one
  const bellwether::SystemClock clock;
  const auto queries = bellwether::MakeConnectorQueryService(registry, clock, {.version = "1", .csv_folder = ""});
  bellwether::NullLogger logger;
  bellwether::FaultBarrier barrier(logger, "1");
  bellwether::WorkerPool pool({.threads_max = 1, .queue_max = 4});
  const bellwether::QueryDispatcher dispatcher(*queries, pool, barrier, {.queries_max = 20, .concurrent_max = 1});
  bellwether::BatchAnswer result;
  absl::Notification done;
  dispatcher.Dispatch(std::move(batch), bellwether::Cancellation(), [&](bellwether::BatchAnswer answer) {
    result = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pluginv2::QueryDataRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) {
    return 0;
  }
  const bellwether::QueryBatch batch = bellwether::FromProto(request);
  pluginv2::QueryDataRequest again;
  bellwether::ToProto(batch, again);
  Require(again.queries_size() == request.queries_size(), "a query was lost on the way to the domain and back");
  for (int i = 0; i < request.queries_size(); ++i) {
    Require(
        again.queries(i).refid() == request.queries(i).refid() && again.queries(i).json() == request.queries(i).json(),
        "a query changed on the way to the domain and back");
  }
  pluginv2::QueryDataResponse response;
  bellwether::ToProto(Ask(batch), response);
  for (const pluginv2::DataQuery& query : request.queries()) {
    const auto answer = response.responses().find(query.refid());
    Require(answer != response.responses().end(), "a refId has no answer");
    Require((answer->second.status() == 200) == answer->second.error().empty(), "status and error disagree");
    Require(answer->second.status() >= 200 && answer->second.status() < 500, "a request made the plugin fail");
  }
  Require(response.SerializeAsString().size() == response.ByteSizeLong(), "the answer cannot be written");
  return 0;
}
