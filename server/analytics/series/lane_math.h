#pragma once

#include <cstddef>
#include <cstdint>

#include "server/analytics/series/clip.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// 2^x to within 2e-7 of its value, x cut to [-126, 126]. The integer part goes into the exponent's bits, the rest
/// through a polynomial.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float Exp2Of(typename Lanes<N>::Float x) {
  using L = Lanes<N>;
  using Float = typename L::Float;
  x = Clip<Float>(x, L::Splat(-126.0f), L::Splat(126.0f));
  const Float rounded = x + 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  const Float whole = rounded - 12582912.0f;
  const Float f = x - whole;  // in [-1/2, 1/2]
  const Float polynomial =
      1.0f + f * (0.693147181f + f * (0.240226507f + f * (0.0555041087f + f * (0.00961812911f + f * 0.00133335581f))));
  return polynomial * L::FromBits((L::ToInt(whole) + 127) << 23);
}

/// 10^x, see Exp2Of.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float Exp10Of(typename Lanes<N>::Float x) {
  return Exp2Of<N>(x * 3.32192809f);
}

/// e^x, see Exp2Of.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float ExpOf(typename Lanes<N>::Float x) {
  return Exp2Of<N>(x * 1.44269504f);
}

/// log10(x) to within 2e-5 for normal x > 0: FastLog10 of each lane.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float Log10Of(typename Lanes<N>::Float x) {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  const Int shifted = L::Bits(x) - 0x3f3504f3;
  const Float exponent = L::ToFloat(shifted >> 23);
  const Float mantissa = L::FromBits((shifted & 0x007fffff) + 0x3f3504f3);
  const Float s = (mantissa - 1.0f) / (mantissa + 1.0f);
  const Float square = s * s;
  return exponent * 0.30103f + 0.86858896f * s * (1.0f + square * (1.0f / 3 + square * (0.2f + square * (1.0f / 7))));
}

/// 1 / (count + 1). Lanes mostly count the same, and one division is cheaper than N.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float InverseOfNext(typename Lanes<N>::Int count) {
  using L = Lanes<N>;
  if constexpr (N > 1) {
    const int32_t first = L::At(count, 0);
    if (!L::Any(count != first)) {
      return L::Splat(1.0f / (static_cast<float>(first) + 1.0f));
    }
  }
  return 1.0f / (L::ToFloat(count) + 1.0f);
}

/// log2(x) to within 1e-4 for normal x > 0.
template <size_t N>
BELLWETHER_LANES_INLINE typename Lanes<N>::Float Log2Of(typename Lanes<N>::Float x) {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  const Int bits = L::Bits(x) - 0x3f3504f3;
  const Float exponent = L::ToFloat(bits >> 23);
  const Float mantissa = L::FromBits((bits & 0x007fffff) + 0x3f3504f3);
  const Float s = (mantissa - 1.0f) / (mantissa + 1.0f);
  const Float square = s * s;
  return exponent + 2.88539008f * s * (1.0f + square * (1.0f / 3 + square * 0.2f));
}

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
