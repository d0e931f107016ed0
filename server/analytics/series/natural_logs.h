#pragma once

#include <span>

namespace bellwether {

/// Replaces each of `numbers` (finite, normal, above 0) by its natural logarithm, to within 1e-15 of 1 and of its
/// value. Vector code: many times as fast as one call of std::log for each.
void NaturalLogs(std::span<double> numbers);

}  // namespace bellwether
