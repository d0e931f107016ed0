#pragma once

#include <cstdint>
#include <limits>

namespace bellwether {

/// The largest multiple of `step` (above 0) at or below `time`; near the smallest representable time, where there is
/// none, the next one up.
[[nodiscard]] constexpr int64_t FloorToStep(int64_t time, int64_t step) {
  int64_t remainder = time % step;
  if (remainder < 0) {
    remainder += step;
  }
  return time < std::numeric_limits<int64_t>::min() + remainder ? time + (step - remainder) : time - remainder;
}

/// The smallest multiple of `step` (above 0) at or above `time`; near the largest representable time, where there is
/// none, the next one down.
[[nodiscard]] constexpr int64_t CeilToStep(int64_t time, int64_t step) {
  const int64_t floor = FloorToStep(time, step);
  return floor >= time || floor > std::numeric_limits<int64_t>::max() - step ? floor : floor + step;
}

}  // namespace bellwether
