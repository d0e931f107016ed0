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

constexpr size_t kSideBySide = 4;  // trees

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

/// The rows' numbers in the tree's units; NaN becomes 0.
BELLWETHER_AVX2 inline __m128 UnitsOf4(const double* values, __m256d centre, __m256d inverse_scale) {
  const __m256d units = _mm256_mul_pd(_mm256_sub_pd(_mm256_loadu_pd(values), centre), inverse_scale);
  const __m256d capped = _mm256_max_pd(_mm256_min_pd(units, _mm256_set1_pd(kMostUnits)), _mm256_set1_pd(-kMostUnits));
  return _mm256_cvtpd_ps(_mm256_and_pd(capped, _mm256_cmp_pd(units, units, _CMP_ORD_Q)));
}

/// Entries of a table of 2^(kTop + 1) floats by the lower bits of `index`, up to bit kTop (2 to 6).
template <int kTop>
BELLWETHER_AVX2 inline __m256 PickFloats(const float* table, __m256i index) {
  if constexpr (kTop == 2) {
    return _mm256_permutevar8x32_ps(_mm256_load_ps(table), index);
  } else {
    return _mm256_blendv_ps(PickFloats<kTop - 1>(table, index),
                            PickFloats<kTop - 1>(table + (size_t{1} << kTop), index),
                            _mm256_castsi256_ps(_mm256_slli_epi32(index, 31 - kTop)));
  }
}

