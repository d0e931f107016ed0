#include "server/analytics/series/largest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

/// In sixteen maxima side by side, so that no comparison waits for the one before.
template <typename Number>
inline __attribute__((always_inline)) Number LargestOf(const Number* values, size_t count) {
  constexpr size_t kSideBySide = 16;
  std::array<Number, kSideBySide> largest{};
  const auto take = [&](size_t lane, Number value) {
    const Number magnitude = std::abs(value);
    const Number finite = magnitude <= std::numeric_limits<Number>::max() ? magnitude : Number{0};
    largest[lane] = finite > largest[lane] ? finite : largest[lane];
  };
  size_t i = 0;
  for (; i + kSideBySide <= count; i += kSideBySide) {
    for (size_t lane = 0; lane < kSideBySide; ++lane) {
      take(lane, values[i + lane]);
    }
  }
  for (; i < count; ++i) {
    take(0, values[i]);
  }
  return *std::max_element(largest.begin(), largest.end());
}

BELLWETHER_SIMD_CLONES
float LargestFloat(const float* values, size_t count) { return LargestOf(values, count); }

BELLWETHER_SIMD_CLONES
double LargestDouble(const double* values, size_t count) { return LargestOf(values, count); }

}  // namespace

float LargestMagnitude(std::span<const float> values) { return LargestFloat(values.data(), values.size()); }

double LargestMagnitude(std::span<const double> values) { return LargestDouble(values.data(), values.size()); }

}  // namespace bellwether
