#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace bellwether {

/// What changed.
enum class ChangeKind { kLevel, kVariance, kSlope };

[[nodiscard]] std::string_view ChangeKindName(ChangeKind kind);  ///< "level", "variance", "slope"

/// A place where the series changed for a while.
struct ChangePoint {
  size_t index = 0;  ///< of the first value after the change
  ChangeKind kind = ChangeKind::kLevel;
  /// 0 to 1: the share of changes as clear as this that were right on generated series of known truth.
  double confidence = 0;
  /// Just before the change: the level (level), the slope a step (slope), or the standard deviation of the noise, of a
  /// near random walk that of its steps (variance). All in the unit of the series, seasons and spikes taken out.
  double before = 0;
  double after = 0;  ///< the same just after it
  double size = 0;   ///< after - before; for a variance after / before
};

/// With fewer values, or values in less than half of the rows, no change is found.
inline constexpr size_t kLeastChangeValues = 10;

/// The points where level, slope or variance changes for a while, ascending; empty is an answer. NaN = missing.
///
/// The mean is a polynomial with steps and bends, the noise about it autoregressive or a walk seen through noise,
/// normal or with heavy tails, its spread constant or changing; the scale is the series' own or logarithmic. All of
/// these are chosen together by the likelihood less a price for each number and place (change_search.h), and what is
/// told is what at least half of the weight of all explanations agrees on (change_average.h). Series of more than some
/// hundred points are averaged in bins for the search and the places refined afterwards, so the time beyond O(n log n)
/// is bounded.
[[nodiscard]] std::vector<ChangePoint> FindChangePoints(std::span<const double> values);

}  // namespace bellwether
