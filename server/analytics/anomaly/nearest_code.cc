#include "server/analytics/anomaly/nearest_code.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kLanes = 8;
using Floats __attribute__((vector_size(4 * kLanes))) = float;
using Words __attribute__((vector_size(4 * kLanes))) = uint32_t;

// Bits of floats from 0 up order as the floats do, and whole numbers make a minimum that is one instruction.
constexpr uint32_t kMagnitude = 0x7fffffff;

}  // namespace

// The steps are macros of a kind: lambdas would not be compiled for the instruction set of the function around them.
#define BELLWETHER_DISTANCE(words, from, to)              \
  do {                                                    \
    Floats coordinate;                                    \
    std::memcpy(&coordinate, (from), sizeof(coordinate)); \
    coordinate -= (to);                                   \
    std::memcpy(&(words), &coordinate, sizeof(words));    \
    (words) &= kMagnitude;                                \
  } while (false)

#define BELLWETHER_LEAST(result, words)                           \
  do {                                                            \
    uint32_t lanes[kLanes];                                       \
    std::memcpy(lanes, &(words), sizeof(lanes));                  \
    (result) = lanes[0];                                          \
    for (size_t lane = 1; lane < kLanes; ++lane) {                \
      (result) = lanes[lane] < (result) ? lanes[lane] : (result); \
    }                                                             \
  } while (false)

BELLWETHER_SIMD_CLONES
float NearestOfOne(const float* codes, size_t size, float value) {
  Words nearest;
  BELLWETHER_DISTANCE(nearest, codes, value);
  for (size_t block = kLanes; block < size; block += kLanes) {
    Words distance;
    BELLWETHER_DISTANCE(distance, codes + block, value);
    nearest = distance < nearest ? distance : nearest;
  }
  uint32_t least;
  BELLWETHER_LEAST(least, nearest);
  return std::bit_cast<float>(least);
}

BELLWETHER_SIMD_CLONES
float NearestOfFour(const float* codes, size_t size, const float* vector) {
  Words nearest = Words{} + kMagnitude;
  for (size_t block = 0; block < size; block += kLanes) {
    Words a;
    Words b;
    Words c;
    Words d;
    BELLWETHER_DISTANCE(a, codes + block, vector[0]);
    BELLWETHER_DISTANCE(b, codes + size + block, vector[1]);
    BELLWETHER_DISTANCE(c, codes + 2 * size + block, vector[2]);
    BELLWETHER_DISTANCE(d, codes + 3 * size + block, vector[3]);
    a = a > b ? a : b;
    c = c > d ? c : d;
    a = a > c ? a : c;
    nearest = a < nearest ? a : nearest;
  }
  uint32_t least;
  BELLWETHER_LEAST(least, nearest);
  return std::bit_cast<float>(least);
}

#undef BELLWETHER_DISTANCE
#undef BELLWETHER_LEAST

}  // namespace bellwether
