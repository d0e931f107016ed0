#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace bellwether {

/// What the plugin host tells a plugin through its environment.
struct PluginEnvironment {
  bool cookie_present = false;               ///< the host started this process as a data source plugin
  std::string protocol_versions;             ///< e.g. "1,2"; empty when the host does not say
  bool asks_for_multiplexing = false;        ///< the handshake line must then say whether the broker is multiplexed
  std::string unix_socket_dir;               ///< where the host wants a Unix socket; empty = TCP
  std::string unix_socket_group;             ///< name or number of the group that may use it; empty = leave as created
  std::optional<size_t> concurrent_queries;  ///< GF_CONCURRENT_QUERY_COUNT, between 1 and 1000
};

/// Reads the environment through `get`, which is getenv or behaves like it (null = unset).
[[nodiscard]] PluginEnvironment ReadPluginEnvironment(const std::function<const char*(const char*)>& get);

/// OK when the host speaks protocol version 2 or does not say what it speaks, FAILED_PRECONDITION otherwise.
[[nodiscard]] absl::Status CheckProtocolVersion(const PluginEnvironment& environment);

}  // namespace bellwether
