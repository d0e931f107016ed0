#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tests/bench/structure/generated.h"

namespace bellwether {

/// The kinds of series drawn after what people keep statistics of: yearly growth, prices, monthly seasons, counts,
/// plateaus with ramps, turning points, outbreaks, logs of levels. Those that end in `/none` have no change.
[[nodiscard]] std::span<const std::string_view> LifelikeKinds();

/// Draws one series of a kind of LifelikeKinds(); the same `seed` gives the same series.
[[nodiscard]] KnownSeries DrawLifelike(std::string_view kind, uint64_t seed);

}  // namespace bellwether
