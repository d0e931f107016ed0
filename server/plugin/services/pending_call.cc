#include "server/plugin/services/pending_call.h"

#include <utility>

namespace bellwether {

Cancellation CancellationOf(std::shared_ptr<const std::atomic<bool>> cancelled,
                            std::chrono::system_clock::time_point deadline) {
  // gRPC says "no deadline" with the clock's largest time, which is past what nanoseconds since 1970 hold.
  const bool is_bounded = deadline < std::chrono::system_clock::time_point::max() - std::chrono::hours(1);
  return Cancellation(
      [cancelled = std::move(cancelled), deadline] {
        return cancelled->load(std::memory_order_relaxed) || std::chrono::system_clock::now() >= deadline;
      },
      is_bounded ? absl::FromChrono(deadline) : absl::InfiniteFuture());
}

absl::Duration Since(std::chrono::steady_clock::time_point started) {
  return absl::FromChrono(std::chrono::steady_clock::now() - started);
}

std::shared_ptr<PendingCall> PendingCall::Begin(std::string_view endpoint, RequestMetrics& metrics,
                                                const grpc::CallbackServerContext& context) {
  std::shared_ptr<PendingCall> call(new PendingCall(endpoint, metrics, context.deadline()));
  call->self_ = call;
  return call;
}

void PendingCall::Complete(const grpc::Status& status, Outcome outcome, Origin origin) {
  if (completed_.exchange(true)) {
    return;
  }
  metrics_.Record(endpoint_, cancelled_->load(std::memory_order_relaxed) ? Outcome::kCancelled : outcome, origin,
                  Since(started_));
  Finish(status);
}

}  // namespace bellwether
