#include "server/plugin/lifetime/exit_deadline.h"

#include <unistd.h>

#include <utility>

namespace bellwether {

ExitDeadline::ExitDeadline(absl::Duration patience, std::function<void()> last_words)
    : thread_([this, patience, last_words = std::move(last_words)] {
        if (!done_.WaitForNotificationWithTimeout(patience)) {
          last_words();
          _exit(0);
        }
      }) {}

ExitDeadline::~ExitDeadline() {
  done_.Notify();
  thread_.join();
}

}  // namespace bellwether
