#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace bellwether {

/// Discrete Fourier transform of real data of one power-of-two length; the twiddle factors are computed once.
/// Not thread-safe (it owns scratch memory); one object a thread.
class RealFft {
 public:
  /// `size` is a power of two, at least 4.
  explicit RealFft(size_t size);

  [[nodiscard]] size_t size() const { return size_; }

  /// Writes X_k for k = 0 .. size/2 to `spectrum`; `data` has size() values. O(size log size).
  void Transform(std::span<const double> data, std::vector<std::complex<double>>& spectrum);

  /// Writes |X_k|^2 for k = 0 .. size/2 to `power`; `data` has size() values. O(size log size).
  void PowerSpectrum(std::span<const double> data, std::vector<double>& power);

 private:
  void TransformPairs(std::span<const double> data);

  size_t size_;
  std::vector<std::complex<double>> twiddles_;       ///< of each stage from length 8 on: exp(-2 pi i k / length)
  std::vector<std::complex<double>> half_twiddles_;  ///< exp(-2 pi i k / size), k <= size/4
  std::vector<uint32_t> reversed_;
  std::vector<std::complex<double>> scratch_;
};

/// Calls `use` with a transform of this size. Those up to 2^14 are kept by each thread, so that their factors are
/// computed once; `use` must not ask for another of the same size.
void WithFft(size_t size, const std::function<void(RealFft&)>& use);

/// The smallest power of two that is at least `n` (at least 4).
[[nodiscard]] size_t NextPowerOfTwo(size_t n);

}  // namespace bellwether
