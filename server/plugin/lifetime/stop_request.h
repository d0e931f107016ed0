#pragma once

#include <atomic>

#include "absl/time/time.h"

namespace bellwether {

/// The wish that the process end, raised by a signal, by the host or by a test, and awaited by the main thread.
/// `Raise` may be called from any thread and from a signal handler, and more than once.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  void Raise();

  /// Waits at most `timeout`; true once the wish was raised.
  [[nodiscard]] bool Await(absl::Duration timeout);

  [[nodiscard]] bool raised() const { return raised_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> raised_ = false;
  int event_fd_;  // -1 when the system gave none; then Await polls
};

}  // namespace bellwether
