#pragma once

#include "absl/time/time.h"
#include "server/base/time/clock.h"

namespace bellwether {

/// A clock that stands still until it is moved.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(absl::Time now) : now_(now) {}
  [[nodiscard]] absl::Time Now() const override { return now_; }
  void SetTime(absl::Time now) { now_ = now; }

 private:
  absl::Time now_;
};

}  // namespace bellwether
