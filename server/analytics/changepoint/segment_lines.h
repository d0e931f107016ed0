#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// What each stretch between changes was like: its mean, or its least-squares line where that leaves much less, at
/// every value. `changes` are first indices after a change, ascending. NaN = missing; a stretch without values is NaN.
/// O(n).
[[nodiscard]] std::vector<double> SegmentLines(std::span<const double> values, std::span<const size_t> changes);

}  // namespace bellwether
