#include "server/analytics/seasonality/quick_median.h"

#include <bit>
#include <cstdint>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

/// Whole numbers that are ordered as the floats with these bits are, and back.
inline int32_t Ordered(int32_t bits) { return bits ^ ((bits >> 31) & 0x7fffffff); }

BELLWETHER_SIMD_CLONES
int32_t CountBelow(const float* values, int32_t count, int32_t limit) {
  int32_t below = 0;
  for (int32_t i = 0; i < count; ++i) {
    below += Ordered(std::bit_cast<int32_t>(values[i])) < limit ? 1 : 0;
  }
  return below;
}

/// The largest number below `limit`.
BELLWETHER_SIMD_CLONES
int32_t HighestBelow(const float* values, int32_t count, int32_t limit) {
  int32_t highest = INT32_MIN;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t one = Ordered(std::bit_cast<int32_t>(values[i]));
    const int32_t counted = one < limit ? one : INT32_MIN;
    highest = counted > highest ? counted : highest;
  }
  return highest;
}

}  // namespace

float ValueAtRank(std::span<const float> values, size_t rank, int bits) {
  const auto count = static_cast<int32_t>(values.size());
  // The largest limit below which no more than `rank` values lie.
  auto limit = static_cast<uint32_t>(INT32_MIN);
  for (uint32_t bit = uint32_t{1} << 31; bits > 0; bit >>= 1, --bits) {
    const auto tried = static_cast<int32_t>(limit + bit);
    if (CountBelow(values.data(), count, tried) <= static_cast<int32_t>(rank)) {
      limit += bit;
    }
  }
  return std::bit_cast<float>(Ordered(static_cast<int32_t>(limit)));
}

float QuickMedian(std::span<const float> values) {
  const size_t middle = values.size() / 2;
  const float upper = ValueAtRank(values, middle);
  if (values.size() % 2 == 1) {
    return upper;
  }
  // The number before it is the same again where fewer than half are smaller.
  const auto count = static_cast<int32_t>(values.size());
  const int32_t limit = Ordered(std::bit_cast<int32_t>(upper));
  const bool is_tied = CountBelow(values.data(), count, limit) < static_cast<int32_t>(middle);
  const int32_t lower = is_tied ? limit : HighestBelow(values.data(), count, limit);
  return 0.5f * (upper + std::bit_cast<float>(Ordered(lower)));
}

}  // namespace bellwether
