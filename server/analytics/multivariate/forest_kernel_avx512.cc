#include "server/analytics/multivariate/forest_kernel_x86.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <array>

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the deliberately undefined operands of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define BELLWETHER_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vnni")))

namespace bellwether {
namespace {

/// The rows' numbers in the tree's units; NaN becomes 0.
BELLWETHER_AVX512 inline __m256 UnitsOf8(const double* values, __m512d centre, __m512d inverse_scale) {
  const __m512d units = _mm512_mul_pd(_mm512_sub_pd(_mm512_loadu_pd(values), centre), inverse_scale);
  const __mmask8 ordered = _mm512_cmp_pd_mask(units, units, _CMP_ORD_Q);
  // The masked forms also turn NaN into 0.
  const __m512d below = _mm512_maskz_min_pd(ordered, units, _mm512_set1_pd(kMostUnits));
  const __m512d capped = _mm512_maskz_max_pd(ordered, below, _mm512_set1_pd(-kMostUnits));
  return _mm512_maskz_cvtpd_ps(0xFF, capped);
}

/// The codes of 16 rows: down the search tree, all rows at once, with tables in registers instead of memory.
BELLWETHER_AVX512 inline __m128i CodesOf16(const CutTree& tree, const double* values) {
  const __m512d centre = _mm512_set1_pd(tree.centre);
  const __m512d inverse_scale = _mm512_set1_pd(tree.inverse_scale);
  const __m512 units = _mm512_castpd_ps(
      _mm512_insertf64x4(_mm512_castps_pd(_mm512_castps256_ps512(UnitsOf8(values, centre, inverse_scale))),
                         _mm256_castps_pd(UnitsOf8(values + 8, centre, inverse_scale)), 1));
  const auto table = [&tree](size_t at) BELLWETHER_AVX512 { return _mm512_load_ps(tree.cut.data() + at); };
  const __m512i one = _mm512_set1_epi32(1);
  __m512i place = one;
  const auto descend = [&](__m512 cut) BELLWETHER_AVX512 {
    const __mmask16 right = _mm512_cmp_ps_mask(units, cut, _CMP_GE_OQ);
    place = _mm512_add_epi32(place, place);
    place = _mm512_mask_add_epi32(place, right, place, one);
  };
  for (int level = 0; level < 5; ++level) {  // places 1 to 31
    descend(_mm512_permutex2var_ps(table(0), place, table(16)));
  }
  descend(_mm512_permutex2var_ps(table(32), place, table(48)));
  const __mmask16 bit5 = _mm512_test_epi32_mask(place, _mm512_set1_epi32(32));
  descend(_mm512_mask_mov_ps(_mm512_permutex2var_ps(table(64), place, table(80)), bit5,
                             _mm512_permutex2var_ps(table(96), place, table(112))));
  const __mmask16 low = _mm512_test_epi32_mask(place, _mm512_set1_epi32(32));
  const __mmask16 high = _mm512_test_epi32_mask(place, _mm512_set1_epi32(64));
  const __m512 first = _mm512_mask_mov_ps(_mm512_permutex2var_ps(table(128), place, table(144)), low,
                                          _mm512_permutex2var_ps(table(160), place, table(176)));
  const __m512 second = _mm512_mask_mov_ps(_mm512_permutex2var_ps(table(192), place, table(208)), low,
                                           _mm512_permutex2var_ps(table(224), place, table(240)));
  descend(_mm512_mask_mov_ps(first, high, second));
  return _mm512_cvtepi32_epi8(place);  // place 256 + code, cut to 8 bits
}

/// The entries of a table of 64 * kRegisters bytes for a level from the fourth on. Byte i of `place` belongs to tree i
/// % 4.
BELLWETHER_AVX512 inline __m512i Pick(const uint8_t* table, size_t level, __m512i place) {
  const auto part = [table](size_t at) BELLWETHER_AVX512 { return _mm512_load_si512(table + 64 * at); };
  constexpr __mmask64 kTrees23 = 0xCCCCCCCCCCCCCCCCU;
  constexpr __mmask64 kTrees13 = 0xAAAAAAAAAAAAAAAAU;
  switch (level) {
    case 0:
    case 1:
    case 2:
    case 3:
      return _mm512_permutexvar_epi8(place, part(0));
    case 4:
      return _mm512_permutexvar_epi8(place, part(1));
    case 5:
      return _mm512_permutex2var_epi8(part(2), place, part(3));
    case 6:
      return _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(part(4), place, part(5)), kTrees23,
                                  _mm512_permutex2var_epi8(part(6), place, part(7)));
    default: {
      const __m512i trees01 = _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(part(8), place, part(9)), kTrees13,
                                                   _mm512_permutex2var_epi8(part(10), place, part(11)));
      const __m512i trees23 = _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(part(12), place, part(13)), kTrees13,
                                                   _mm512_permutex2var_epi8(part(14), place, part(15)));
      return _mm512_mask_mov_epi8(trees01, kTrees23, trees23);
    }
  }
}

