#include "server/analytics/seasonality/comb_test.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "server/analytics/series/fft.h"
#include "server/analytics/series/largest.h"
#include "server/analytics/series/natural_logs.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kMaxNeighbours = 12;  // bins on either side that make the background
constexpr auto kInverse = [] {
  std::array<double, kMostCombLines + 1> inverse{};
  for (size_t k = 1; k < inverse.size(); ++k) {
    inverse[k] = 1 / static_cast<double>(k);
  }
  return inverse;
}();
constexpr std::array<size_t, 12> kLadder = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

using Four __attribute__((vector_size(16))) = float;
using TwoPairs __attribute__((vector_size(16))) = double;  // the bits of two floats each

inline __attribute__((always_inline)) double PairAt(const float* at) {
  double pair;
  std::memcpy(&pair, at, sizeof pair);
  return pair;
}

/// The series at `first`, `first + stride` ... by straight lines between its values; `series` has one value past the
/// last that is asked for.
BELLWETHER_SIMD_CLONES
void Resample(std::span<const float> series, double first, double stride, std::span<float> to) {
  const float* __restrict from = series.data();
  float* __restrict out = to.data();
  const auto last = static_cast<double>(series.size() - 2);
  const auto count = static_cast<int32_t>(to.size());
  // Places first, many at once.
  constexpr int32_t kAtOnce = 64;
  std::array<int32_t, kAtOnce> left;
  std::array<float, kAtOnce> fraction;
  for (int32_t begin = 0; begin < count; begin += kAtOnce) {
    for (int32_t k = 0; k < kAtOnce; ++k) {
      const double at = first + stride * static_cast<double>(begin + k);
      const double bounded = at < last ? at : last;
      left[k] = static_cast<int32_t>(bounded);
      fraction[k] = static_cast<float>(at - static_cast<double>(left[k]));
    }
    // Both neighbours of a place in one go, four places side by side: quicker than gathering them.
    for (int32_t k = 0; k < kAtOnce && begin + k < count; k += 4) {
      TwoPairs first_pairs;
      TwoPairs second_pairs;
      for (int32_t j = 0; j < 2; ++j) {
        first_pairs[j] = PairAt(from + left[k + j]);
        second_pairs[j] = PairAt(from + left[k + 2 + j]);
      }
      const auto first_four = std::bit_cast<Four>(first_pairs);
      const auto second_four = std::bit_cast<Four>(second_pairs);
      const Four lower = __builtin_shufflevector(first_four, second_four, 0, 2, 4, 6);
      const Four upper = __builtin_shufflevector(first_four, second_four, 1, 3, 5, 7);
      Four between;
      std::memcpy(&between, &fraction[k], sizeof between);
      const Four value = lower + between * (upper - lower);
      if (begin + k + 4 <= count) {
        std::memcpy(out + begin + k, &value, sizeof value);
      } else {
        for (int32_t j = 0; begin + k + j < count; ++j) {
          out[begin + k + j] = value[j];
        }
      }
    }
  }
}

double SumOf(const float* numbers, size_t count) {
  float even = 0;
  float odd = 0;
  size_t k = 0;
  for (; k + 1 < count; k += 2) {
    even += numbers[k];
    odd += numbers[k + 1];
  }
  return static_cast<double>(even + odd + (k < count ? numbers[k] : 0.0f));
}

}  // namespace

double FisherEvidence(double sum, size_t lines) {
  if (sum <= 0) {
    return 0;
  }
  constexpr double kSafe = 1e4;  // its 63rd power is still a number
  // P = exp(-s) * sum_{k < lines} s^k / k!, four terms at a time so that they do not wait for one another.
  lines = std::min(lines, kMostCombLines);
  if (sum <= kSafe) {
    double term = 1;
    double total = 1;
    size_t k = 1;
    for (; k + 4 <= lines; k += 4) {
      const double first = sum * kInverse[k];
      const double second = first * (sum * kInverse[k + 1]);
      const double third = sum * kInverse[k + 2];
      const double fourth = third * (sum * kInverse[k + 3]);
      total += term * ((first + second) + second * (third + fourth));
      term *= second * fourth;
    }
    for (; k < lines; ++k) {
      term *= sum * kInverse[k];
      total += term;
    }
    return std::max(0.0, sum - std::log(total));
  }
  // So far out the last term is nearly all of it.
  double evidence = sum;
  for (size_t k = 1; k < lines; ++k) {
    evidence -= std::log(sum / static_cast<double>(k));
  }
  return evidence;
}

