#pragma once

#include <cstddef>
#include <span>

namespace bellwether {

/// The value at `rank` (0 = smallest) of finite numbers in ascending order, exactly. The bits of the answer are found
/// one by one by counting, 32 passes without branches: for up to some thousand numbers faster than selection. `rank` is
/// below values.size().
[[nodiscard]] float ValueAtRank(std::span<const float> values, size_t rank);

/// The median of finite numbers, at least one: the mean of the middle two of an even count.
[[nodiscard]] float QuickMedian(std::span<const float> values);

}  // namespace bellwether
