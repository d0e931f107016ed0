#pragma once

#include <cstddef>

namespace bellwether {

/// Sum of the products of `count` numbers. Lanes are added apart from one another, so that compilers may use vectors;
/// the order is fixed and the answer the same everywhere.
inline double Dot(const double* a, const double* b, size_t count) {
  constexpr size_t kLanes = 16;
  double lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) {
      lanes[k] += a[i + k] * b[i + k];
    }
  }
  for (size_t k = 0; i < count; ++i, ++k) {
    lanes[k] += a[i] * b[i];
  }
  for (size_t width = kLanes / 2; width > 0; width /= 2) {
    for (size_t k = 0; k < width; ++k) {
      lanes[k] += lanes[k + width];
    }
  }
  return lanes[0];
}

}  // namespace bellwether
