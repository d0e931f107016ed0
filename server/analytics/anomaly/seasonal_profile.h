#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bellwether {

/// What a series usually is at each time of day: 96 slots of a quarter of an hour (UTC), each a mean with clipped
/// updates and a memory of about six days. Series with a step of half a day or more use the seven days of the week
/// instead.
class SeasonalProfile {
 public:
  /// The slot of a time for a series with this many rows a day.
  [[nodiscard]] static size_t SlotOf(int64_t time_unix_ns, double rows_per_day);

  [[nodiscard]] bool Knows(size_t slot) const { return count_[slot] > 0; }
  [[nodiscard]] double At(size_t slot) const { return mean_[slot]; }

  /// What is usual at this moment: between the middles of two slots, a straight line. `slot` is SlotOf the time and
  /// known.
  [[nodiscard]] double Between(int64_t time_unix_ns, size_t slot, double rows_per_day) const;

  /// Usual distance from the mean in this slot, drawn towards `spread` while few values are known.
  [[nodiscard]] double ScaleAt(size_t slot, double spread) const;

  /// Distance of `value` beyond the range of the slots within `reach` of `slot`, signed; 0 inside.
  [[nodiscard]] double DistanceOutside(double value, size_t slot, size_t reach) const;

  /// Learns a value; `spread` is the usual deviation of the series, for clipping.
  void Learn(size_t slot, double value, double spread, double rows_per_day);

 private:
  static constexpr size_t kSlots = 96;
  std::array<double, kSlots> mean_{};
  std::array<float, kSlots> deviation_{};  // in units of nothing: mean absolute residual of the slot
  std::array<uint32_t, kSlots> count_{};
};

}  // namespace bellwether
