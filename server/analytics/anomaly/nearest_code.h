#pragma once

#include <cstddef>

namespace bellwether {

/// Largest coordinate difference from `vector` to the nearest of `codes`: one array of `size` (a multiple of 8)
/// coordinates behind the other, of codes with one coordinate or with four. Finite numbers.
[[nodiscard]] float NearestOfOne(const float* codes, size_t size, float value);
[[nodiscard]] float NearestOfFour(const float* codes, size_t size, const float* vector);

}  // namespace bellwether
