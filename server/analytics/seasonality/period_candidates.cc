#include "server/analytics/seasonality/period_candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "server/analytics/seasonality/comb_test.h"
#include "server/analytics/seasonality/whitening.h"
#include "server/analytics/series/fast_exp.h"
#include "server/analytics/series/fft.h"
#include "server/analytics/series/largest.h"

namespace bellwether {
namespace {

constexpr size_t kMaxHills = 10;
constexpr size_t kMaxTested = 10;
constexpr double kFewCycles = 4;

/// Indices of the `count` highest local maxima of `curve` in [from, to), highest first, its last number among them
/// where it is above the one before.
std::vector<size_t> HighestHills(std::span<const float> curve, size_t from, size_t to, size_t count) {
  std::vector<size_t> hills;
  hills.reserve(count + 1);
  float least = 0;  // a hill must be above it
  const auto add = [&](size_t k) {
    const auto lower = [&](size_t one, size_t other) { return curve[one] > curve[other]; };
    hills.insert(std::upper_bound(hills.begin(), hills.end(), k, lower), k);
    if (hills.size() > count) {
      hills.pop_back();
    }
    least = hills.size() == count ? curve[hills.back()] : 0.0f;
  };
  for (size_t k = std::max<size_t>(from, 1); k + 1 < std::min(to, curve.size()); ++k) {
    if (curve[k] > least && curve[k] >= curve[k - 1] && curve[k] > curve[k + 1]) {
      add(k);
    }
  }
  const size_t last = curve.size() - 1;
  if (to > last && last > from && curve[last] > curve[last - 1]) {
    add(last);
  }
  return hills;
}

/// A Hann window; each cosine comes from the two before.
std::vector<float> HannWindow(size_t rows) {
  std::vector<float> window(rows);
  const double turn = 2 * std::numbers::pi / static_cast<double>(rows);
  const double twice = 2 * std::cos(turn);
  double before = std::cos(-0.5 * turn);
  double cosine = std::cos(0.5 * turn);
  for (float& one : window) {
    one = 0.5f - 0.5f * static_cast<float>(cosine);
    before = std::exchange(cosine, twice * cosine - before);
  }
  return window;
}

}  // namespace

PeriodCandidates::PeriodCandidates(const CalendarPeriods& calendar, size_t rows)
    : calendar_(calendar),
      rows_(rows),
      size_(RealFft::SizeFor(2 * rows)),
      window_(HannWindow(rows)),
      power_(size_ / 2 + 1),
      autocorrelation_(std::min(rows / 2 + 2, power_.size())) {}

void PeriodCandidates::TakeSpectrum(std::span<const float> series) {
  WithFft(size_, [&](RealFft& transform) {
    const std::span<float> even = transform.even();
    const std::span<float> odd = transform.odd();
    const size_t pairs = rows_ / 2;
    for (size_t i = 0; i < pairs; ++i) {
      even[i] = series[2 * i] * window_[2 * i];
      odd[i] = series[2 * i + 1] * window_[2 * i + 1];
    }
    std::fill(even.begin() + static_cast<ptrdiff_t>(pairs), even.end(), 0.0f);
    std::fill(odd.begin() + static_cast<ptrdiff_t>(pairs), odd.end(), 0.0f);
    if (rows_ % 2 == 1) {
      even[pairs] = series[rows_ - 1] * window_[rows_ - 1];
    }
    transform.PowerSpectrum(power_);
  });
}

void PeriodCandidates::AddPeaks(std::vector<double>& candidates) const {
  const size_t lowest_bin = 2 * size_ / rows_;  // two cycles
  for (const size_t bin : HighestHills(power_, lowest_bin, power_.size(), kMaxHills)) {
    if (bin + 1 == power_.size()) {
      candidates.push_back(2);
      continue;
    }
    const auto left = static_cast<double>(FastLog2(power_[bin - 1]));
    const auto right = static_cast<double>(FastLog2(power_[bin + 1]));
    const double curvature = left - 2 * static_cast<double>(FastLog2(power_[bin])) + right;
    const double shift = curvature < 0 ? std::clamp(0.5 * (left - right) / curvature, -0.5, 0.5) : 0.0;
    candidates.push_back(static_cast<double>(size_) / (static_cast<double>(bin) + shift));
  }
}

/// The autocorrelation is the transform of the spectrum continued symmetrically.
void PeriodCandidates::AddHills(std::vector<double>& candidates) {
  WithFft(size_, [&](RealFft& transform) {
    const std::span<float> even = transform.even();
    const std::span<float> odd = transform.odd();
    for (size_t i = 0; i < size_ / 4; ++i) {
      even[i] = power_[2 * i];
      odd[i] = power_[2 * i + 1];
    }
    for (size_t i = size_ / 4; i < size_ / 2; ++i) {
      even[i] = power_[size_ - 2 * i];
      odd[i] = power_[size_ - 2 * i - 1];
    }
    transform.RealParts(autocorrelation_);
  });
  for (size_t lag = 0; lag < autocorrelation_.size(); ++lag) {
    // The taper thins out long lags.
    autocorrelation_[lag] *= static_cast<float>(rows_) / static_cast<float>(rows_ - std::min(lag, rows_ - 1));
  }
  for (const size_t lag : HighestHills(autocorrelation_, 2, rows_ / 3 + 1, kMaxHills)) {
    candidates.push_back(static_cast<double>(lag));
  }
}

std::vector<double> PeriodCandidates::Of(std::span<const float> series) {
  TakeSpectrum(series);
  if (!(LargestMagnitude(power_) > 0)) {
    return {};
  }
  Whiten(power_, 24 * size_ / rows_);
  std::vector<double> candidates(calendar_.periods().begin(), calendar_.periods().end());
  AddPeaks(candidates);
  AddHills(candidates);
  std::vector<double> distinct;
  for (const double candidate : candidates) {
    const double resolution = 0.2 * candidate * candidate / static_cast<double>(rows_);
    const bool known = std::any_of(distinct.begin(), distinct.end(),
                                   [&](double other) { return std::abs(other - candidate) <= resolution; });
    if (!known && candidate >= 2 && candidate <= static_cast<double>(rows_) / 2) {
      distinct.push_back(candidate);
    }
  }
  return Screened(distinct);
}

/// Leaves those whose lines in the whitened spectrum (which the taper weakens by half) come to at least half of the
/// evidence asked for, the best kMaxTested of them. Periods of a few cycles stay: their lines are too dense for the
/// background to be separate.
std::vector<double> PeriodCandidates::Screened(std::span<const double> candidates) const {
  const auto bins = static_cast<double>(size_);
  std::vector<std::pair<double, double>> rated;  // gain, period
  std::vector<double> lines;
  for (const double period : candidates) {
    if (period * kFewCycles > static_cast<double>(rows_)) {
      rated.emplace_back(std::numeric_limits<double>::max(), period);
      continue;
    }
    lines.clear();
    for (size_t j = 1; j <= std::min(static_cast<size_t>(period / 2), kMostCombLines); ++j) {
      const auto bin = static_cast<size_t>(std::lround(static_cast<double>(j) * bins / period));
      lines.push_back(static_cast<double>(power_[std::min(bin, power_.size() - 1)]));
    }
    double gain = 0;
    const double evidence = LadderEvidence(lines, &gain);
    // Calendar periods get the benefit of the doubt.
    if (calendar_.IsSignificant(period, (calendar_.Contains(period) ? 4 : 2) * evidence)) {
      rated.emplace_back(gain, period);
    }
  }
  std::stable_sort(rated.begin(), rated.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<double> best;
  for (size_t i = 0; i < std::min(rated.size(), kMaxTested); ++i) {
    best.push_back(rated[i].second);
  }
  return best;
}

}  // namespace bellwether
