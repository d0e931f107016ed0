#pragma once

#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "server/telemetry/log/hclog_line.h"
#include "server/telemetry/log/logger.h"

namespace bellwether {

/// Keeps every line it was given, encoded.
class RecordingLogger final : public Logger {
 public:
  [[nodiscard]] bool Enabled(LogLevel) const override { return true; }
  void Log(LogLevel level, std::string_view message, absl::Span<const LogAttribute> attributes) override {
    absl::MutexLock lock(&mutex_);
    lines_.push_back(EncodeHclogLine(absl::UnixEpoch(), level, "", message, attributes));
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    absl::MutexLock lock(&mutex_);
    return lines_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether
