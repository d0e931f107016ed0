#include "server/plugin/handshake/handshake_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bellwether {

std::string HandshakeLine(const ListenAddress& address, bool says_multiplexing) {
  std::string line = "1|2|" + address.network + "|" + address.address + "|grpc";
  if (says_multiplexing) {
    line += "||false";
  }
  return line + "\n";
}

absl::Status SendHandshake(int fd, const std::string& line) {
  for (size_t written = 0; written < line.size();) {
    const ssize_t n = write(fd, line.data() + written, line.size() - written);
    if (n < 0 && errno != EINTR) {
      return absl::UnavailableError(std::string("The handshake line could not be written: ") + std::strerror(errno) +
                                    ".");
    }
    written += n > 0 ? static_cast<size_t>(n) : 0;
  }
  const int null_device = open("/dev/null", O_WRONLY | O_CLOEXEC);
  // A chroot without /dev has none; a closed stdout serves as well, provided that nothing else gets its number.
  if (null_device < 0) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      return absl::OkStatus();
    }
    close(ends[0]);
    dup2(ends[1], fd);
    close(ends[1]);
    return absl::OkStatus();
  }
  dup2(null_device, fd);
  close(null_device);
  return absl::OkStatus();
}

}  // namespace bellwether
