#include "server/analytics/series/fft.h"

#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <numbers>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

/// Transforms `half` complex numbers (real and imaginary part in turn, in bit-reversed order) in place. `factors` are
/// those of each stage from length 8 on.
BELLWETHER_SIMD_CLONES
void TransformInPlace(double* data, size_t half, const double* factors) {
  if (half == 2) {
    const double re = data[0];
    const double im = data[1];
    data[0] = re + data[2];
    data[1] = im + data[3];
    data[2] = re - data[2];
    data[3] = im - data[3];
    return;
  }
  // The stages of length 2 and 4 need no products.
  for (size_t i = 0; i < 2 * half; i += 8) {
    double* x = data + i;
    const double a_re = x[0] + x[2];
    const double a_im = x[1] + x[3];
    const double b_re = x[0] - x[2];
    const double b_im = x[1] - x[3];
    const double c_re = x[4] + x[6];
    const double c_im = x[5] + x[7];
    const double d_re = x[4] - x[6];
    const double d_im = x[5] - x[7];
    x[0] = a_re + c_re;
    x[1] = a_im + c_im;
    x[2] = b_re + d_im;
    x[3] = b_im - d_re;
    x[4] = a_re - c_re;
    x[5] = a_im - c_im;
    x[6] = b_re - d_im;
    x[7] = b_im + d_re;
  }
  for (size_t length = 8; length <= half; length *= 2) {
    const size_t middle = length;  // numbers of half a block, two a value
    for (size_t block = 0; block < 2 * half; block += 2 * length) {
      double* __restrict low = data + block;
      double* __restrict high = low + middle;
      for (size_t k = 0; k < middle; k += 2) {
        const double re = high[k] * factors[k] - high[k + 1] * factors[k + 1];
        const double im = high[k] * factors[k + 1] + high[k + 1] * factors[k];
        high[k] = low[k] - re;
        high[k + 1] = low[k + 1] - im;
        low[k] += re;
        low[k + 1] += im;
      }
    }
    factors += middle;
  }
}

/// Makes the spectrum of `2 * half` real numbers out of that of their `half` pairs: hands X_k for 0 < k < half to
/// `take`.
template <class Take>
void Unpack(const double* pairs, const double* factors, size_t half, Take take) {
  for (size_t k = 1; k <= half / 2; ++k) {
    const double* a = pairs + 2 * k;
    const double* b = pairs + 2 * (half - k);
    const double sum_re = 0.5 * (a[0] + b[0]);
    const double sum_im = 0.5 * (a[1] - b[1]);
    const double difference_re = 0.5 * (a[0] - b[0]);
    const double difference_im = 0.5 * (a[1] + b[1]);
    const double w_re = factors[2 * k];
    const double w_im = factors[2 * k + 1];
    // (a - conj b) / 2i, turned by the factor.
    const double re = difference_im * w_re + difference_re * w_im;
    const double im = difference_im * w_im - difference_re * w_re;
    take(k, sum_re + re, sum_im + im);
    take(half - k, sum_re - re, im - sum_im);
  }
}

}  // namespace

void WithFft(size_t size, const std::function<void(RealFft&)>& use) {
  constexpr size_t kMostKept = 14;
  const auto power = static_cast<size_t>(std::bit_width(size) - 1);
  if (power > kMostKept) {
    RealFft transform(size);
    use(transform);
    return;
  }
  thread_local std::array<std::unique_ptr<RealFft>, kMostKept + 1> kept;
  if (kept[power] == nullptr) {
    kept[power] = std::make_unique<RealFft>(size);
  }
  use(*kept[power]);
}

size_t NextPowerOfTwo(size_t n) {
  size_t size = 4;
  while (size < n) {
    size *= 2;
  }
  return size;
}

RealFft::RealFft(size_t size) : size_(size), reversed_(size / 2), scratch_(size / 2) {
  const size_t half = size / 2;
  // Stage by stage from length 8 on, so that each stage reads its factors in order.
  twiddles_.reserve(half);
  for (size_t length = 8; length <= half; length *= 2) {
    for (size_t k = 0; k < length / 2; ++k) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length);
      twiddles_.emplace_back(std::cos(angle), std::sin(angle));
    }
  }
  half_twiddles_.reserve(half + 1);
  for (size_t k = 0; k <= half / 2; ++k) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(size);
    half_twiddles_.emplace_back(std::cos(angle), std::sin(angle));
  }
  for (size_t i = 1, j = 0; i < half; ++i) {
    size_t bit = half >> 1;
    for (; j & bit; bit >>= 1) {
      j ^= bit;
    }
    j ^= bit;
    reversed_[i] = static_cast<uint32_t>(j);
  }
}

void RealFft::TransformPairs(std::span<const double> data) {
  const size_t half = size_ / 2;
  auto* pairs = reinterpret_cast<double*>(scratch_.data());
  for (size_t i = 0; i < half; ++i) {
    const size_t from = 2 * size_t{reversed_[i]};
    pairs[2 * i] = data[from];
    pairs[2 * i + 1] = data[from + 1];
  }
  TransformInPlace(pairs, half, reinterpret_cast<const double*>(twiddles_.data()));
}

void RealFft::Transform(std::span<const double> data, std::vector<std::complex<double>>& spectrum) {
  const size_t half = size_ / 2;
  TransformPairs(data);
  spectrum.resize(half + 1);
  spectrum[0] = scratch_[0].real() + scratch_[0].imag();
  spectrum[half] = scratch_[0].real() - scratch_[0].imag();
  Unpack(reinterpret_cast<const double*>(scratch_.data()), reinterpret_cast<const double*>(half_twiddles_.data()), half,
         [&](size_t k, double re, double im) {
           spectrum[k] = {re, im};
         });
}

void RealFft::PowerSpectrum(std::span<const double> data, std::vector<double>& power) {
  const size_t half = size_ / 2;
  TransformPairs(data);
  power.resize(half + 1);
  const double even = scratch_[0].real();
  const double odd = scratch_[0].imag();
  power[0] = (even + odd) * (even + odd);
  power[half] = (even - odd) * (even - odd);
  Unpack(reinterpret_cast<const double*>(scratch_.data()), reinterpret_cast<const double*>(half_twiddles_.data()), half,
         [&](size_t k, double re, double im) { power[k] = re * re + im * im; });
}

}  // namespace bellwether
