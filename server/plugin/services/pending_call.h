#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>

#include "server/base/time/cancellation.h"
#include "server/plugin/dispatch/request_metrics.h"

namespace bellwether {

/// Cancelled when `*cancelled` becomes true or `deadline` has passed.
[[nodiscard]] Cancellation CancellationOf(std::shared_ptr<const std::atomic<bool>> cancelled,
                                          std::chrono::system_clock::time_point deadline);

/// A call with one answer that is given later, from another thread. Shared between gRPC (until OnDone) and whoever
/// works on the answer; `Complete` counts once, later ones are ignored.
class PendingCall final : public grpc::ServerUnaryReactor {
 public:
  /// `metrics` must outlive the call.
  [[nodiscard]] static std::shared_ptr<PendingCall> Begin(std::string_view endpoint, RequestMetrics& metrics,
                                                          const grpc::CallbackServerContext& context);

  [[nodiscard]] Cancellation cancellation() const { return CancellationOf(cancelled_, deadline_); }

  /// Sends the response message as it is now, or `status` when that is not OK.
  void Complete(const grpc::Status& status, Outcome outcome, Origin origin);

  void OnCancel() override { cancelled_->store(true, std::memory_order_relaxed); }
  void OnDone() override { self_.reset(); }

 private:
  PendingCall(std::string_view endpoint, RequestMetrics& metrics, std::chrono::system_clock::time_point deadline)
      : endpoint_(endpoint), metrics_(metrics), deadline_(deadline) {}

  const std::string_view endpoint_;
  RequestMetrics& metrics_;
  const std::chrono::system_clock::time_point deadline_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> completed_ = false;
  std::shared_ptr<PendingCall> self_;  // gRPC's share, given back in OnDone
};

/// The time since `started`.
[[nodiscard]] absl::Duration Since(std::chrono::steady_clock::time_point started);

}  // namespace bellwether
