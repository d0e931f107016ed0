#pragma once

#include <cstddef>

namespace bellwether::forecast_yardstick {

/// Forecasts `each` series of each known law from histories of several lengths and prints, for bands of 80, 95 and
/// 99 %, the share that held at each of several distances, and the farthest from the level.
void RunCoverage(size_t each);

}  // namespace bellwether::forecast_yardstick
