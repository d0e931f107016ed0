#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace bellwether {

/// A seeded stream of random numbers that is the same on every platform and library: SplitMix64 (Steele, Lea, Flood,
/// "Fast splittable pseudorandom number generators", 2014). Streams of different seeds are independent for our ends.
class RandomStream {
 public:
  explicit RandomStream(uint64_t seed) : state_(seed) {}

  /// Where the stream stands; a stream made from it goes on from here.
  [[nodiscard]] uint64_t state() const { return state_; }

  /// 64 random bits.
  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15U;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

  /// Uniform in 0 to count - 1; `count` is above 0 and at most 2^32. The bias is below 2^-32.
  size_t Below(size_t count) { return static_cast<size_t>(((Next() >> 32) * static_cast<uint64_t>(count)) >> 32); }

  /// Standard normal (Box and Muller, 1958).
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }

 private:
  uint64_t state_;
};

}  // namespace bellwether
