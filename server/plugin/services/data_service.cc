#include "server/plugin/services/data_service.h"

#include <memory>
#include <string>
#include <utility>

#include "server/plugin/convert/query_convert.h"
#include "server/plugin/services/pending_call.h"

namespace bellwether {
namespace {

// A message of 16 MiB has room for eight million empty queries, and the answer to each costs memory. Up to here each
// refId gets its own answer, which says what the dispatcher's bound is; beyond it the call as a whole is refused.
constexpr int kQueriesAnsweredMax = 10'000;

// What the batch counts as: an error when one of its queries failed, of the plugin when one of those is the plugin's.
std::pair<Outcome, Origin> OutcomeOf(const BatchAnswer& answer) {
  std::pair<Outcome, Origin> result = {Outcome::kOk, Origin::kPlugin};
  for (const auto& [ref_id, encoded] : answer) {
    if (encoded.error.empty()) {
      continue;
    }
    result = {Outcome::kError, encoded.origin};
    if (encoded.origin == Origin::kPlugin) {
      break;
    }
  }
  return result;
}

}  // namespace

grpc::ServerUnaryReactor* DataService::QueryData(grpc::CallbackServerContext* context,
                                                 const pluginv2::QueryDataRequest* request,
                                                 pluginv2::QueryDataResponse* response) {
  const std::shared_ptr<PendingCall> call = PendingCall::Begin("queryData", metrics_, *context);
  if (request->queries_size() > kQueriesAnsweredMax) {
    call->Complete({grpc::StatusCode::INVALID_ARGUMENT, "The request holds " + std::to_string(request->queries_size()) +
                                                            " queries; no request may hold more than " +
                                                            std::to_string(kQueriesAnsweredMax) + "."},
                   Outcome::kError, Origin::kDownstream);
    return call.get();
  }
  FaultBarrier& barrier = barrier_;
  const std::string fault = barrier_.Run("queryData", [&] {
    dispatcher_.Dispatch(FromProto(*request), call->cancellation(), [call, response, &barrier](BatchAnswer answer) {
      const auto [outcome, origin] = OutcomeOf(answer);
      const std::string late_fault = barrier.Run("queryData answer", [&] { ToProto(std::move(answer), *response); });
      if (late_fault.empty()) {
        call->Complete(grpc::Status::OK, outcome, origin);
      } else {
        call->Complete({grpc::StatusCode::INTERNAL, late_fault}, Outcome::kError, Origin::kPlugin);
      }
    });
  });
  if (!fault.empty()) {
    call->Complete({grpc::StatusCode::INTERNAL, fault}, Outcome::kError, Origin::kPlugin);
  }
  return call.get();
}

}  // namespace bellwether