double LadderEvidence(std::span<const double> minus_log_p, double* gain) {
  double best = 0;
  double best_gain = 0;
  double sum = 0;
  size_t tried = 0;
  size_t next = 0;
  for (size_t j = 0; j < minus_log_p.size(); ++j) {
    sum += minus_log_p[j];
    best_gain = std::max(best_gain, sum - 2 * static_cast<double>(j + 1));
    const bool on_ladder = next < kLadder.size() && j + 1 == kLadder[next];
    if (on_ladder) {
      ++next;
    }
    if (on_ladder || j + 1 == minus_log_p.size()) {
      ++tried;
      best = std::max(best, FisherEvidence(sum, j + 1));
    }
  }
  if (gain != nullptr) {
    *gain = best_gain;
  }
  return tried == 0 ? 0 : best - std::log(static_cast<double>(tried));
}

std::span<const double> LineEvidence::MinusLogP() {
  const std::span<double> lines = std::span(bases_).first(count_);
  NaturalLogs(lines);
  for (size_t i = 0; i < count_; ++i) {
    lines[i] *= exponents_[i];
  }
  return lines;
}

void CombTest::Load(std::span<const double> series) {
  const double largest = LargestMagnitude(series);
  const double unit = largest >= std::numeric_limits<double>::min() ? 1 / largest : 0;
  series_.resize(series.size() + 1);
  spectrum_length_ = 0;
  for (size_t i = 0; i < series.size(); ++i) {
    series_[i] = static_cast<float>(series[i] * unit);
  }
}

void CombTest::TakeSpectrum(double length, size_t bins) {
  const size_t n = series_.size() - 1;
  power_.resize(std::max(power_.size(), bins));  // what is past it, no one reads
  const double first = std::max(0.0, static_cast<double>(n) - length);
  // Past the newest value comes the start of the window, as the transform takes it for periodic.
  series_[n] = series_[std::min(static_cast<size_t>(first), n - 1)];
  WithFft(RealFft::SizeFor(2 * static_cast<size_t>(std::ceil(length))), [&](RealFft& transform) {
    const double stride = length / static_cast<double>(transform.size());
    Resample(series_, first, 2 * stride, transform.even());
    Resample(series_, first + stride, 2 * stride, transform.odd());
    transform.PowerSpectrum(std::span(power_).first(bins));
  });
  spectrum_length_ = length;
}

CombResult CombTest::Test(double period, std::span<const double> taken) {
  CombResult result;
  result.period = period;
  const size_t n = series_.size() - 1;
  const auto cycles = static_cast<size_t>(static_cast<double>(n) / period);
  if (period < 2 || cycles < 2) {
    return result;
  }
  const double length = static_cast<double>(cycles) * period;
  const auto last_bin = static_cast<size_t>(length / 2);
  if (length != spectrum_length_) {
    TakeSpectrum(length, last_bin + 1);
  }

  const size_t lines = std::min(static_cast<size_t>(period / 2), kMostCombLines);
  const size_t reach = std::min(cycles - 1, kMaxNeighbours);
  LineEvidence evidence;
  result.powers.reserve(lines);
  result.lines.reserve(lines);
  for (size_t j = 1; j <= lines; ++j) {
    const size_t bin = j * cycles;
    if (bin > last_bin) {
      break;
    }
    const size_t right = std::min(reach, last_bin - bin);
    const size_t count = reach + right;
    const double background = SumOf(power_.data() + bin - reach, reach) + SumOf(power_.data() + bin + 1, right);
    const bool explained = std::any_of(taken.begin(), taken.end(), [&](double other) {
      const double line = static_cast<double>(bin) * other / length;  // harmonic of `other` at this bin
      const double beyond = line - static_cast<double>(static_cast<int64_t>(line));
      return line >= 0.5 && std::min(beyond, 1 - beyond) * length <= 2 * other;
    });
    const double own = static_cast<double>(power_[bin]);
    const double c = static_cast<double>(count);
    const double noise = background / c;
    result.powers.push_back(own);
    result.lines.push_back(std::max(0.0, own - noise));
    // A line without any background is perfectly periodic: as sure as the count of bins allows.
    const double ratio = noise > 1e-12 * own ? own / noise : 1e12;
    evidence.Add(explained || own <= 0 ? 0 : ratio, c);
  }
  result.evidence = LadderEvidence(evidence.MinusLogP(), &result.gain);
  return result;
}

}  // namespace bellwether
