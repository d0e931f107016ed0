#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bellwether {

/// The last values of one metric, one a slot of time; slots without a reading are missing. Memory grows with the
/// history up to 4 bytes a slot, in small pieces. Floats keep seven digits, enough for a graph. Not thread-safe.
class SeriesRing {
 public:
  explicit SeriesRing(size_t max_slots) : max_slots_(max_slots > 0 ? max_slots : 1) {}

  /// Adds a reading to slot `slot`; readings of the same slot are averaged. A slot a little before the newest is
  /// ignored; one far before it means that the clock was set back, and history begins anew.
  void Add(int64_t slot, double value);

  /// One past the newest slot, and the oldest that may hold a value.
  [[nodiscard]] int64_t end_slot() const { return end_slot_; }
  [[nodiscard]] int64_t begin_slot() const { return end_slot_ - static_cast<int64_t>(size_); }

  /// The value of a slot from begin_slot() to before end_slot(); NaN when it is missing.
  [[nodiscard]] double At(int64_t slot) const;

  [[nodiscard]] size_t bytes() const { return values_.capacity() * sizeof(float); }

 private:
  size_t Position(int64_t slot) const;
  void Append(float value);

  size_t max_slots_;
  size_t size_ = 0;
  int64_t end_slot_ = 0;
  double newest_sum_ = 0;
  int newest_count_ = 0;
  std::vector<float> values_;  ///< slot s is at s modulo max_slots_ once the ring is full, counted from origin_ before
  int64_t origin_ = 0;         ///< slot at position 0
};

}  // namespace bellwether
