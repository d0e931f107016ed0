#pragma once

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace bellwether {

/// Whether the caller still waits for the answer: a deadline and a question that can be asked at any time ("has the
/// caller gone away?"). Copyable; `Check` is meant to be called about once a millisecond of work.
class Cancellation {
 public:
  /// Never cancelled.
  Cancellation() = default;

  /// Cancelled once `is_cancelled` returns true. The function must be safe to call from any thread. `deadline` is the
  /// moment up to which the caller waits.
  explicit Cancellation(std::function<bool()> is_cancelled, absl::Time deadline = absl::InfiniteFuture())
      : is_cancelled_(std::move(is_cancelled)), deadline_(deadline) {}

  /// The moment after which an answer is of no use to the caller; the infinite future where there is none.
  [[nodiscard]] absl::Time deadline() const { return deadline_; }

  [[nodiscard]] bool cancelled() const { return is_cancelled_ && is_cancelled_(); }

  /// OK, or CANCELLED with a sentence for the log.
  [[nodiscard]] absl::Status Check() const {
    return cancelled() ? absl::CancelledError("The caller went away before the answer was ready.") : absl::OkStatus();
  }

 private:
  std::function<bool()> is_cancelled_;
  absl::Time deadline_ = absl::InfiniteFuture();
};

}  // namespace bellwether
