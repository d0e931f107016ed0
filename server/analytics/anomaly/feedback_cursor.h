#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// Finds what people said of successive times. Where stretches overlap, the one that began last counts. O(1) a row on
/// ascending times.
class FeedbackCursor {
 public:
  /// The label at a time; empty where nobody said anything. `feedback` is ascending by start and the same at every
  /// call.
  std::optional<FeedbackLabel> At(std::span<const FeedbackInterval> feedback, int64_t time_unix_ns) {
    if (feedback.empty()) {
      return std::nullopt;
    }
    if (time_unix_ns < last_) {
      begun_ = 0;  // times stepped back
    }
    last_ = time_unix_ns;
    while (begun_ < feedback.size() && feedback[begun_].from_unix_ns <= time_unix_ns) {
      ++begun_;
    }
    constexpr size_t kMostOverlapping = 8;
    for (size_t back = 1; back <= kMostOverlapping && back <= begun_; ++back) {
      if (time_unix_ns < feedback[begun_ - back].to_unix_ns) {
        return feedback[begun_ - back].label;
      }
    }
    return std::nullopt;
  }

 private:
  size_t begun_ = 0;  // stretches that began at or before the last time
  int64_t last_ = INT64_MIN;
};

}  // namespace bellwether
