#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "server/telemetry/log/logger.h"

namespace bellwether {

/// Where exceptions of libraries end. Each is logged with a reference, and the caller gets a sentence that names the
/// reference and nothing of the inside. Safe to use from any thread.
class FaultBarrier {
 public:
  /// `logger` must outlive this. `process_tag` tells the references of several runs apart, e.g. the process id.
  FaultBarrier(Logger& logger, std::string process_tag) : logger_(logger), process_tag_(std::move(process_tag)) {}

  /// Calls `body`. Returns an empty text, or the sentence for the user when `body` threw. `task` names what was being
  /// done, for the log.
  template <typename Body>
  [[nodiscard]] std::string Run(std::string_view task, Body&& body) noexcept {
    try {
      std::forward<Body>(body)();
      return {};
    } catch (const std::exception& fault) {
      return Report(task, fault.what());
    } catch (...) {
      return Report(task, "an exception of unknown type");
    }
  }

 private:
  std::string Report(std::string_view task, std::string_view cause);

  Logger& logger_;
  const std::string process_tag_;
  std::atomic<uint64_t> faults_{0};
};

}  // namespace bellwether
