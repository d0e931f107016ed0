#include "server/analytics/seasonality/quick_median.h"

#include <bit>
#include <cstdint>
#include <limits>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

/// Whole numbers that are ordered as the floats with these bits are, and back.
inline int32_t Ordered(int32_t bits) { return bits ^ ((bits >> 31) & 0x7fffffff); }
inline float FromOrdered(int32_t ordered) { return std::bit_cast<float>(Ordered(ordered)); }

BELLWETHER_SIMD_CLONES
int32_t CountBelow(const float* values, int32_t count, float limit) {
  int32_t below = 0;
  for (int32_t i = 0; i < count; ++i) {
    below += values[i] < limit ? 1 : 0;
  }
  return below;
}

/// The largest number below `limit`.
BELLWETHER_SIMD_CLONES
float HighestBelow(const float* values, int32_t count, float limit) {
  float highest = -std::numeric_limits<float>::infinity();
  for (int32_t i = 0; i < count; ++i) {
    const float counted = values[i] < limit ? values[i] : -std::numeric_limits<float>::infinity();
    highest = counted > highest ? counted : highest;
  }
  return highest;
}

}  // namespace

float ValueAtRank(std::span<const float> values, size_t rank, int bits) {
  constexpr auto kInfinity = std::bit_cast<int32_t>(std::numeric_limits<float>::infinity());
  const auto count = static_cast<int32_t>(values.size());
  // The largest limit below which no more than `rank` values lie.
  auto limit = static_cast<uint32_t>(INT32_MIN);
  for (uint32_t bit = uint32_t{1} << 31; bits > 0; bit >>= 1, --bits) {
    const auto tried = static_cast<int32_t>(limit + bit);
    // All finite numbers lie below what is no number on this side, none below what is none on the other.
    const bool is_low =
        tried < Ordered(std::bit_cast<int32_t>(-std::numeric_limits<float>::infinity())) ||
        (tried <= kInfinity && CountBelow(values.data(), count, FromOrdered(tried)) <= static_cast<int32_t>(rank));
    if (is_low) {
      limit += bit;
    }
  }
  return FromOrdered(static_cast<int32_t>(limit));
}

float QuickMedian(std::span<const float> values) {
  const size_t middle = values.size() / 2;
  const float upper = ValueAtRank(values, middle);
  if (values.size() % 2 == 1) {
    return upper;
  }
  // The number before it is the same again where fewer than half are smaller.
  const auto count = static_cast<int32_t>(values.size());
  const bool is_tied = CountBelow(values.data(), count, upper) < static_cast<int32_t>(middle);
  return 0.5f * (upper + (is_tied ? upper : HighestBelow(values.data(), count, upper)));
}

}  // namespace bellwether
