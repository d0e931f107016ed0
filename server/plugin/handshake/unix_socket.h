#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace bellwether {

/// A path of the form <directory>/plugin<random> where nothing exists yet. FAILED_PRECONDITION when the directory is
/// missing or the path would be longer than a Unix socket's may be.
[[nodiscard]] absl::StatusOr<std::string> NewSocketPath(const std::string& directory);

/// Lets `group` (a name from /etc/group or a number) use the socket at `path`: changes its group and sets mode 0660. An
/// empty group changes nothing. /etc/group is read directly because a static executable has no other name services.
[[nodiscard]] absl::Status ShareSocket(const std::string& path, const std::string& group);

}  // namespace bellwether