/// The codes of 16 rows: down the search tree, all rows at once, with tables in registers instead of memory.
BELLWETHER_AVX2 inline __m128i CodesOf16(const CutTree& tree, const double* values) {
  const __m256d centre = _mm256_set1_pd(tree.centre);
  const __m256d inverse_scale = _mm256_set1_pd(tree.inverse_scale);
  __m256 units[2];
  __m256i place[2];
  for (size_t half = 0; half < 2; ++half) {
    units[half] = _mm256_set_m128(UnitsOf4(values + 8 * half + 4, centre, inverse_scale),
                                  UnitsOf4(values + 8 * half, centre, inverse_scale));
    place[half] = _mm256_set1_epi32(1);
  }
  const float* const cut = tree.cut.data();
  const auto descend = [&]<int kTop>(const float* table) BELLWETHER_AVX2 {
#pragma GCC unroll 2
    for (size_t half = 0; half < 2; ++half) {
      const __m256 right = _mm256_cmp_ps(units[half], PickFloats<kTop>(table, place[half]), _CMP_GE_OQ);
      place[half] = _mm256_sub_epi32(_mm256_add_epi32(place[half], place[half]), _mm256_castps_si256(right));
    }
  };
  descend.template operator()<2>(cut);  // places 1 to 7
  descend.template operator()<2>(cut);
  descend.template operator()<2>(cut);
  descend.template operator()<2>(cut + 8);
  descend.template operator()<3>(cut + 16);
  descend.template operator()<4>(cut + 32);
  descend.template operator()<5>(cut + 64);
  descend.template operator()<6>(cut + 128);
  const __m256i byte = _mm256_set1_epi32(0xFF);  // place 256 + code, cut to 8 bits
  const __m256i words = _mm256_permute4x64_epi64(
      _mm256_packus_epi32(_mm256_and_si256(place[0], byte), _mm256_and_si256(place[1], byte)), 0xD8);
  return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

/// The codes of two groups side by side, 32 bytes a feature.
struct MergedCodes {
  alignas(32) std::array<uint8_t, kMaxForestFeatures * 2 * kGroupRows> bytes;

  /// Those of the feature that a split names.
  [[nodiscard]] const uint8_t* Of(uint8_t named) const {
    return bytes.data() + ((named & 7U) * kFeatureBlock + (named >> 4)) * 2 * kGroupRows;
  }
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

/// The lengths of two trees of a quad, from `first` on, for 32 rows. A step waits for the one before it, and the other
/// tree fills the gap.
BELLWETHER_AVX2 inline void WalkTrees(const TreeQuad& quad, const TreeTop* tops, size_t first, const MergedCodes& codes,
                                      size_t blocks, __m256i* lengths) {
  const __m256i low_bits = _mm256_set1_epi8(0x0F);
  __m256i place[kSideBySide];
  const auto step = [&](size_t tree, __m256i cut, __m256i named) BELLWETHER_AVX2 {
    const __m256i code = PickRowCodes(codes, blocks, named);
    const __m256i right = _mm256_cmpeq_epi8(_mm256_max_epu8(code, cut), code);
    place[tree] = _mm256_sub_epi8(_mm256_add_epi8(place[tree], place[tree]), right);
  };
  // Of the root and the two places below it the features are the same for all rows: no look-up by feature.
#pragma GCC unroll 4
  for (size_t t = 0; t < kSideBySide; ++t) {
    const TreeTop& top = tops[first + t];
    const auto at = [&](size_t node) BELLWETHER_AVX2 {
      return _mm256_load_si256(reinterpret_cast<const __m256i*>(codes.Of(top.feature[node])));
    };
    const auto cut_at = [&](size_t node) BELLWETHER_AVX2 { return _mm256_set1_epi8(static_cast<char>(top.cut[node])); };
    const __m256i root = at(1);
    const __m256i right = _mm256_cmpeq_epi8(_mm256_max_epu8(root, cut_at(1)), root);
    const __m256i code = _mm256_blendv_epi8(at(2), at(3), right);
    const __m256i below =
        _mm256_cmpeq_epi8(_mm256_max_epu8(code, _mm256_blendv_epi8(cut_at(2), cut_at(3), right)), code);
    place[t] = _mm256_sub_epi8(_mm256_sub_epi8(_mm256_set1_epi8(4), _mm256_add_epi8(right, right)), below);
  }
#pragma GCC unroll 4
  for (int level = 2; level < 4; ++level) {
#pragma GCC unroll 4
    for (size_t t = 0; t < kSideBySide; ++t) {
      step(t, PickBytes<3>(tops[first + t].cut.data(), place[t], place[t]),
           PickBytes<3>(tops[first + t].feature.data(), place[t], place[t]));
    }
  }
  const uint8_t* const cut = quad.cut.data();
  const uint8_t* const feature = quad.feature.data();
  const auto level = [&]<int kLevel>() BELLWETHER_AVX2 {
#pragma GCC unroll 4
    for (size_t t = 0; t < kSideBySide; ++t) {
      const size_t root = (4 + first + t) << kLevel;
      const __m256i low = kLevel < 7 ? place[t] : _mm256_and_si256(place[t], low_bits);
      step(t, PickBytes<kLevel - 1>(cut + root, place[t], low), PickBytes<kLevel - 1>(feature + root, place[t], low));
    }
  };
  level.template operator()<4>();
  level.template operator()<5>();
  level.template operator()<6>();
  level.template operator()<7>();
#pragma GCC unroll 4
  for (size_t t = 0; t < kSideBySide; ++t) {
    lengths[t] =
        PickBytes<7>(quad.length.data() + kTreePlaces * (first + t), place[t], _mm256_and_si256(place[t], low_bits));
  }
}

}  // namespace

BELLWETHER_AVX2 void EncodeAvx2(const CutTree& tree, const double* values, size_t groups, size_t group_bytes,
                                uint8_t* codes) {
  for (size_t group = 0; group < groups; ++group) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(codes + group * group_bytes),
                     CodesOf16(tree, values + group * kGroupRows));
  }
}

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
      for (size_t tree = 0; tree < 4; tree += kSideBySide) {
        __m256i lengths[kSideBySide];
        WalkTrees(quad, tops.data(), tree, merged, blocks, lengths);
        for (const __m256i of_tree : lengths) {
          low = _mm256_add_epi16(low, _mm256_cvtepu8_epi16(_mm256_castsi256_si128(of_tree)));
          high = _mm256_add_epi16(high, _mm256_cvtepu8_epi16(_mm256_extracti128_si256(of_tree, 1)));
        }
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
