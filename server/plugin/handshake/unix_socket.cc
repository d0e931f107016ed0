#include "server/plugin/handshake/unix_socket.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace bellwether {
namespace {

std::optional<gid_t> GroupId(const std::string& group) {
  uint32_t number = 0;
  if (absl::SimpleAtoi(group, &number)) {
    return number;
  }
  std::ifstream groups("/etc/group");
  for (std::string line; std::getline(groups, line);) {
    // name:password:number:members
    const std::vector<std::string> parts = absl::StrSplit(line, ':');
    if (parts.size() >= 3 && parts[0] == group && absl::SimpleAtoi(parts[2], &number)) {
      return number;
    }
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> NewSocketPath(const std::string& directory) {
  struct stat found {};
  if (stat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    return absl::FailedPreconditionError("PLUGIN_UNIX_SOCKET_DIR names \"" + directory +
                                         "\", which is no folder. Create it or unset the variable.");
  }
  while (true) {
    uint64_t number = 0;
    if (getrandom(&number, sizeof(number), 0) != sizeof(number)) {
      return absl::UnavailableError("The system gave no random number for the socket's name.");
    }
    const std::string path = directory + "/plugin" + std::to_string(number);
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
      return absl::FailedPreconditionError("The path " + path +
                                           " is too long for a Unix socket. Set "
                                           "PLUGIN_UNIX_SOCKET_DIR to a folder with a shorter path.");
    }
    if (lstat(path.c_str(), &found) != 0 && errno == ENOENT) {
      return path;
    }
  }
}

absl::Status ShareSocket(const std::string& path, const std::string& group) {
  if (group.empty()) {
    return absl::OkStatus();
  }
  const std::optional<gid_t> id = GroupId(group);
  if (!id.has_value()) {
    return absl::FailedPreconditionError("PLUGIN_UNIX_SOCKET_GROUP names the group \"" + group +
                                         "\", which /etc/group does not know.");
  }
  if (chown(path.c_str(), static_cast<uid_t>(-1), *id) != 0 || chmod(path.c_str(), 0660) != 0) {
    return absl::PermissionDeniedError("The socket " + path + " could not be given to the group " + group + ": " +
                                       std::strerror(errno) + ".");
  }
  return absl::OkStatus();
}

}  // namespace bellwether
