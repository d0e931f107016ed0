#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace bellwether {

/// The wall clock as a dependency, so that tests can set it. Implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The present moment.
  [[nodiscard]] virtual absl::Time Now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] absl::Time Now() const override { return absl::Now(); }
};

}  // namespace bellwether
