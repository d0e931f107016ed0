#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace bellwether {

/// What changed.
enum class ChangeKind { kLevel, kVariance };

[[nodiscard]] std::string_view ChangeKindName(ChangeKind kind);  ///< "level", "variance"

/// A place where the series changed for good.
struct ChangePoint {
  size_t index = 0;  ///< of the first value after the change
  ChangeKind kind = ChangeKind::kLevel;
  double confidence = 0;  ///< 0 to 1
  double before = 0;      ///< mean (level) or standard deviation (variance) of the segment before
  double after = 0;
};

/// The points where level or variance changes for good, ascending; empty is an answer. NaN = missing. O(n log n)
/// typical.
[[nodiscard]] std::vector<ChangePoint> FindChangePoints(std::span<const double> values);

}  // namespace bellwether
