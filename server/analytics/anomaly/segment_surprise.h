#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/anomaly/stretch_contrast.h"

namespace bellwether {

/// -log10 of the two-sided tail of a t-law with `freedom` degrees at `z`, by the normal number that Wallace (1959,
/// "Bounds on normal approximations to Student's and the chi-square distributions") sets for it.
[[nodiscard]] double TailSurprise(double z, double freedom);

/// Measures surprise against the history of the series itself, where `expected` stretches beyond `least` are to be
/// expected. Where the laws behind it hold, surprises beyond `least` decay by a factor e in 0.43; where a series has
/// heavier tails they are compressed to that, by the third of them that is least surprising, so that real changes among
/// them tell as little as possible.
void CalibrateSurprise(std::span<Stretch> stretches, double least, double expected);

/// The most that each may surprise in a series of `rows`: a change that the series makes again and again, such as a
/// visit to another state or the reset of a counter, is as frequent as it is, however far beyond the noise. Of n
/// changes that are at least `clearly` surprising, as large and not much shorter, n less two standard deviations of a
/// Poisson law count. A few may be true anomalies: nothing is learned from them, and the answer is infinite. `sizes`
/// are the magnitudes of their differences.
[[nodiscard]] std::vector<double> SurpriseByCount(std::span<const Stretch> stretches, std::span<const double> sizes,
                                                  size_t rows, double clearly);

}  // namespace bellwether
