#include "server/analytics/trend/theil_sen.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/analytics/series/robust.h"
#include "server/analytics/trend/pair_counts.h"

namespace bellwether {
namespace {

constexpr size_t kExactPoints = 48;
constexpr size_t kSampledPairs = 2048;
constexpr double kRankTolerance = 1e-6;
constexpr int kMostGuesses = 100;
constexpr int kMostBoundGuesses = 12;
constexpr double kBoundTolerance = 0.4;  // of the score: the rest is as good as straight
constexpr double kStraight = 0.05;       // up to this share of the pairs
constexpr double kNear = 0.2;

double SlopeOf(std::span<const double> x, std::span<const double> y, size_t i, size_t j) {
  return (y[j] - y[i]) / (x[j] - x[i]);
}

std::vector<double> AllSlopes(std::span<const double> x, std::span<const double> y) {
  std::vector<double> slopes;
  slopes.reserve(x.size() * (x.size() - 1) / 2);
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = i + 1; j < x.size(); ++j) {
      slopes.push_back(SlopeOf(x, y, i, j));
    }
  }
  return slopes;
}

/// The flattest and the steepest slope: of neighbouring points, since those of wider pairs are means of theirs.
std::pair<double, double> ExtremeSlopes(std::span<const double> x, std::span<const double> y) {
  std::pair<double, double> extremes(SlopeOf(x, y, 0, 1), SlopeOf(x, y, 0, 1));
  for (size_t i = 2; i < x.size(); ++i) {
    const double slope = SlopeOf(x, y, i - 1, i);
    extremes = {std::min(extremes.first, slope), std::max(extremes.second, slope)};
  }
  return extremes;
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

/// The slope at which `balance` comes to `target`, from `slope`, where it is 0 and falls by `steepness`; no further
/// than `extreme`.
double SlopeAt(Balance& balance, double target, double slope, double steepness, double extreme) {
  double guess = slope - target / steepness;
  const double tolerance = std::abs(target) < kStraight ? kBoundTolerance : 0.1 * kBoundTolerance;
  double inner = slope;
  double f_inner = 0;
  double outer = extreme;
  double f_outer = target > 0 ? 1 : -1;
  bool is_bracketed = false;
  for (int turn = 0; turn < kMostBoundGuesses; ++turn) {
    const double least = std::min(inner, outer);
    const double most = std::max(inner, outer);
    if (!(guess > least && guess < most)) {
      guess = least + 0.5 * (most - least);
      if (!(guess > least && guess < most)) {
        break;
      }
    }
    const double f = balance(guess);
    const double share = f / target;
    const double before = inner;
    const double f_before = f_inner;
    if (share < 1) {
      inner = guess;
      f_inner = f;
    } else {
      outer = guess;
      f_outer = f;
      is_bracketed = true;
    }
    const double run = is_bracketed ? outer - inner : inner - before;
    const double rise = is_bracketed ? f_outer - f_inner : f_inner - f_before;
    guess = rise != 0 ? inner + run * ((target - f_inner) / rise) : outer;
    if (std::abs(share - 1) <= tolerance) {
      return std::clamp(guess, std::min(slope, extreme), std::max(slope, extreme));
    }
    if (!is_bracketed) {
      guess += 0.2 * (guess - inner);
    }
  }
  return outer;
}

}  // namespace

TheilSen::TheilSen(std::span<const double> x, std::span<const double> y) : x_(x), y_(y) {
  if (x.size() <= kExactPoints) {
    slopes_ = AllSlopes(x, y);
    std::sort(slopes_.begin(), slopes_.end());
    const size_t count = slopes_.size();
    slope_ = slopes_[(count - 1) / 2] + 0.5 * (slopes_[count / 2] - slopes_[(count - 1) / 2]);
  } else {
    Search();
  }
}

void TheilSen::Search() {
  const std::vector<double> sample = SampledSlopes(x_, y_);
  const auto sampled = [&](double quantile) {
    const double at = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(sample.size() - 1);
    return sample[static_cast<size_t>(std::lround(at))];
  };
  Balance balance(x_, y_);
  auto [low, high] = ExtremeSlopes(x_, y_);
  double f_low = 1;
  double f_high = -1;
  const double resolution = 1e-13 * (high - low);
  double guess = sampled(0.5);
  double rated = guess;  // the guess off the middle, but not far, that tells how steeply the balance falls
  double f_rated = 0;
  int side = 0;
  for (int turn = 0; turn < kMostGuesses; ++turn) {
    const double f = balance(guess);
    if (std::abs(f) > std::abs(f_rated) && std::abs(f) < kNear) {
      rated = guess;
      f_rated = f;
    }
    if (std::abs(f) <= kRankTolerance) {
      low = high = guess;
      break;
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
  slope_ = low + 0.5 * (high - low);
  steepness_ = rated != slope_ ? f_rated / (slope_ - rated) : 0;
}

SlopeInterval TheilSen::Interval(double score) const {
  const size_t n = x_.size();
  const double pairs = 0.5 * static_cast<double>(n) * static_cast<double>(n - 1);
  if (!(score > 0)) {
    return {slope_, slope_};
  }
  if (!slopes_.empty()) {
    const auto below = static_cast<size_t>(0.5 * std::max(pairs - score, 0.0));
    return {slopes_[below], slopes_[slopes_.size() - 1 - below]};
  }
  const auto [lowest, highest] = ExtremeSlopes(x_, y_);
  if (score >= pairs) {
    return {lowest, highest};
  }
  Balance balance(x_, y_);
  const double target = score / pairs;
  return {SlopeAt(balance, target, slope_, steepness_, lowest), SlopeAt(balance, -target, slope_, steepness_, highest)};
}

}  // namespace bellwether
