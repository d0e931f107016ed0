#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace bellwether {

/// log10(x) to within 2e-5 for normal x > 0. Exponent and mantissa are taken apart and the logarithm of the mantissa is
/// the odd series of (m - 1) / (m + 1); branch-free, so that compilers turn loops of it into vector code.
inline __attribute__((always_inline)) float FastLog10(float x) {
  constexpr float kLog10Two = 0.30103f;
  constexpr float kTwiceLog10E = 0.86858896f;
  const auto bits = std::bit_cast<uint32_t>(x);
  // The mantissa between sqrt(1/2) and sqrt(2), where the series converges fast.
  const uint32_t shifted = bits - 0x3f3504f3u;
  const auto exponent = static_cast<float>(static_cast<int32_t>(shifted) >> 23);
  const float mantissa = std::bit_cast<float>((shifted & 0x007fffffu) + 0x3f3504f3u);
  const float s = (mantissa - 1) / (mantissa + 1);
  const float square = s * s;
  return exponent * kLog10Two + kTwiceLog10E * s * (1 + square * (1.0f / 3 + square * (0.2f + square * (1.0f / 7))));
}

/// Replaces each probability (normal floats in (0, 1]) by its -log10, at least 0, see FastLog10.
inline void MinusLog10(std::span<float> probabilities) {
  for (float& p : probabilities) {
    const float log = FastLog10(p);
    p = log < 0 ? -log : 0.0f;
  }
}

}  // namespace bellwether
