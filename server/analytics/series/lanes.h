#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#ifdef __AVX2__
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

/// The vectors of N numbers. A size that depends on a template's parameter is not taken, so each is spelled out.
template <size_t N>
struct LaneVectors;
template <>
struct LaneVectors<8> {
  typedef float Float __attribute__((vector_size(32)));
  typedef int32_t Int __attribute__((vector_size(32)));
  typedef uint8_t Bytes __attribute__((vector_size(8)));
  typedef uint16_t Shorts __attribute__((vector_size(16)));
};
template <>
struct LaneVectors<16> {
  typedef float Float __attribute__((vector_size(64)));
  typedef int32_t Int __attribute__((vector_size(64)));
  typedef uint8_t Bytes __attribute__((vector_size(16)));
  typedef uint16_t Shorts __attribute__((vector_size(32)));
};

/// N numbers of as many series, handled by the same instructions at once. With N = 1 they are plain numbers, and the
/// same source is the code for one series. All lanes give, bit for bit, what each of them gives alone.
template <size_t N>
struct Lanes {
  using Float = typename LaneVectors<N>::Float;
  using Int = typename LaneVectors<N>::Int;
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
#ifdef __AVX2__
    if constexpr (N == 8) {
      return static_cast<uint32_t>(_mm256_movemask_ps(std::bit_cast<__m256>(mask)));
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
#ifdef __AVX2__
    if constexpr (N == 8) {
      return std::bit_cast<Int>(
          _mm256_i32gather_epi32(reinterpret_cast<const int*>(base), std::bit_cast<__m256i>(offset), 1));
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
  /// The larger and the smaller magnitude of two numbers.
  static BELLWETHER_LANES_INLINE Float LargerSize(Float a, Float b) {
#ifdef __AVX512DQ__
    if constexpr (N == 16) {
      return std::bit_cast<Float>(_mm512_range_ps(std::bit_cast<__m512>(a), std::bit_cast<__m512>(b), 0b1011));
    }
#endif
    const Float first = FromBits(Bits(a) & 0x7fffffff);
    const Float second = FromBits(Bits(b) & 0x7fffffff);
    return first > second ? first : second;
  }
  static BELLWETHER_LANES_INLINE Float SmallerSize(Float a, Float b) {
#ifdef __AVX512DQ__
    if constexpr (N == 16) {
      return std::bit_cast<Float>(_mm512_range_ps(std::bit_cast<__m512>(a), std::bit_cast<__m512>(b), 0b1010));
    }
#endif
    const Float first = FromBits(Bits(a) & 0x7fffffff);
    const Float second = FromBits(Bits(b) & 0x7fffffff);
    return first < second ? first : second;
  }

  static BELLWETHER_LANES_INLINE int32_t At(Int x, size_t lane) { return x[lane]; }
  static BELLWETHER_LANES_INLINE float At(Float x, size_t lane) { return x[lane]; }
  static BELLWETHER_LANES_INLINE void Set(Float& x, size_t lane, float number) { x[lane] = number; }
};

/// One lane: plain numbers.
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
  static BELLWETHER_LANES_INLINE void Set(Float& x, size_t, float number) { x = number; }
};

/// One number of type Number for each lane, as it lies in memory; reads and writes as `As`, lane by lane through `at`.
template <class Number, class As, size_t N>
struct alignas(sizeof(Number) * N) LaneNumbers {
  Number at[N] = {};

  BELLWETHER_LANES_INLINE As Load() const {
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
    if constexpr (N == 1) {
      return at[0];
    } else {
      // Compilers take lanes of unequal width apart one by one, where they are not told.
#ifdef __AVX512F__
      if constexpr (N == 16) {
        return std::bit_cast<typename Lanes<N>::Int>(
            _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))));
      }
#endif
#ifdef __AVX2__
      if constexpr (N == 8) {
        return std::bit_cast<typename Lanes<N>::Int>(
            _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at))));
      }
#endif
      using Bytes = typename LaneVectors<N>::Bytes;
      Bytes bytes;
      std::memcpy(&bytes, at, sizeof(bytes));
      return __builtin_convertvector(bytes, typename Lanes<N>::Int);
    }
  }
  BELLWETHER_LANES_INLINE void Store(typename Lanes<N>::Int numbers) {
    if constexpr (N == 1) {
      at[0] = static_cast<uint8_t>(numbers);
    } else {
#ifdef __AVX512F__
      if constexpr (N == 16) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(at), _mm512_cvtepi32_epi8(std::bit_cast<__m512i>(numbers)));
        return;
      }
#endif
      using Bytes = typename LaneVectors<N>::Bytes;
      const Bytes bytes = __builtin_convertvector(numbers, Bytes);
      std::memcpy(at, &bytes, sizeof(at));
    }
  }
};

/// Magnitude.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float AbsOf(typename Lanes<N>::Float x) {
  return Lanes<N>::FromBits(Lanes<N>::Bits(x) & 0x7fffffff);
}

/// Square root.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float RootOf(typename Lanes<N>::Float x) {
  if constexpr (N == 1) {
    return __builtin_sqrtf(x);
  } else {
    typename Lanes<N>::Float root;
    for (size_t lane = 0; lane < N; ++lane) {
      root[lane] = __builtin_sqrtf(x[lane]);
    }
    return root;
  }
}

