#include "server/analytics/series/fft.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace bellwether {

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
    reversed_[i] = j;
  }
}

void RealFft::TransformScratch() {
  const size_t half = scratch_.size();
  if (half == 2) {
    const std::complex<double> first = scratch_[0];
    scratch_[0] = first + scratch_[1];
    scratch_[1] = first - scratch_[1];
    return;
  }
  // The stages of length 2 and 4 need no products.
  for (size_t i = 0; i < half; i += 4) {
    const std::complex<double> a = scratch_[i] + scratch_[i + 1];
    const std::complex<double> b = scratch_[i] - scratch_[i + 1];
    const std::complex<double> c = scratch_[i + 2] + scratch_[i + 3];
    const std::complex<double> d = scratch_[i + 2] - scratch_[i + 3];
    const std::complex<double> turned(d.imag(), -d.real());
    scratch_[i] = a + c;
    scratch_[i + 1] = b + turned;
    scratch_[i + 2] = a - c;
    scratch_[i + 3] = b - turned;
  }
  const std::complex<double>* factors = twiddles_.data();
  for (size_t length = 8; length <= half; length *= 2) {
    const size_t middle = length / 2;
    for (size_t block = 0; block < half; block += length) {
      std::complex<double>* low = scratch_.data() + block;
      std::complex<double>* high = low + middle;
      for (size_t k = 0; k < middle; ++k) {
        // Written out: std::complex's product checks for infinities, which cannot occur here.
        const double re = high[k].real() * factors[k].real() - high[k].imag() * factors[k].imag();
        const double im = high[k].real() * factors[k].imag() + high[k].imag() * factors[k].real();
        high[k] = {low[k].real() - re, low[k].imag() - im};
        low[k] = {low[k].real() + re, low[k].imag() + im};
      }
    }
    factors += middle;
  }
}

void RealFft::Transform(std::span<const double> data, std::vector<std::complex<double>>& spectrum) {
  const size_t half = size_ / 2;
  for (size_t i = 0; i < half; ++i) {
    scratch_[reversed_[i]] = {data[2 * i], data[2 * i + 1]};
  }
  TransformScratch();
  spectrum.resize(half + 1);
  spectrum[0] = scratch_[0].real() + scratch_[0].imag();
  spectrum[half] = scratch_[0].real() - scratch_[0].imag();
  for (size_t k = 1; k <= half / 2; ++k) {
    const std::complex<double> a = scratch_[k];
    const std::complex<double> b = std::conj(scratch_[half - k]);
    const std::complex<double> sum = 0.5 * (a + b);
    const std::complex<double> difference = 0.5 * (a - b);
    const std::complex<double> w = half_twiddles_[k];
    // (a - b) / 2i, turned by the twiddle factor.
    const double re = difference.imag() * w.real() + difference.real() * w.imag();
    const double im = difference.imag() * w.imag() - difference.real() * w.real();
    spectrum[k] = {sum.real() + re, sum.imag() + im};
    spectrum[half - k] = {sum.real() - re, im - sum.imag()};
  }
}

void RealFft::PowerSpectrum(std::span<const double> data, std::vector<double>& power) {
  Transform(data, spectrum_);
  power.resize(spectrum_.size());
  for (size_t k = 0; k < spectrum_.size(); ++k) {
    power[k] = spectrum_[k].real() * spectrum_[k].real() + spectrum_[k].imag() * spectrum_[k].imag();
  }
}

}  // namespace bellwether
