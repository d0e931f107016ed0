#pragma once

#include "server/telemetry/log/logger.h"

namespace bellwether {

/// While it lives, what gRPC and Protobuf would print goes to `logger`, and what Abseil prints before it aborts carries
/// a level tag that the plugin host understands. These libraries know one log function per process, so at most one
/// object may exist at a time.
class LibraryLogs {
 public:
  /// `logger` must outlive this object.
  explicit LibraryLogs(Logger& logger);
  ~LibraryLogs();
  LibraryLogs(const LibraryLogs&) = delete;
  LibraryLogs& operator=(const LibraryLogs&) = delete;
};

}  // namespace bellwether
