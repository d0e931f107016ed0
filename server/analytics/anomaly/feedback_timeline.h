#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// What people said, as stretches that do not overlap: where labels do, the one that began last counts while it lasts,
/// then the one around it again.
class FeedbackTimeline {
 public:
  /// O(n log n) for n labels in any order; empty and backward ones are left out.
  explicit FeedbackTimeline(std::span<const FeedbackInterval> feedback);

  /// The label at a time; empty where nobody said anything. O(1) a row on ascending times.
  [[nodiscard]] std::optional<FeedbackLabel> At(int64_t time_unix_ns) {
    if (stretches_.empty()) {
      return std::nullopt;
    }
    return Find(time_unix_ns);
  }

  /// Bytes on the heap.
  [[nodiscard]] size_t HeapBytes() const { return stretches_.capacity() * sizeof(FeedbackInterval); }

 private:
  std::optional<FeedbackLabel> Find(int64_t time_unix_ns);

  std::vector<FeedbackInterval> stretches_;  // ascending, disjoint
  size_t next_ = 0;                          // the first that ends after the last time
};

}  // namespace bellwether
