#include "server/analytics/multivariate/forest_kernel_x86.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <array>

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the deliberately undefined operands of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define BELLWETHER_AVX2 __attribute__((target("avx2")))

namespace bellwether {
namespace {

/// 16 bytes in both halves of a register.
BELLWETHER_AVX2 inline __m256i Table16(const uint8_t* from) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

/// Bit `kBit` (4 to 7) of every byte of `index`, where a blend looks for it.
template <int kBit>
BELLWETHER_AVX2 inline __m256i ToTopBit(__m256i index) {
  return _mm256_slli_epi16(index, 7 - kBit);
}

/// Entries of a table of 16 * 2^(kTop - 3) bytes by the lower bits of `index`, up to bit kTop (3 to 7). The top bit of
/// every byte of `low` is clear.
template <int kTop>
BELLWETHER_AVX2 inline __m256i PickBytes(const uint8_t* table, __m256i index, __m256i low) {
  if constexpr (kTop == 3) {
    return _mm256_shuffle_epi8(Table16(table), low);
  } else {
    return _mm256_blendv_epi8(PickBytes<kTop - 1>(table, index, low),
                              PickBytes<kTop - 1>(table + (size_t{8} << (kTop - 3)), index, low),
                              ToTopBit<kTop>(index));
  }
}

/// The codes of two groups side by side, 32 bytes a feature.
struct MergedCodes {
  alignas(32) std::array<uint8_t, kMaxForestFeatures * 2 * kGroupRows> bytes;
};

BELLWETHER_AVX2 void Merge(const uint8_t* first, const uint8_t* second, size_t features, MergedCodes& merged) {
  for (size_t f = 0; f < features; ++f) {
    const auto half = [f](const uint8_t* group) BELLWETHER_AVX2 {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(group + f * kGroupRows));
    };
    _mm256_store_si256(reinterpret_cast<__m256i*>(merged.bytes.data() + f * 2 * kGroupRows),
                       _mm256_inserti128_si256(_mm256_castsi128_si256(half(first)), half(second), 1));
  }
}

/// The codes of the named features of 32 rows.
BELLWETHER_AVX2 inline __m256i PickRowCodes(const MergedCodes& codes, size_t blocks, __m256i named) {
  const __m256i bit4 = ToTopBit<4>(named);
  const __m256i bit5 = ToTopBit<5>(named);
  const __m256i bit6 = ToTopBit<6>(named);
  const auto of_block = [&](size_t block) BELLWETHER_AVX2 {
    const auto code = [&](size_t feature) BELLWETHER_AVX2 {
      return _mm256_load_si256(
          reinterpret_cast<const __m256i*>(codes.bytes.data() + (block * kFeatureBlock + feature) * 2 * kGroupRows));
    };
    const __m256i lower = _mm256_blendv_epi8(_mm256_blendv_epi8(code(0), code(1), bit4),
                                             _mm256_blendv_epi8(code(2), code(3), bit4), bit5);
    const __m256i upper = _mm256_blendv_epi8(_mm256_blendv_epi8(code(4), code(5), bit4),
                                             _mm256_blendv_epi8(code(6), code(7), bit4), bit5);
    return _mm256_blendv_epi8(lower, upper, bit6);
  };
  __m256i picked = of_block(0);
  const __m256i wanted = _mm256_and_si256(named, _mm256_set1_epi8(7));
  for (size_t block = 1; block < blocks; ++block) {
    const __m256i here = _mm256_cmpeq_epi8(wanted, _mm256_set1_epi8(static_cast<char>(block)));
    picked = _mm256_blendv_epi8(picked, of_block(block), here);
  }
  return picked;
}

/// The top of one tree of a quad, places 1 to 15.
struct TreeTop {
  std::array<uint8_t, 16> cut{};
  std::array<uint8_t, 16> feature{};
};

TreeTop TopOf(const TreeQuad& quad, size_t tree) {
  TreeTop top;
  for (size_t level = 0; level < 4; ++level) {
    for (size_t i = 0; i < size_t{1} << level; ++i) {
      top.cut[(size_t{1} << level) + i] = quad.cut[((4 + tree) << level) + i];
      top.feature[(size_t{1} << level) + i] = quad.feature[((4 + tree) << level) + i];
    }
  }
  return top;
}

/// The lengths of one tree for 32 rows.
BELLWETHER_AVX2 inline __m256i WalkTree(const TreeQuad& quad, const TreeTop& top, size_t tree, const MergedCodes& codes,
                                        size_t blocks) {
  const __m256i low_bits = _mm256_set1_epi8(0x0F);
  __m256i place = _mm256_set1_epi8(1);
  const auto step = [&](__m256i cut, __m256i named) BELLWETHER_AVX2 {
    const __m256i code = PickRowCodes(codes, blocks, named);
    const __m256i right = _mm256_cmpeq_epi8(_mm256_max_epu8(code, cut), code);
    place = _mm256_sub_epi8(_mm256_add_epi8(place, place), right);
  };
  for (int level = 0; level < 4; ++level) {
    step(PickBytes<3>(top.cut.data(), place, place), PickBytes<3>(top.feature.data(), place, place));
  }
  const uint8_t* const cut = quad.cut.data();
  const uint8_t* const feature = quad.feature.data();
  const size_t root = 4 + tree;
  step(PickBytes<3>(cut + (root << 4), place, place), PickBytes<3>(feature + (root << 4), place, place));
  step(PickBytes<4>(cut + (root << 5), place, place), PickBytes<4>(feature + (root << 5), place, place));
  step(PickBytes<5>(cut + (root << 6), place, place), PickBytes<5>(feature + (root << 6), place, place));
  const __m256i low = _mm256_and_si256(place, low_bits);
  step(PickBytes<6>(cut + (root << 7), place, low), PickBytes<6>(feature + (root << 7), place, low));
  return PickBytes<7>(quad.length.data() + kTreePlaces * tree, place, _mm256_and_si256(place, low_bits));
}

}  // namespace

