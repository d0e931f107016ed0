#pragma once

#include <bit>
#include <cstdint>

#include "server/analytics/series/clip.h"

namespace bellwether {

/// 2^x to within 2e-7 of its value, x cut to [-126, 126]. The integer part goes into the exponent's bits, the rest
/// through a polynomial.
inline float FastExp2(float x) {
  x = Clip(x, -126.0f, 126.0f);
  const float rounded = x + 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  const float whole = rounded - 12582912.0f;
  const float f = x - whole;  // in [-1/2, 1/2]
  const float polynomial =
      1 + f * (0.693147181f + f * (0.240226507f + f * (0.0555041087f + f * (0.00961812911f + f * 0.00133335581f))));
  const auto exponent = static_cast<int32_t>(whole);
  return polynomial * std::bit_cast<float>(static_cast<uint32_t>(exponent + 127) << 23);
}

/// 10^x, see FastExp2.
inline float FastExp10(float x) { return FastExp2(x * 3.32192809f); }

/// e^x, see FastExp2.
inline float FastExp(float x) { return FastExp2(x * 1.44269504f); }

/// log2(x) to within 1e-4 for normal x > 0.
inline float FastLog2(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x) - 0x3f3504f3u;
  const auto exponent = static_cast<float>(static_cast<int32_t>(bits) >> 23);
  const float mantissa = std::bit_cast<float>((bits & 0x007fffffu) + 0x3f3504f3u);
  const float s = (mantissa - 1) / (mantissa + 1);
  const float square = s * s;
  return exponent + 2.88539008f * s * (1 + square * (1.0f / 3 + square * 0.2f));
}

}  // namespace bellwether
