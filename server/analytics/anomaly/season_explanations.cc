#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "server/analytics/anomaly/explanations.h"

// The season's part of Explanations.

namespace bellwether {
namespace {

constexpr double kSeasonPrice = 2;  // a broken season is rarer than a moved level: what explains alike is the latter
constexpr double kLeastSeasonChange = 0.3;

}  // namespace

Fit Explanations::SeasonSize() const {
  Fit best = Fit::None();
  if (window_.season.empty()) {
    return best;
  }
  const size_t least = LeastSeasonRows();
  const auto attempt = [&](size_t begin, size_t end) {
    if (end < begin + least || end > size()) {
      return;
    }
    std::fill(x_.begin(), x_.end(), 0.0);
    std::copy(window_.season.begin() + static_cast<ptrdiff_t>(begin),
              window_.season.begin() + static_cast<ptrdiff_t>(end), x_.begin() + static_cast<ptrdiff_t>(begin));
    Fit fit = Regress(x_, begin, end, end == size() ? 2 : 3);
    if (std::abs(fit.coefficient) < kLeastSeasonChange) {
      return;  // a season about as large as ever is not broken
    }
    fit.coefficient += 1;
    fit.cost += kSeasonPrice;
    Keep(fit, best);
  };
  for (const size_t begin : Begins(0)) {
    attempt(begin, size());
    attempt(begin, window_.last);
  }
  if (std::isfinite(best.cost)) {
    for (const size_t end : Ends(best.begin)) {
      attempt(best.begin, end);
    }
  }
  return best;
}

std::array<Explanations::MovedStretch, 3> Explanations::LikelyMoves(size_t least_rows) const {
  const size_t period = window_.profile.size();
  const size_t stride = std::max<size_t>(1, period / 24);
  // The stretches and moves that leave least in plain squares, by their end: only those are weighed with care.
  std::array<MovedStretch, 3> stretches;  // to the end of what is known, to the end of the alarm, to any other
  const std::vector<size_t> begins = Begins(0);
  std::vector<double> usual(size() + 1, 0.0);
  std::vector<double> sums(size() + 1, 0.0);
  std::vector<double> squares(size() + 1, 0.0);
  constexpr double kMost = 30;  // spreads that a row counts
  for (size_t k = 0; k < size(); ++k) {
    const double rest = std::clamp(window_.rest[k], -kMost, kMost);
    usual[k + 1] = usual[k] + rest * rest;
  }
  for (size_t move = stride; move + stride <= period; move += stride) {
    for (size_t k = 0; k < size(); ++k) {
      const double left = std::clamp(window_.rest[k] + window_.season[k] - MovedSeason(k, move), -kMost, kMost);
      sums[k + 1] = sums[k] + left;
      squares[k + 1] = squares[k] + left * left;
    }
    for (const size_t begin : begins) {
      const auto weigh = [&](size_t end, MovedStretch& kept) {
        if (end < begin + least_rows) {
          return;
        }
        const double sum = sums[end] - sums[begin];
        const double left = squares[end] - squares[begin] - sum * sum / static_cast<double>(end - begin);
        const double saved = usual[end] - usual[begin] - left;
        if (saved > kept.saved) {
          kept = {begin, end, move, saved};
        }
      };
      weigh(size(), stretches[0]);
      weigh(window_.last, stretches[1]);
      for (size_t end = begin + least_rows; end < size(); end += 4) {
        weigh(end, stretches[2]);
      }
    }
  }
  return stretches;
}

Fit Explanations::SeasonMove() const {
  Fit best = Fit::None();
  if (window_.season.empty()) {
    return best;
  }
  const size_t period = window_.profile.size();
  const size_t least = LeastSeasonRows();
  const auto attempt = [&](size_t begin, size_t end, size_t move) {
    if (end < begin + least || end > size()) {
      return;
    }
    std::fill(x_.begin(), x_.end(), 0.0);
    for (size_t k = begin; k < end; ++k) {
      x_[k] = MovedSeason(k, move) - window_.season[k];
    }
    Fit fit = Regress(x_, begin, end, end == size() ? 2 : 3);
    // A season that has moved has kept its size; a fit of another size is another explanation.
    if (fit.coefficient < 0.5 || fit.coefficient > 1.6) {
      return;
    }
    fit.coefficient = static_cast<double>(move) - (move <= period / 2 ? 0.0 : static_cast<double>(period));
    fit.cost += PriceOf(1) + kSeasonPrice;
    Keep(fit, best);
  };
  for (const MovedStretch& stretch : LikelyMoves(least)) {
    if (stretch.saved <= 0) {
      continue;
    }
    attempt(stretch.begin, stretch.end, stretch.move);
    // The grid is coarse; the edges of the stretch matter to the rows there.
    for (const size_t step : {2, 1}) {
      attempt(best.begin, best.end + step, stretch.move);
      attempt(best.begin, best.end - std::min(step, best.end), stretch.move);
      attempt(best.begin + step, best.end, stretch.move);
      attempt(best.begin - std::min(step, best.begin), best.end, stretch.move);
    }
  }
  return best;
}

double Explanations::MovedSeason(size_t k, size_t move) const {
  const size_t period = window_.profile.size();
  return window_.profile[(window_.rows[k] + period - move) % period];
}

}  // namespace bellwether
