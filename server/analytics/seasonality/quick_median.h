#pragma once

#include <cstddef>
#include <span>

namespace bellwether {

/// The value at `rank` (0 = smallest) of finite numbers in ascending order. The bits of the answer are found one by one
/// by counting, without branches: for up to some thousand numbers faster than selection. Exact with all 32 bits; with
/// fewer the lower ones are left 0 (18 leave half a thousandth). `rank` is below values.size().
[[nodiscard]] float ValueAtRank(std::span<const float> values, size_t rank, int bits = 32);

/// The median of finite numbers, at least one: the mean of the middle two of an even count.
[[nodiscard]] float QuickMedian(std::span<const float> values);

}  // namespace bellwether
