#include "server/telemetry/log/fd_logger.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "server/telemetry/log/hclog_line.h"

namespace bellwether {
namespace {

constexpr int kWriteWaitMilliseconds = 1000;

// The number of bytes of `text` that were written before `fd` failed or stayed full for too long.
size_t WriteAll(int fd, std::string_view text) {
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(fd, text.data() + written, text.size() - written);
    if (n > 0) {
      written += static_cast<size_t>(n);
    } else if (n < 0 && errno == EAGAIN) {
      pollfd waiting{fd, POLLOUT, 0};
      if (poll(&waiting, 1, kWriteWaitMilliseconds) <= 0) {
        break;
      }
    } else if (n == 0 || errno != EINTR) {
      break;
    }
  }
  return written;
}

}  // namespace

FdLogger::FdLogger(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

void FdLogger::Log(LogLevel level, std::string_view message, absl::Span<const LogAttribute> attributes) {
  if (!Enabled(level)) {
    return;
  }
  std::string line = EncodeHclogLine(clock_.Now(), level, options_.module, message, attributes);
  absl::MutexLock lock(&mutex_);
  if (torn_) {
    line.insert(line.begin(), '\n');
  }
  const size_t written = WriteAll(options_.fd, line);
  torn_ = written > 0 ? written < line.size() : torn_;
}

}  // namespace bellwether
