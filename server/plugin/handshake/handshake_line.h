#pragma once

#include <string>

#include "absl/status/status.h"

namespace bellwether {

/// Where the server listens, as the handshake line says it.
struct ListenAddress {
  std::string network;  ///< "tcp" or "unix"
  std::string address;  ///< "127.0.0.1:45123" or an absolute path
};

/// The line, newline included, by which a plugin tells its host where it listens: core protocol 1, plugin protocol 2,
/// network, address, gRPC. `says_multiplexing` adds the fields that a host which offers broker multiplexing expects.
[[nodiscard]] std::string HandshakeLine(const ListenAddress& address, bool says_multiplexing);

/// Writes `line` to the descriptor `fd` and then puts /dev/null in its place: after the handshake nothing reads a
/// plugin's stdout, and a full pipe would block whoever prints. UNAVAILABLE when the host has gone.
[[nodiscard]] absl::Status SendHandshake(int fd, const std::string& line);

}  // namespace bellwether
