#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace bellwether {

/// Discrete Fourier transform of real data of one length, in single precision: each number of the spectrum is right to
/// some 1e-6 of the largest. The data are split into those at even and at odd places, which are taken for real and
/// imaginary parts, so that one complex transform of half the length does (Stockham's self-sorting algorithm in steps
/// of four, Cochran et al. 1967, "What is the fast Fourier transform?"). Not thread-safe (it owns scratch memory); one
/// object a thread.
class RealFft {
 public:
  /// `size` is a power of two or three times one, at least kLeastSize.
  explicit RealFft(size_t size);

  static constexpr size_t kLeastSize = 32;

  /// The smallest size there is that is at least `n`.
  [[nodiscard]] static size_t SizeFor(size_t n);

  [[nodiscard]] size_t size() const { return 2 * half_; }

  /// Where the data are written before each call: x_0, x_2 ... and x_1, x_3 ..., size() / 2 each. The calls below use
  /// them up.
  [[nodiscard]] std::span<float> even() { return even_; }
  [[nodiscard]] std::span<float> odd() { return odd_; }

  /// Writes |X_k|^2 for k < power.size(), at most size() / 2 + 1 of them. O(size log size).
  void PowerSpectrum(std::span<float> power);

  /// Writes the real part of X_k for k < parts.size(), at most size() / 2 + 1 of them. O(size log size).
  void RealParts(std::span<float> parts);

 private:
  struct Halves {
    const float* even;
    const float* odd;
  };
  Halves Run(size_t bins);

  size_t half_;
  std::vector<float> even_, odd_, even_scratch_, odd_scratch_;
  std::vector<float> factors_;          ///< of each step: cosines and sines of its first, second, third turn
  std::vector<float> cosines_, sines_;  ///< of exp(-2 pi i k / size), k < half
};

/// Calls `use` with a transform of this size. Each thread keeps those of up to 2^14 numbers and the last larger one, so
/// that factors are computed once; `use` must not ask for another.
void WithFft(size_t size, const std::function<void(RealFft&)>& use);

}  // namespace bellwether
