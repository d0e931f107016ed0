#pragma once

#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace bellwether {

/// Ends the process with exit code 0 unless it is destroyed within `patience`: the host kills a plugin that takes
/// longer than two seconds to stop, and a computation that does not notice its cancellation must not lead to that.
class ExitDeadline {
 public:
  /// `last_words` runs right before the process ends, on a thread of its own.
  ExitDeadline(absl::Duration patience, std::function<void()> last_words);
  ~ExitDeadline();
  ExitDeadline(const ExitDeadline&) = delete;
  ExitDeadline& operator=(const ExitDeadline&) = delete;

 private:
  absl::Notification done_;
  std::thread thread_;
};

}  // namespace bellwether
