#include "server/analytics/series/fft.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <numbers>
#include <utility>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

/// Real and imaginary parts, apart from each other so that vector units take many at once.
struct Parts {
  const float* re;
  const float* im;
};
struct Target {
  float* re;
  float* im;
};

/// Four numbers next to each other, wherever they start.
using Four __attribute__((vector_size(16), aligned(4), may_alias)) = float;

template <typename Number>
inline const Number& At(const float* at) {
  return *reinterpret_cast<const Number*>(at);
}
template <typename Number>
inline Number& At(float* at) {
  return *reinterpret_cast<Number*>(at);
}

/// One butterfly of four, or four of them side by side: the numbers at `in`, `in + far`, `in + 2 far`, `in + 3 far`
/// become those at `out`, `out + near`, ..., turned by the three factors.
template <typename Number = float>
inline __attribute__((always_inline)) void Butterfly4(Parts x, Target y, size_t in, size_t far, size_t out, size_t near,
                                                      float c1, float s1, float c2, float s2, float c3, float s3) {
  const Number a_re = At<Number>(x.re + in) + At<Number>(x.re + in + 2 * far);
  const Number a_im = At<Number>(x.im + in) + At<Number>(x.im + in + 2 * far);
  const Number b_re = At<Number>(x.re + in) - At<Number>(x.re + in + 2 * far);
  const Number b_im = At<Number>(x.im + in) - At<Number>(x.im + in + 2 * far);
  const Number c_re = At<Number>(x.re + in + far) + At<Number>(x.re + in + 3 * far);
  const Number c_im = At<Number>(x.im + in + far) + At<Number>(x.im + in + 3 * far);
  // -i times the difference.
  const Number d_re = At<Number>(x.im + in + far) - At<Number>(x.im + in + 3 * far);
  const Number d_im = At<Number>(x.re + in + 3 * far) - At<Number>(x.re + in + far);
  At<Number>(y.re + out) = a_re + c_re;
  At<Number>(y.im + out) = a_im + c_im;
  const Number p_re = b_re + d_re;
  const Number p_im = b_im + d_im;
  At<Number>(y.re + out + near) = p_re * c1 - p_im * s1;
  At<Number>(y.im + out + near) = p_re * s1 + p_im * c1;
  const Number q_re = a_re - c_re;
  const Number q_im = a_im - c_im;
  At<Number>(y.re + out + 2 * near) = q_re * c2 - q_im * s2;
  At<Number>(y.im + out + 2 * near) = q_re * s2 + q_im * c2;
  const Number r_re = b_re - d_re;
  const Number r_im = b_im - d_im;
  At<Number>(y.re + out + 3 * near) = r_re * c3 - r_im * s3;
  At<Number>(y.im + out + 3 * near) = r_re * s3 + r_im * c3;
}

/// The first step: `quarter` butterflies of four next to each other.
BELLWETHER_SIMD_CLONES
void First4(Parts x, Target y, size_t quarter, const float* __restrict factors) {
#pragma GCC ivdep
  for (size_t p = 0; p < quarter; ++p) {
    Butterfly4(x, y, p, quarter, 4 * p, 1, factors[p], factors[quarter + p], factors[2 * quarter + p],
               factors[3 * quarter + p], factors[4 * quarter + p], factors[5 * quarter + p]);
  }
}

/// The second step: groups of four.
BELLWETHER_SIMD_CLONES
void Second4(Parts x, Target y, size_t quarter, const float* __restrict factors) {
  for (size_t p = 0; p < quarter; ++p) {
    const float c1 = factors[p], s1 = factors[quarter + p];
    const float c2 = factors[2 * quarter + p], s2 = factors[3 * quarter + p];
    const float c3 = factors[4 * quarter + p], s3 = factors[5 * quarter + p];
    Butterfly4<Four>(x, y, 4 * p, 4 * quarter, 16 * p, 4, c1, s1, c2, s2, c3, s3);
  }
}

/// A later step: groups of `stride`, a multiple of 16.
BELLWETHER_SIMD_CLONES
void Later4(Parts x, Target y, size_t quarter, size_t stride, const float* __restrict factors) {
  const size_t far = stride * quarter;
  for (size_t p = 0; p < quarter; ++p) {
    const float c1 = factors[p], s1 = factors[quarter + p];
    const float c2 = factors[2 * quarter + p], s2 = factors[3 * quarter + p];
    const float c3 = factors[4 * quarter + p], s3 = factors[5 * quarter + p];
    const float* in_re = x.re + stride * p;
    const float* in_im = x.im + stride * p;
    float* out_re = y.re + 4 * stride * p;
    float* out_im = y.im + 4 * stride * p;
#pragma GCC ivdep
    for (size_t q = 0; q < stride; ++q) {
      Butterfly4({in_re, in_im}, {out_re, out_im}, q, far, q, stride, c1, s1, c2, s2, c3, s3);
    }
  }
}

