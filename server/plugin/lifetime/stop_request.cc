#include "server/plugin/lifetime/stop_request.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace bellwether {
namespace {

constexpr absl::Duration kPollWithoutEvent = absl::Milliseconds(50);

}  // namespace

StopRequest::StopRequest() : event_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

StopRequest::~StopRequest() {
  if (event_fd_ >= 0) {
    close(event_fd_);
  }
}

void StopRequest::Raise() {
  const int saved_errno = errno;  // the interrupted code may be about to read it
  raised_.store(true, std::memory_order_release);
  const uint64_t one = 1;
  // It can only fail when the counter is full, and then the waiter is awake already.
  [[maybe_unused]] const ssize_t written = write(event_fd_, &one, sizeof(one));
  errno = saved_errno;
}

bool StopRequest::Await(absl::Duration timeout) {
  if (!raised()) {
    const absl::Duration wait = event_fd_ >= 0 ? timeout : std::min(timeout, kPollWithoutEvent);
    pollfd waiting{event_fd_, POLLIN, 0};
    poll(&waiting, 1, static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(wait), 0, 60'000)));
  }
  return raised();
}

}  // namespace bellwether
