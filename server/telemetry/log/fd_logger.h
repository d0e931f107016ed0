#pragma once

#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "server/base/time/clock.h"
#include "server/telemetry/log/logger.h"

namespace bellwether {

/// Writes each message as one hclog line to a file descriptor (2 in a plugin), in one write under a lock, so that lines
/// of several threads do not mix. Lines that cannot be written within a second (nobody reads the pipe) are dropped
/// rather than holding up the caller for ever. Safe to use from any thread.
class FdLogger final : public Logger {
 public:
  struct Options {
    int fd = 2;                            ///< borrowed, stays open
    LogLevel level_min = LogLevel::kInfo;  ///< lower levels are dropped
    std::string module;                    ///< shown as the logger's name; may be empty
  };

  /// `clock` must outlive the logger.
  FdLogger(Options options, const Clock& clock);

  [[nodiscard]] bool Enabled(LogLevel level) const override { return level >= options_.level_min; }
  void Log(LogLevel level, std::string_view message, absl::Span<const LogAttribute> attributes) override;

 private:
  const Options options_;
  const Clock& clock_;
  absl::Mutex mutex_;
  // The last line was cut short: a newline must come before the next one.
  bool torn_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace bellwether
