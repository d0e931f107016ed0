#include "server/analytics/anomaly/nearest_code.h"

#include <bit>
#include <cstdint>

#include "server/analytics/series/simd.h"

namespace bellwether {

BELLWETHER_SIMD_CLONES
float NearestCode(const float* codes, size_t size, const float* vector, size_t dimensions) {
  // Bits of floats from 0 up order as the floats do, and whole numbers make a minimum that vectorises.
  constexpr uint32_t kMagnitude = 0x7fffffff;
  constexpr size_t kLanes = 16;
  uint32_t nearest[kLanes];
  for (size_t lane = 0; lane < kLanes; ++lane) {
    nearest[lane] = kMagnitude;
  }
  for (size_t block = 0; block < size; block += kLanes) {
    uint32_t distance[kLanes] = {};
    for (size_t d = 0; d < dimensions; ++d) {
      const float* coordinate = codes + d * size + block;
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const uint32_t other = std::bit_cast<uint32_t>(coordinate[lane] - vector[d]) & kMagnitude;
        distance[lane] = distance[lane] > other ? distance[lane] : other;
      }
    }
    for (size_t lane = 0; lane < kLanes; ++lane) {
      nearest[lane] = nearest[lane] < distance[lane] ? nearest[lane] : distance[lane];
    }
  }
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) {
      nearest[lane] = nearest[lane] < nearest[lane + half] ? nearest[lane] : nearest[lane + half];
    }
  }
  return std::bit_cast<float>(nearest[0]);
}

}  // namespace bellwether
