#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

// Code over lanes is compiled once for each instruction set; what it defines lies in a namespace of its own for each,
// so that no program mixes them.
#ifndef BELLWETHER_LANES
#define BELLWETHER_LANES lanes_plain
#endif

#define BELLWETHER_LANES_INLINE inline __attribute__((always_inline))

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// N numbers of as many series, handled by the same instructions at once. With N = 1 they are plain numbers, and the
/// same source is the code for one series. All lanes give, bit for bit, what each of them gives alone.
template <size_t N>
struct Lanes {
  typedef float Float __attribute__((vector_size(4 * N)));
  typedef int32_t Int __attribute__((vector_size(4 * N)));
  using Mask = Int;  ///< 0 or -1

  static BELLWETHER_LANES_INLINE Float Splat(float x) { return x - Float{}; }
  static BELLWETHER_LANES_INLINE Int Splat(int32_t x) { return x - Int{}; }
  static BELLWETHER_LANES_INLINE Mask SplatMask(bool x) { return Splat(x ? -1 : 0); }
  static BELLWETHER_LANES_INLINE Float Select(Mask mask, Float a, Float b) { return mask ? a : b; }
  static BELLWETHER_LANES_INLINE Int Select(Mask mask, Int a, Int b) { return mask ? a : b; }
  static BELLWETHER_LANES_INLINE Mask Not(Mask mask) { return ~mask; }
  static BELLWETHER_LANES_INLINE Float ToFloat(Int x) { return __builtin_convertvector(x, Float); }
  static BELLWETHER_LANES_INLINE Int ToInt(Float x) { return __builtin_convertvector(x, Int); }
  static BELLWETHER_LANES_INLINE Int Bits(Float x) { return std::bit_cast<Int>(x); }
  static BELLWETHER_LANES_INLINE Float FromBits(Int x) { return std::bit_cast<Float>(x); }

  /// One bit a lane.
  static BELLWETHER_LANES_INLINE uint32_t BitsOf(Mask mask) {
#ifdef __AVX512F__
    if constexpr (N == 16) {
      return _mm512_movepi32_mask(std::bit_cast<__m512i>(mask));
    }
#endif
    uint32_t bits = 0;
    for (size_t lane = 0; lane < N; ++lane) {
      bits |= static_cast<uint32_t>(mask[lane] & 1) << lane;
    }
    return bits;
  }
  static BELLWETHER_LANES_INLINE bool Any(Mask mask) { return BitsOf(mask) != 0; }

  /// The four bytes from base[offset] on, for each lane.
  static BELLWETHER_LANES_INLINE Int Gather(const uint8_t* base, Int offset) {
#ifdef __AVX512F__
    if constexpr (N == 16) {
      return std::bit_cast<Int>(_mm512_i32gather_epi32(std::bit_cast<__m512i>(offset), base, 1));
    }
#endif
    Int found;
    for (size_t lane = 0; lane < N; ++lane) {
      int32_t one;
      std::memcpy(&one, base + offset[lane], sizeof(one));
      found[lane] = one;
    }
    return found;
  }
  static BELLWETHER_LANES_INLINE int32_t At(Int x, size_t lane) { return x[lane]; }
  static BELLWETHER_LANES_INLINE float At(Float x, size_t lane) { return x[lane]; }
};

template <>
struct Lanes<1> {
  using Float = float;
  using Int = int32_t;
  using Mask = bool;

  static BELLWETHER_LANES_INLINE Float Splat(float x) { return x; }
  static BELLWETHER_LANES_INLINE Int Splat(int32_t x) { return x; }
  static BELLWETHER_LANES_INLINE Mask SplatMask(bool x) { return x; }
  static BELLWETHER_LANES_INLINE Float Select(Mask mask, Float a, Float b) { return mask ? a : b; }
  static BELLWETHER_LANES_INLINE Int Select(Mask mask, Int a, Int b) { return mask ? a : b; }
  static BELLWETHER_LANES_INLINE Mask Not(Mask mask) { return !mask; }
  static BELLWETHER_LANES_INLINE Float ToFloat(Int x) { return static_cast<float>(x); }
  static BELLWETHER_LANES_INLINE Int ToInt(Float x) { return static_cast<int32_t>(x); }
  static BELLWETHER_LANES_INLINE Int Bits(Float x) { return std::bit_cast<int32_t>(x); }
  static BELLWETHER_LANES_INLINE Float FromBits(Int x) { return std::bit_cast<float>(x); }
  static BELLWETHER_LANES_INLINE uint32_t BitsOf(Mask mask) { return mask ? 1 : 0; }
  static BELLWETHER_LANES_INLINE bool Any(Mask mask) { return mask; }
  static BELLWETHER_LANES_INLINE Int Gather(const uint8_t* base, Int offset) {
    int32_t one;
    std::memcpy(&one, base + offset, sizeof(one));
    return one;
  }
  static BELLWETHER_LANES_INLINE int32_t At(Int x, size_t) { return x; }
  static BELLWETHER_LANES_INLINE float At(Float x, size_t) { return x; }
};

/// One number of type Number for each lane, as it lies in memory; reads and writes as `As`, lane by lane through `at`.
template <class Number, class As, size_t N>
struct alignas(sizeof(Number) * N) LaneNumbers {
  Number at[N] = {};

  BELLWETHER_LANES_INLINE operator As() const {  // NOLINT(google-explicit-constructor)
    As numbers;
    std::memcpy(&numbers, at, sizeof(numbers));
    return numbers;
  }
  BELLWETHER_LANES_INLINE LaneNumbers& operator=(As numbers) {
    std::memcpy(at, &numbers, sizeof(at));
    return *this;
  }
};
template <size_t N>
using LaneFloats = LaneNumbers<float, typename Lanes<N>::Float, N>;
template <size_t N>
using LaneInts = LaneNumbers<int32_t, typename Lanes<N>::Int, N>;

/// One byte for each lane, read and written as whole numbers from 0 to 255.
template <size_t N>
struct alignas(N) LaneBytes {
  uint8_t at[N] = {};

  BELLWETHER_LANES_INLINE typename Lanes<N>::Int Load() const {
    typename Lanes<N>::Int numbers;
    for (size_t lane = 0; lane < N; ++lane) {
      if constexpr (N == 1) {
        numbers = at[0];
      } else {
        numbers[lane] = at[lane];
      }
    }
    return numbers;
  }
  BELLWETHER_LANES_INLINE void Store(typename Lanes<N>::Int numbers) {
    for (size_t lane = 0; lane < N; ++lane) {
      at[lane] = static_cast<uint8_t>(Lanes<N>::At(numbers, lane));
    }
  }
};

/// Magnitude, smaller, larger, cut to [low, high].
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float AbsOf(typename Lanes<N>::Float x) {
  return Lanes<N>::FromBits(Lanes<N>::Bits(x) & 0x7fffffff);
}

/// Calls `visit(lane)` for each lane of the mask.
template <size_t N, class Visit>
BELLWETHER_LANES_INLINE void ForLanes(typename Lanes<N>::Mask mask, Visit&& visit) {
  for (uint32_t bits = Lanes<N>::BitsOf(mask); bits != 0; bits &= bits - 1) {
    visit(static_cast<size_t>(std::countr_zero(bits)));
  }
}

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