/// A step of two: groups of `stride`, `middle` of them before the middle.
BELLWETHER_SIMD_CLONES
void Step2(Parts x, Target y, size_t middle, size_t stride, const float* __restrict factors) {
  const size_t far = stride * middle;
  for (size_t p = 0; p < middle; ++p) {
    const float c = factors[p], s = factors[middle + p];
    const float* in_re = x.re + stride * p;
    const float* in_im = x.im + stride * p;
    float* out_re = y.re + 2 * stride * p;
    float* out_im = y.im + 2 * stride * p;
#pragma GCC ivdep
    for (size_t q = 0; q < stride; ++q) {
      out_re[q] = in_re[q] + in_re[q + far];
      out_im[q] = in_im[q] + in_im[q + far];
      const float re = in_re[q] - in_re[q + far];
      const float im = in_im[q] - in_im[q + far];
      out_re[q + stride] = re * c - im * s;
      out_im[q + stride] = re * s + im * c;
    }
  }
}

/// The last step where three divides the length.
BELLWETHER_SIMD_CLONES
void Last3(Parts x, Target y, size_t stride) {
  constexpr float kSine = 0.866025403784438647f;
#pragma GCC ivdep
  for (size_t q = 0; q < stride; ++q) {
    const float sum_re = x.re[q + stride] + x.re[q + 2 * stride];
    const float sum_im = x.im[q + stride] + x.im[q + 2 * stride];
    const float turn_re = kSine * (x.im[q + stride] - x.im[q + 2 * stride]);
    const float turn_im = kSine * (x.re[q + 2 * stride] - x.re[q + stride]);
    const float rest_re = x.re[q] - 0.5f * sum_re;
    const float rest_im = x.im[q] - 0.5f * sum_im;
    y.re[q] = x.re[q] + sum_re;
    y.im[q] = x.im[q] + sum_im;
    y.re[q + stride] = rest_re + turn_re;
    y.im[q + stride] = rest_im + turn_im;
    y.re[q + 2 * stride] = rest_re - turn_re;
    y.im[q + 2 * stride] = rest_im - turn_im;
  }
}

/// Real and imaginary part of X_k of the real data from the transform Z of the pairs, with the factor of k:
/// (Z_k + conj Z_-k) / 2 + factor (Z_k - conj Z_-k) / 2i. `out` receives the power or the real part.
template <bool Power>
inline __attribute__((always_inline)) void Unpack(Parts z, const float* __restrict back_re,
                                                  const float* __restrict back_im, const float* __restrict cosines,
                                                  const float* __restrict sines, size_t to, float* __restrict out) {
#pragma GCC ivdep
  for (size_t k = 1; k < to; ++k) {
    const float even_re = 0.5f * (z.re[k] + back_re[k]);
    const float even_im = 0.5f * (z.im[k] - back_im[k]);
    const float odd_re = 0.5f * (z.im[k] + back_im[k]);
    const float odd_im = 0.5f * (back_re[k] - z.re[k]);
    const float re = even_re + odd_re * cosines[k] - odd_im * sines[k];
    const float im = even_im + odd_re * sines[k] + odd_im * cosines[k];
    out[k] = Power ? re * re + im * im : re;
  }
}

BELLWETHER_SIMD_CLONES
void UnpackPower(Parts z, const float* back_re, const float* back_im, const float* cosines, const float* sines,
                 size_t to, float* out) {
  Unpack<true>(z, back_re, back_im, cosines, sines, to, out);
}

BELLWETHER_SIMD_CLONES
void UnpackReal(Parts z, const float* back_re, const float* back_im, const float* cosines, const float* sines,
                size_t to, float* out) {
  Unpack<false>(z, back_re, back_im, cosines, sines, to, out);
}

/// The number before `end` at 1, the one before it at 2 ..., below `to`.
BELLWETHER_SIMD_CLONES
void Reverse(const float* __restrict end, size_t to, float* __restrict out) {
  const float* __restrict in = end - to;
  for (size_t k = 1; k < to; ++k) {
    out[k] = in[to - k];
  }
}

}  // namespace

