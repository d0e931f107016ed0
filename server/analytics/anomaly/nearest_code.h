#pragma once

#include <cstddef>

namespace bellwether {

/// Largest coordinate difference from `vector` to the nearest of `codes`: `dimensions` arrays of `size` (a multiple of
/// 16) coordinates, one behind the other. Finite numbers.
[[nodiscard]] float NearestCode(const float* codes, size_t size, const float* vector, size_t dimensions);

}  // namespace bellwether
