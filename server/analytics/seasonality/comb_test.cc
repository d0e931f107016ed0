#include "server/analytics/seasonality/comb_test.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/analytics/series/fft.h"

namespace bellwether {
namespace {

constexpr size_t kMaxLines = 64;
constexpr size_t kMaxNeighbours = 12;  // bins on either side that make the background
constexpr std::array<size_t, 12> kLadder = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

}  // namespace

double FisherEvidence(double sum, size_t lines) {
  if (sum <= 0) {
    return 0;
  }
  // P = exp(-s) * sum_{k < lines} s^k / k!, summed relative to the largest term.
  double log_term = 0;
  double largest = 0;
  for (size_t k = 1; k < lines; ++k) {
    log_term += std::log(sum / static_cast<double>(k));
    largest = std::max(largest, log_term);
  }
  double total = std::exp(-largest);
  log_term = 0;
  for (size_t k = 1; k < lines; ++k) {
    log_term += std::log(sum / static_cast<double>(k));
    total += std::exp(log_term - largest);
  }
  return std::max(0.0, sum - largest - std::log(total));
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

CombTest::CombTest(std::span<const double> series) : series_(series) {}

CombResult CombTest::Test(double period, std::span<const double> taken) {
  CombResult result;
  result.period = period;
  const size_t n = series_.size();
  const auto cycles = static_cast<size_t>(static_cast<double>(n) / period);
  if (period < 2 || cycles < 2) {
    return result;
  }
  const double length = static_cast<double>(cycles) * period;
  const size_t size = NextPowerOfTwo(2 * static_cast<size_t>(std::ceil(length)));
  resampled_.resize(size);
  const double first = static_cast<double>(n) - length;
  const double stride = length / static_cast<double>(size);
  for (size_t k = 0; k < size; ++k) {
    const double at = std::max(0.0, first + stride * static_cast<double>(k));
    const size_t left = std::min(static_cast<size_t>(at), n - 1);
    // Past the newest value comes the start of the window, as the transform takes it for periodic.
    const double right = left + 1 < n ? series_[left + 1] : series_[std::min(static_cast<size_t>(first), n - 1)];
    const double fraction = at - static_cast<double>(left);
    resampled_[k] = series_[left] + fraction * (right - series_[left]);
  }
  WithFft(size, [&](RealFft& transform) { transform.PowerSpectrum(resampled_, power_); });

  const size_t lines = std::min(static_cast<size_t>(period / 2), kMaxLines);
  const auto last_bin = static_cast<size_t>(length / 2);
  const size_t reach = std::min(cycles - 1, kMaxNeighbours);
  std::vector<double> minus_log_p;
  minus_log_p.reserve(lines);
  for (size_t j = 1; j <= lines; ++j) {
    const size_t bin = j * cycles;
    if (bin > last_bin) {
      break;
    }
    double background = 0;
    size_t count = 0;
    for (size_t k = 1; k <= reach; ++k) {
      background += power_[bin - k];
      ++count;
      if (bin + k <= last_bin) {
        background += power_[bin + k];
        ++count;
      }
    }
    const bool explained = std::any_of(taken.begin(), taken.end(), [&](double other) {
      const double line = static_cast<double>(bin) * other / length;  // harmonic of `other` at this bin
      const double nearest = std::round(line);
      return nearest >= 1 && std::abs(line - nearest) * length / other <= 2;
    });
    const double noise = background / static_cast<double>(count);
    result.powers.push_back(power_[bin]);
    result.lines.push_back(std::max(0.0, power_[bin] - noise));
    if (explained || power_[bin] <= 0) {
      minus_log_p.push_back(0);
      continue;
    }
    const double c = static_cast<double>(count);
    // A line without any background is perfectly periodic: as sure as the count of bins allows.
    const double ratio = noise > 1e-12 * power_[bin] ? power_[bin] / noise : 1e12;
    minus_log_p.push_back(c * std::log1p(ratio / c));
  }
  result.evidence = LadderEvidence(minus_log_p, &result.gain);
  return result;
}

}  // namespace bellwether
