#include "server/analytics/trend/theil_sen.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "server/analytics/series/robust.h"
#include "server/analytics/trend/pair_counts.h"

namespace bellwether {
namespace {

constexpr size_t kExactPoints = 48;
constexpr size_t kSampledPairs = 2048;
constexpr double kRankTolerance = 1e-6;
constexpr int kMostGuesses = 100;

double SlopeOf(std::span<const double> x, std::span<const double> y, size_t i, size_t j) {
  return (y[j] - y[i]) / (x[j] - x[i]);
}

double ExactSlope(std::span<const double> x, std::span<const double> y) {
  std::vector<double> slopes;
  slopes.reserve(x.size() * (x.size() - 1) / 2);
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = i + 1; j < x.size(); ++j) {
      slopes.push_back(SlopeOf(x, y, i, j));
    }
  }
  return QuantileInPlace(slopes, 0.5);
}

/// Slopes of pairs drawn evenly, ascending.
std::vector<double> SampledSlopes(std::span<const double> x, std::span<const double> y) {
  std::vector<double> slopes;
  slopes.reserve(kSampledPairs);
  uint64_t state = 0x9E3779B97F4A7C15ULL;
  const auto draw = [&](size_t count) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<size_t>(((state >> 32) * count) >> 32);
  };
  while (slopes.size() < kSampledPairs) {
    const size_t i = draw(x.size());
    const size_t j = draw(x.size());
    if (i != j) {
      slopes.push_back(SlopeOf(x, y, std::min(i, j), std::max(i, j)));
    }
  }
  std::sort(slopes.begin(), slopes.end());
  return slopes;
}

/// Rates guesses by the share of pairs steeper less the share of pairs flatter.
class Balance {
 public:
  Balance(std::span<const double> x, std::span<const double> y) : x_(x), y_(y), rest_(x.size()), merged_(x.size()) {}

  double operator()(double slope) {
    for (size_t i = 0; i < rest_.size(); ++i) {
      rest_[i] = y_[i] - slope * x_[i];
    }
    const PairCounts counts = CountPairsInPlace(rest_, merged_);
    const double pairs = static_cast<double>(counts.rising + counts.falling + counts.tied);
    // Where the pairs of this very slope hold the middle, it is the median.
    const auto half = static_cast<int64_t>(0.5 * pairs);
    if (counts.rising <= half && counts.falling <= half) {
      return 0;
    }
    return static_cast<double>(counts.Score()) / pairs;
  }

 private:
  std::span<const double> x_;
  std::span<const double> y_;
  std::vector<double> rest_;
  std::vector<double> merged_;
};

}  // namespace

double TheilSenSlope(std::span<const double> x, std::span<const double> y) {
  const size_t n = x.size();
  if (n <= kExactPoints) {
    return ExactSlope(x, y);
  }
  const std::vector<double> sample = SampledSlopes(x, y);
  const auto sampled = [&](double quantile) {
    const double at = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(sample.size() - 1);
    return sample[static_cast<size_t>(at + 0.5)];
  };
  Balance balance(x, y);
  // Neighbouring points have the steepest slopes there are.
  double low = SlopeOf(x, y, 0, 1);
  double high = low;
  for (size_t i = 1; i < n; ++i) {
    const double slope = SlopeOf(x, y, i - 1, i);
    low = std::min(low, slope);
    high = std::max(high, slope);
  }
  double f_low = 1;
  double f_high = -1;
  const double resolution = 1e-13 * (high - low);
  double guess = sampled(0.5);
  int side = 0;
  for (int turn = 0; turn < kMostGuesses; ++turn) {
    const double f = balance(guess);
    if (std::abs(f) <= kRankTolerance) {
      return guess;
    }
    if (f > 0) {
      low = guess;
      f_low = f;
      f_high *= side > 0 ? 0.5 : 1;
      side = 1;
    } else {
      high = guess;
      f_high = f;
      f_low *= side < 0 ? 0.5 : 1;
      side = -1;
    }
    if (high - low <= resolution) {
      break;
    }
    if (turn == 0) {
      guess = sampled(0.5 + 0.55 * f + (f > 0 ? 0.002 : -0.002));
    } else if (turn % 8 == 7) {
      guess = low + 0.5 * (high - low);
    } else {
      guess = low + (high - low) * f_low / (f_low - f_high);
    }
    if (!(guess > low && guess < high)) {
      guess = low + 0.5 * (high - low);
      if (!(guess > low && guess < high)) {
        break;
      }
    }
  }
  return low + 0.5 * (high - low);
}

}  // namespace bellwether
