#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// First differences with median 0, outliers clipped: a random walk becomes white noise and one burst cannot pass for a
/// season. `values` are finite, at least two; empty where they never move.
[[nodiscard]] std::vector<double> ClippedDifferences(std::span<const double> values);

/// Divides a power spectrum by its own smooth background: medians in bands of `min_band` bins, a half octave wide or
/// more above, joined by straight lines in log-log. At least one power is above 0.
void Whiten(std::span<float> power, size_t min_band);

}  // namespace bellwether
