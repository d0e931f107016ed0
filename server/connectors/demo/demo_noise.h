#pragma once

#include <cmath>
#include <cstdint>

namespace bellwether {

/// Random numbers that are a pure function of their key, so that any stretch of a series can be computed by itself.
/// The mixer is that of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
[[nodiscard]] constexpr uint64_t HashKey(uint64_t key, uint64_t index) {
  uint64_t z = key + (index + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

/// Uniform in [0, 1).
[[nodiscard]] constexpr double UniformAt(uint64_t key, uint64_t index) {
  return static_cast<double>(HashKey(key, index) >> 11) * 0x1.0p-53;
}

/// Close to normal with mean 0 and variance 1, within ±3.5 (the sum of four uniform numbers).
[[nodiscard]] constexpr double NormalAt(uint64_t key, uint64_t index) {
  const uint64_t bits = HashKey(key, index);
  const uint64_t sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
  return (static_cast<double>(sum) / 65536.0 - 2.0) * 1.7320508075688772;
}

/// Value noise: normal numbers at every multiple of `period`, smoothly joined; neighbouring values resemble each other
/// as those of an autoregressive process do. `time` and `period` in the same unit, `time` not negative.
[[nodiscard]] inline double SmoothNoiseAt(uint64_t key, double time, double period) {
  const double position = time / period;
  const double knot = std::floor(position);
  const double x = position - knot;
  const double weight = x * x * (3 - 2 * x);
  const auto index = static_cast<uint64_t>(knot);
  return NormalAt(key, index) * (1 - weight) + NormalAt(key, index + 1) * weight;
}

}  // namespace bellwether