/// The codes of the named features, from kPairs tables of 128 bytes. Byte i belongs to row i / 4 of the group.
template <size_t kPairs>
BELLWETHER_AVX512 inline __m512i PickCodes(const uint8_t* codes, __m512i named, __m512i row) {
  // (named & 0x70) | row
  const __m512i index = _mm512_ternarylogic_epi32(named, _mm512_set1_epi8(0x70), row, 0xEA);
  const auto pair = [&](size_t at) BELLWETHER_AVX512 {
    return _mm512_permutex2var_epi8(_mm512_loadu_si512(codes + 128 * at), index,
                                    _mm512_loadu_si512(codes + 128 * at + 64));
  };
  if constexpr (kPairs == 1) {
    return pair(0);
  } else if constexpr (kPairs == 2) {
    return _mm512_mask_mov_epi8(pair(0), _mm512_test_epi8_mask(named, _mm512_set1_epi8(1)), pair(1));
  } else {
    const __mmask64 bit0 = _mm512_test_epi8_mask(named, _mm512_set1_epi8(1));
    const __mmask64 bit1 = _mm512_test_epi8_mask(named, _mm512_set1_epi8(2));
    __m512i picked = _mm512_mask_mov_epi8(_mm512_mask_mov_epi8(pair(0), bit0, pair(1)), bit1,
                                          _mm512_mask_mov_epi8(pair(2), bit0, pair(3)));
    if constexpr (kPairs == 8) {
      const __m512i upper = _mm512_mask_mov_epi8(_mm512_mask_mov_epi8(pair(4), bit0, pair(5)), bit1,
                                                 _mm512_mask_mov_epi8(pair(6), bit0, pair(7)));
      picked = _mm512_mask_mov_epi8(picked, _mm512_test_epi8_mask(named, _mm512_set1_epi8(4)), upper);
    }
    return picked;
  }
}

/// The lengths at the leaves: 256 bytes a tree.
BELLWETHER_AVX512 inline __m512i PickLengths(const uint8_t* table, __m512i leaf) {
  const __mmask64 upper = _mm512_movepi8_mask(leaf);
  const auto tree = [&](size_t at) BELLWETHER_AVX512 {
    const uint8_t* const from = table + kTreePlaces * at;
    return _mm512_mask_mov_epi8(
        _mm512_permutex2var_epi8(_mm512_load_si512(from), leaf, _mm512_load_si512(from + 64)), upper,
        _mm512_permutex2var_epi8(_mm512_load_si512(from + 128), leaf, _mm512_load_si512(from + 192)));
  };
  const __m512i trees01 = _mm512_mask_mov_epi8(tree(0), 0xAAAAAAAAAAAAAAAAU, tree(1));
  const __m512i trees23 = _mm512_mask_mov_epi8(tree(2), 0xAAAAAAAAAAAAAAAAU, tree(3));
  return _mm512_mask_mov_epi8(trees01, 0xCCCCCCCCCCCCCCCCU, trees23);
}

/// 16 rows down 4 trees at once, a byte each, kGroups times side by side: a step waits for the one before it, and the
/// other groups fill the gap. Every table look-up is a permutation of registers.
template <size_t kPairs, size_t kGroups>
BELLWETHER_AVX512 inline void WalkGroups(const TreeQuad& quad, const uint8_t* codes, uint32_t* sums) {
  const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i row = _mm512_mullo_epi32(lane, _mm512_set1_epi32(0x01010101));  // byte i: i / 4
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i place[kGroups];
  for (__m512i& of_group : place) {
    of_group = _mm512_set1_epi32(0x07060504);  // byte i: 4 + i % 4
  }
#pragma GCC unroll 8
  for (size_t level = 0; level < kTreeLevels; ++level) {
#pragma GCC unroll 4
    for (size_t group = 0; group < kGroups; ++group) {
      const __m512i cut = Pick(quad.cut.data(), level, place[group]);
      const __m512i named = Pick(quad.feature.data(), level, place[group]);
      const __m512i code = PickCodes<kPairs>(codes + group * kPairs * 128, named, row);
      const __mmask64 right = _mm512_cmpge_epu8_mask(code, cut);
      const __m512i left = _mm512_add_epi8(place[group], place[group]);
      place[group] = _mm512_mask_add_epi8(left, right, left, ones);
    }
  }
#pragma GCC unroll 4
  for (size_t group = 0; group < kGroups; ++group) {
    uint32_t* const sum = sums + group * kGroupRows;
    _mm512_storeu_si512(
        sum, _mm512_dpbusd_epi32(_mm512_loadu_si512(sum), PickLengths(quad.length.data(), place[group]), ones));
  }
}

template <size_t kPairs>
BELLWETHER_AVX512 void WalkPairs(std::span<const TreeQuad> quads, const uint8_t* codes, std::span<uint32_t> sums) {
  constexpr size_t kSideBySide = 4;
  const size_t groups = sums.size() / kGroupRows;
  for (const TreeQuad& quad : quads) {
    size_t group = 0;
    for (; group + kSideBySide <= groups; group += kSideBySide) {
      WalkGroups<kPairs, kSideBySide>(quad, codes + group * kPairs * 128, sums.data() + group * kGroupRows);
    }
    for (; group < groups; ++group) {
      WalkGroups<kPairs, 1>(quad, codes + group * kPairs * 128, sums.data() + group * kGroupRows);
    }
  }
}

}  // namespace

bool HasAvx512Kernel() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vbmi") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
}

BELLWETHER_AVX512 void EncodeAvx512(const CutTree& tree, const double* values, size_t groups, size_t group_bytes,
                                    uint8_t* codes) {
  for (size_t group = 0; group < groups; ++group) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(codes + group * group_bytes),
                     CodesOf16(tree, values + group * kGroupRows));
  }
}

void WalkAvx512(std::span<const TreeQuad> quads, size_t group_bytes, std::span<const uint8_t> codes,
                std::span<uint32_t> sums) {
  switch (group_bytes / 128) {
    case 1:
      return WalkPairs<1>(quads, codes.data(), sums);
    case 2:
      return WalkPairs<2>(quads, codes.data(), sums);
    case 4:
      return WalkPairs<4>(quads, codes.data(), sums);
    default:
      return WalkPairs<8>(quads, codes.data(), sums);
  }
}

}  // namespace bellwether
#endif
