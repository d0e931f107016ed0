#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace bellwether {

/// What changed.
enum class ChangeKind { kLevel, kVariance, kSlope };

[[nodiscard]] std::string_view ChangeKindName(ChangeKind kind);  ///< "level", "variance", "slope"

/// A place where the series changed for good.
struct ChangePoint {
  size_t index = 0;  ///< of the first value after the change
  ChangeKind kind = ChangeKind::kLevel;
  double confidence = 0;  ///< 0 to 1
  /// Of the segment before: its level where it ends (level), its slope a step (slope), or its standard deviation
  /// (variance). All in the unit of the series, seasons and spikes taken out.
  double before = 0;
  double after = 0;  ///< as `before`, of the segment after; a level where it begins
  double size = 0;   ///< after - before; for a variance after / before
};

/// The points where level, slope or variance changes for good, ascending; empty is an answer. NaN = missing.
///
/// The exact best cut into segments of constant or straight mean under AR(1) noise whose autocorrelation is chosen
/// together with the cut, after strong seasons and single spikes are taken out; then the exact best cut of the spread
/// of what is left. Series of more than some hundred points are averaged in bins for the search and the places refined
/// afterwards, so the time beyond O(n log n) is bounded.
[[nodiscard]] std::vector<ChangePoint> FindChangePoints(std::span<const double> values);

}  // namespace bellwether