// A byte a row; an odd last group takes the portable way.
BELLWETHER_AVX2 void WalkAvx2(std::span<const TreeQuad> quads, size_t group_bytes, std::span<const uint8_t> codes,
                              std::span<uint32_t> sums) {
  const size_t pairs = sums.size() / (2 * kGroupRows);
  const size_t blocks = group_bytes / (kFeatureBlock * kGroupRows);
  MergedCodes merged;
  for (const TreeQuad& quad : quads) {
    const std::array<TreeTop, 4> tops = {TopOf(quad, 0), TopOf(quad, 1), TopOf(quad, 2), TopOf(quad, 3)};
    for (size_t pair = 0; pair < pairs; ++pair) {
      const uint8_t* const first = codes.data() + 2 * pair * group_bytes;
      Merge(first, first + group_bytes, blocks * kFeatureBlock, merged);
      __m256i low = _mm256_setzero_si256();  // 16 bits a row: four lengths fit
      __m256i high = _mm256_setzero_si256();
      for (size_t tree = 0; tree < 4; ++tree) {
        const __m256i lengths = WalkTree(quad, tops[tree], tree, merged, blocks);
        low = _mm256_add_epi16(low, _mm256_cvtepu8_epi16(_mm256_castsi256_si128(lengths)));
        high = _mm256_add_epi16(high, _mm256_cvtepu8_epi16(_mm256_extracti128_si256(lengths, 1)));
      }
      alignas(32) std::array<uint16_t, 2 * kGroupRows> found;
      _mm256_store_si256(reinterpret_cast<__m256i*>(found.data()), low);
      _mm256_store_si256(reinterpret_cast<__m256i*>(found.data() + kGroupRows), high);
      uint32_t* const sum = sums.data() + 2 * pair * kGroupRows;
      for (size_t i = 0; i < found.size(); ++i) {
        sum[i] += found[i];
      }
    }
  }
  const size_t walked = 2 * pairs * kGroupRows;
  WalkPortable(quads, group_bytes, codes.subspan(2 * pairs * group_bytes), sums.subspan(walked));
}

}  // namespace bellwether
#endif
