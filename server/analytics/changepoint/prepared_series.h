#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Takes out strong seasons: each phase is smoothed over its last and next three cycles on what a moving mean of one
/// period leaves, so a season may change its size slowly and a step stays a step. No value may be NaN.
void TakeOutSeasons(std::vector<double>& values);

/// Replaces single values more than `scales` robust deviations (of the differences) outside of their two neighbours by
/// the nearer of these. No value may be NaN.
void TakeOutSpikes(std::vector<double>& values, double scales);

/// Means of `width` neighbours each; what is left at the end joins the last bin.
[[nodiscard]] std::vector<double> BinMeans(std::span<const double> values, size_t width);

}  // namespace bellwether
