#pragma once

#include "absl/time/time.h"

namespace bellwether {

/// A stretch of time, from `from` (inclusive) to `to` (exclusive). The code that makes one from user input checks
/// that `from` < `to`.
struct TimeRange {
  absl::Time from;
  absl::Time to;

  [[nodiscard]] absl::Duration length() const { return to - from; }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

}  // namespace bellwether
