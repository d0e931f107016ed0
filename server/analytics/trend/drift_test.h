#pragma once

#include <span>

namespace bellwether {

/// How far the mean rise of a series is from that of a random walk that drifts nowhere, as a normal deviate, positive
/// for a rise; 0 where nothing can be told.
///
/// The t statistic of the mean increment between the means of 24 to 47 blocks of `values` (of the values themselves
/// where they are fewer), its variance that of block means of a walk, its law that of Student brought to the normal one
/// (Wallace 1959, "Bounds on normal approximations to Student's and the chi-square distributions"). On stationary
/// AR(1) noise it is smaller than on a walk, so it asks nothing about how long the noise remembers: a smooth curve
/// about which no noise can be estimated is judged as well as a line. No NaN. O(n).
[[nodiscard]] double DriftDeviate(std::span<const double> values);

}  // namespace bellwether
