#include "server/analytics/seasonality/comb_test.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "server/analytics/series/fft.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kMaxLines = 64;
constexpr size_t kMaxNeighbours = 12;  // bins on either side that make the background
constexpr std::array<size_t, 12> kLadder = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

/// The series at `first`, `first + stride` ... by straight lines between its values; `series` has one value past the
/// last that is asked for.
BELLWETHER_SIMD_CLONES
void Resample(std::span<const float> series, double first, double stride, std::span<float> to) {
  const float* __restrict from = series.data();
  float* __restrict out = to.data();
  const auto last = static_cast<double>(series.size() - 2);
  const auto count = static_cast<int32_t>(to.size());
  // Places first, so that vector units can gather the values.
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
    const int32_t end = std::min(kAtOnce, count - begin);
    for (int32_t k = 0; k < end; ++k) {
      out[begin + k] = from[left[k]] + fraction[k] * (from[left[k] + 1] - from[left[k]]);
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
  // P = exp(-s) * sum_{k < lines} s^k / k!
  if (sum <= kSafe) {
    double term = 1;
    double total = 1;
    for (size_t k = 1; k < lines; ++k) {
      term *= sum / static_cast<double>(k);
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

void CombTest::Load(std::span<const double> series) {
  double largest = 0;
  for (const double value : series) {
    largest = std::max(largest, std::abs(value));
  }
  const double unit = largest >= std::numeric_limits<double>::min() ? 1 / largest : 0;
  series_.resize(series.size() + 1);
  for (size_t i = 0; i < series.size(); ++i) {
    series_[i] = static_cast<float>(series[i] * unit);
  }
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
  power_.resize(last_bin + 1);
  const double first = std::max(0.0, static_cast<double>(n) - length);
  // Past the newest value comes the start of the window, as the transform takes it for periodic.
  series_[n] = series_[std::min(static_cast<size_t>(first), n - 1)];
  WithFft(RealFft::SizeFor(2 * static_cast<size_t>(std::ceil(length))), [&](RealFft& transform) {
    const double stride = length / static_cast<double>(transform.size());
    Resample(series_, first, 2 * stride, transform.even());
    Resample(series_, first + stride, 2 * stride, transform.odd());
    transform.PowerSpectrum(power_);
  });

  const size_t lines = std::min(static_cast<size_t>(period / 2), kMaxLines);
  const size_t reach = std::min(cycles - 1, kMaxNeighbours);
  std::vector<double> minus_log_p;
  minus_log_p.reserve(lines);
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
      const double nearest = std::round(line);
      return nearest >= 1 && std::abs(line - nearest) * length / other <= 2;
    });
    const double own = static_cast<double>(power_[bin]);
    const double c = static_cast<double>(count);
    const double noise = background / c;
    result.powers.push_back(own);
    result.lines.push_back(std::max(0.0, own - noise));
    if (explained || own <= 0) {
      minus_log_p.push_back(0);
      continue;
    }
    // A line without any background is perfectly periodic: as sure as the count of bins allows.
    const double ratio = noise > 1e-12 * own ? own / noise : 1e12;
    minus_log_p.push_back(c * std::log(1 + ratio / c));
  }
  result.evidence = LadderEvidence(minus_log_p, &result.gain);
  return result;
}

}  // namespace bellwether