void WithFft(size_t size, const std::function<void(RealFft&)>& use) {
  constexpr size_t kMostKept = 14;
  const auto power = static_cast<size_t>(std::bit_width(size) - 1);
  if (power >= kMostKept) {
    thread_local std::unique_ptr<RealFft> large;
    if (large == nullptr || large->size() != size) {
      large = std::make_unique<RealFft>(size);
    }
    use(*large);
    return;
  }
  thread_local std::array<std::unique_ptr<RealFft>, 2 * kMostKept> kept;
  std::unique_ptr<RealFft>& own = kept[2 * power + (std::has_single_bit(size) ? 0 : 1)];
  if (own == nullptr) {
    own = std::make_unique<RealFft>(size);
  }
  use(*own);
}

size_t RealFft::SizeFor(size_t n) {
  const size_t size = std::max(kLeastSize, std::bit_ceil(n));
  const size_t three = size / 4 * 3;
  return three >= n && three >= 2 * kLeastSize ? three : size;
}

RealFft::RealFft(size_t size) : half_(size / 2), even_(half_), odd_(half_), even_scratch_(half_), odd_scratch_(half_) {
  const auto add = [&](double turns, bool sines) {
    const double angle = -2 * std::numbers::pi * turns;
    factors_.push_back(static_cast<float>(sines ? std::sin(angle) : std::cos(angle)));
  };
  size_t length = half_;
  for (; length % 4 == 0; length /= 4) {
    for (size_t part = 0; part < 6; ++part) {
      for (size_t p = 0; p < length / 4; ++p) {
        const size_t turn = (part / 2 + 1) * p;
        add(static_cast<double>(turn) / static_cast<double>(length), part % 2 == 1);
      }
    }
  }
  if (length % 2 == 0) {
    for (size_t part = 0; part < 2; ++part) {
      for (size_t p = 0; p < length / 2; ++p) {
        add(static_cast<double>(p) / static_cast<double>(length), part % 2 == 1);
      }
    }
  }
  for (size_t k = 0; k < half_; ++k) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(size);
    cosines_.push_back(static_cast<float>(std::cos(angle)));
    sines_.push_back(static_cast<float>(std::sin(angle)));
  }
}

RealFft::Halves RealFft::Run(size_t bins) {
  Target to = {even_scratch_.data(), odd_scratch_.data()};
  Target from = {even_.data(), odd_.data()};
  const float* factors = factors_.data();
  size_t length = half_;
  size_t stride = 1;
  const auto swap = [&](size_t by) {
    std::swap(from, to);
    length /= by;
    stride *= by;
  };
  for (; length % 4 == 0; swap(4)) {
    const Parts x = {from.re, from.im};
    const size_t quarter = length / 4;
    if (stride == 1) {
      First4(x, to, quarter, factors);
    } else if (stride == 4) {
      Second4(x, to, quarter, factors);
    } else {
      Later4(x, to, quarter, stride, factors);
    }
    factors += 6 * quarter;
  }
  if (length % 2 == 0) {
    Step2({from.re, from.im}, to, length / 2, stride, factors);
    swap(2);
  }
  if (length == 3) {
    Last3({from.re, from.im}, to, stride);
    swap(3);
  }
  // Backwards, for the unpacking: Z_-k at k.
  const Target back = to;
  Reverse(from.re + half_, bins, back.re);
  Reverse(from.im + half_, bins, back.im);
  if (from.re != even_.data()) {
    std::swap(even_, even_scratch_);
    std::swap(odd_, odd_scratch_);
  }
  return {even_.data(), odd_.data()};
}

void RealFft::PowerSpectrum(std::span<float> power) {
  const size_t to = std::min(power.size(), half_);
  const auto [re, im] = Run(to);
  UnpackPower({re, im}, even_scratch_.data(), odd_scratch_.data(), cosines_.data(), sines_.data(), to, power.data());
  if (!power.empty()) {
    power[0] = (re[0] + im[0]) * (re[0] + im[0]);
  }
  if (power.size() > half_) {
    power[half_] = (re[0] - im[0]) * (re[0] - im[0]);
  }
}

void RealFft::RealParts(std::span<float> parts) {
  const size_t to = std::min(parts.size(), half_);
  const auto [re, im] = Run(to);
  UnpackReal({re, im}, even_scratch_.data(), odd_scratch_.data(), cosines_.data(), sines_.data(), to, parts.data());
  if (!parts.empty()) {
    parts[0] = re[0] + im[0];
  }
  if (parts.size() > half_) {
    parts[half_] = re[0] - im[0];
  }
}

}  // namespace bellwether
