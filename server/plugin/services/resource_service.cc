#include "server/plugin/services/resource_service.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "server/plugin/convert/resource_convert.h"
#include "server/plugin/services/pending_call.h"

namespace bellwether {
namespace {

// Sends one message and ends. Shared between gRPC and the thread that makes the answer, like PendingCall.
class ResourceCall final : public grpc::ServerWriteReactor<pluginv2::CallResourceResponse> {
 public:
  static std::shared_ptr<ResourceCall> Begin() {
    auto call = std::make_shared<ResourceCall>();
    call->self_ = call;
    return call;
  }

  void Send(ResourceResponse response) {
    ToProto(std::move(response), message_);
    StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
  }

  [[nodiscard]] bool cancelled() const { return cancelled_->load(std::memory_order_relaxed); }
  [[nodiscard]] Cancellation cancellation(std::chrono::system_clock::time_point deadline) const {
    return CancellationOf(cancelled_, deadline);
  }
  void OnCancel() override { cancelled_->store(true, std::memory_order_relaxed); }
  void OnDone() override { self_.reset(); }

 private:
  pluginv2::CallResourceResponse message_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<ResourceCall> self_;
};

Outcome OutcomeOf(int http_status, bool cancelled) {
  if (cancelled) {
    return Outcome::kCancelled;
  }
  return http_status < 400 ? Outcome::kOk : Outcome::kError;
}

}  // namespace

grpc::ServerWriteReactor<pluginv2::CallResourceResponse>* ResourceService::CallResource(
    grpc::CallbackServerContext* context, const pluginv2::CallResourceRequest* request) {
  const std::shared_ptr<ResourceCall> call = ResourceCall::Begin();
  const auto started = std::chrono::steady_clock::now();
  const auto answer = [this, call, request, started, deadline = context->deadline()] {
    ResourceResponse response;
    const std::string fault = barrier_.Run(
        "callResource", [&] { response = router_.Route(FromProto(*request), call->cancellation(deadline)); });
    if (!fault.empty()) {
      response = ResourceError(500, fault);
    }
    metrics_.Record("callResource", OutcomeOf(response.http_status, call->cancelled()),
                    response.http_status >= 400 && response.http_status < 500 ? Origin::kDownstream : Origin::kPlugin,
                    Since(started));
    call->Send(std::move(response));
  };
  WorkerPool& pool = ResourceRouter::IsLong(request->path()) ? query_pool_ : short_pool_;
  if (!pool.Submit(answer)) {
    metrics_.Record("callResource", Outcome::kError, Origin::kPlugin, Since(started));
    call->Send(ResourceError(429, "Bellwether has too many requests waiting. Try again in a moment."));
  }
  return call.get();
}

}  // namespace bellwether