/// Adds to one number of each lane: numbers[index] += added.
template <size_t N>
BELLWETHER_LANES_INLINE void AddTo(uint16_t* numbers, typename Lanes<N>::Int index, typename Lanes<N>::Int added) {
  if constexpr (N == 1) {
    numbers[index] = static_cast<uint16_t>(numbers[index] + added);
  } else {
    LaneInts<N> places;
    LaneInts<N> sums;
    places = index;
    sums = added;
    // Through memory: taking numbers out of a vector one by one costs more than storing it and loading each.
    asm("" : "+m"(places), "+m"(sums));
#pragma GCC unroll 16
    for (size_t lane = 0; lane < N; ++lane) {
      uint16_t& one = numbers[places.at[lane]];
      one = static_cast<uint16_t>(one + sums.at[lane]);
    }
  }
}

/// Calls `visit(lane)` for each lane of the mask.
template <size_t N, class Visit>
BELLWETHER_LANES_INLINE void ForLanes(typename Lanes<N>::Mask mask, Visit&& visit) {
  for (uint32_t bits = Lanes<N>::BitsOf(mask); bits != 0; bits &= bits - 1) {
    visit(static_cast<size_t>(std::countr_zero(bits)));
  }
}

/// Counts as numbers of N lanes.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Int Widen(typename LaneVectors<N>::Shorts counts) {
#ifdef __AVX512F__
  if constexpr (N == 16) {
    return std::bit_cast<typename Lanes<N>::Int>(_mm512_cvtepu16_epi32(std::bit_cast<__m256i>(counts)));
  }
#endif
#ifdef __AVX2__
  if constexpr (N == 8) {
    return std::bit_cast<typename Lanes<N>::Int>(_mm256_cvtepu16_epi32(std::bit_cast<__m128i>(counts)));
  }
#endif
  return __builtin_convertvector(counts, typename Lanes<N>::Int);
}

/// The first halves of two vectors, number by number in turns, then the second halves.
template <class Vector, size_t... Place>
BELLWETHER_LANES_INLINE void Interleave(Vector& a, Vector& b, std::index_sequence<Place...>) {
  constexpr size_t kSize = sizeof...(Place);
  const Vector low = __builtin_shufflevector(a, b, (Place % 2 == 0 ? Place / 2 : kSize + Place / 2)...);
  const Vector high =
      __builtin_shufflevector(a, b, (Place % 2 == 0 ? kSize / 2 + Place / 2 : kSize + kSize / 2 + Place / 2)...);
  a = low;
  b = high;
}

/// Turns N vectors of N numbers into the N vectors of their columns.
template <size_t N, class Vector>
BELLWETHER_LANES_INLINE void Transpose(std::array<Vector, N>& rows) {
  for (size_t round = 1; round < N; round *= 2) {
    std::array<Vector, N> next;
    for (size_t i = 0; i < N / 2; ++i) {
      next[2 * i] = rows[i];
      next[2 * i + 1] = rows[i + N / 2];
      Interleave(next[2 * i], next[2 * i + 1], std::make_index_sequence<N>());
    }
    rows = next;
  }
}

/// Counts that lie lane by lane, `stride` apart, as Bins (at least N) numbers of N lanes.
template <size_t N, size_t Bins>
BELLWETHER_LANES_INLINE void LoadColumns(const uint16_t* counts, size_t stride,
                                         std::array<LaneInts<N>, Bins>& columns) {
  using Shorts = typename LaneVectors<N>::Shorts;
  static_assert(Bins >= N);
  for (size_t block = 0; block < Bins; block += N) {
    const size_t first = block + N <= Bins ? block : Bins - N;  // the last one may do some again
    std::array<Shorts, N> rows;
    for (size_t lane = 0; lane < N; ++lane) {
      std::memcpy(&rows[lane], counts + lane * stride + first, sizeof(Shorts));
    }
    Transpose<N>(rows);
    for (size_t bin = 0; bin < N; ++bin) {
      columns[first + bin] = Widen<N>(rows[bin]);
    }
  }
}

/// The other way, of numbers from 0 to 255, into the lanes of `mask`.
template <size_t N, size_t Bins>
BELLWETHER_LANES_INLINE void StoreColumns(const std::array<LaneInts<N>, Bins>& columns, uint8_t* bytes, size_t stride,
                                          typename Lanes<N>::Mask mask) {
  using Bytes = typename LaneVectors<N>::Bytes;
  static_assert(Bins >= N);
  for (size_t block = 0; block < Bins; block += N) {
    const size_t first = block + N <= Bins ? block : Bins - N;  // the last one may do some again
    std::array<Bytes, N> rows;
    for (size_t bin = 0; bin < N; ++bin) {
      LaneBytes<N> narrow;
      narrow.Store(columns[first + bin].Load());
      std::memcpy(&rows[bin], narrow.at, sizeof(Bytes));
    }
    Transpose<N>(rows);
    ForLanes<N>(mask, [&](size_t lane) { std::memcpy(bytes + lane * stride + first, &rows[lane], sizeof(Bytes)); });
  }
}

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
