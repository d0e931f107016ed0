#pragma once

namespace bellwether {

/// Which way a threshold is crossed.
enum class CrossingSide { kAbove, kBelow };

/// Whether the value is at or beyond the threshold.
[[nodiscard]] inline bool Reaches(double value, double threshold, CrossingSide side) {
  return side == CrossingSide::kAbove ? value >= threshold : value <= threshold;
}

}  // namespace bellwether
