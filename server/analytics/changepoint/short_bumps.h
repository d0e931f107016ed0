#pragma once

#include <cstddef>
#include <vector>

namespace bellwether {

/// Makes missing (NaN) what is off for fewer than `least` values and then back where it was: no mean with stretches of
/// at least so many explains it, so it would be told as something else. A run is off where its mean differs from those
/// of the `least` values on both sides, to the same side, by eight times what runs of its length usually differ from
/// their surroundings, there and everywhere (by the median, so any dependence of the noise is in it). Where more than a
/// tenth of the values would go they are how the series is, and none does. NaN = missing. O(n least).
void LeaveOutShortBumps(std::vector<double>& values, size_t least);

}  // namespace bellwether
