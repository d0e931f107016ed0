#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Takes out strong seasons: each phase is smoothed over its last and next three cycles on what a moving mean of one
/// period leaves, so a season may change its size slowly and a step stays a step. Where values are missing (NaN), the
/// season comes from the cycles that have one; they stay missing.
void TakeOutSeasons(std::vector<double>& values);

/// Replaces single values more than `scales` robust deviations (of the differences) outside of their two neighbours by
/// the nearer of these. What is missing (NaN) is no neighbour, and stays so.
void TakeOutSpikes(std::vector<double>& values, double scales);

/// Means of `width` neighbours each, of those present (NaN = missing); NaN where fewer than half are. What is left at
/// the end joins the last bin.
[[nodiscard]] std::vector<double> BinMeans(std::span<const double> values, size_t width);

}  // namespace bellwether
