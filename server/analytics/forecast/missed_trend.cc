#include "server/analytics/forecast/missed_trend.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/forecast/combination.h"
#include "server/analytics/forecast/error_growth.h"
#include "server/analytics/forecast/past_errors.h"

namespace bellwether {
namespace {

constexpr double kHalfLife = 12;     // origins over which errors lose half their say
constexpr size_t kLeastOrigins = 4;  // that a trend is missed at
constexpr double kDoubt = 2;         // error variances that the squared share must exceed

/// Changes from row to row before any origin.
class Slopes {
 public:
  Slopes(std::span<const double> history, size_t season) : season_(season), sums_(1, 0.0) {
    sums_.reserve(history.size() + 1);
    for (const double value : history) {
      sums_.push_back(sums_.back() + value);
    }
  }

  /// Of the first `n` values, between the means of their first and last rows: as many whole seasons as go into a
  /// third, or else all but one season.
  [[nodiscard]] double Before(size_t n) const {
    const size_t third = n / 3 / season_ * season_;
    const size_t block = third > 0 ? third : n - std::min(n, season_);
    const double rise = (sums_[n] - sums_[n - block]) - sums_[block];
    return block > 0 ? rise / static_cast<double>(block) / static_cast<double>(n - block) : 0.0;
  }

 private:
  size_t season_;
  std::vector<double> sums_;
};

/// The share of the `line` that the errors hold, drawn towards none.
double ShareOf(const PastErrors& past, const PastErrors& line) {
  const std::vector<double> weights = OriginWeights(past.origins(), kHalfLife);
  const ErrorGrowth growth(past, weights);
  if (!growth.is_known()) {
    return 0;
  }
  const std::vector<double> missed = growth.Innovations(past);
  const std::vector<double> drawn = growth.Innovations(line);
  double squares = 0;
  double products = 0;
  double lines = 0;
  for (size_t i = 0; i < missed.size(); ++i) {
    if (!std::isnan(missed[i])) {
      const double weight = weights[i / past.horizon];
      squares += weight * missed[i] * missed[i];
      products += weight * missed[i] * drawn[i];
      lines += weight * drawn[i] * drawn[i];
    }
  }
  if (!(products > 0)) {
    return 0;
  }
  const double share = products / lines;
  const double variance = std::max(squares - share * products, 0.0) / lines / growth.rows();
  const double kept = share * (1 - kDoubt * variance / (share * share));
  return std::isfinite(kept) ? std::clamp(kept, 0.0, 1.0) : 0.0;
}

}  // namespace

double FollowMissedTrend(std::span<const double> history, std::span<const size_t> seasons, Backtest& backtest,
                         std::vector<double>& path) {
  const size_t horizon = backtest.horizon;
  if (backtest.origins < kLeastOrigins) {
    return 0;
  }
  const Slopes slopes(history, seasons.empty() ? 1 : seasons.back());
  PastErrors past{backtest.truth, horizon, backtest.rows};
  PastErrors line{backtest.truth, horizon, backtest.rows};
  for (size_t o = 0; o < backtest.origins; ++o) {
    const double slope = slopes.Before(backtest.rows[o]);
    for (size_t h = 0; h < horizon; ++h) {
      const size_t i = o * horizon + h;
      past.errors[i] -= backtest.forecast[i];
      line.errors[i] = std::isnan(past.errors[i]) ? past.errors[i] : slope * static_cast<double>(h + 1);
    }
  }
  const double share = ShareOf(past, line);
  if (!(share > 0)) {
    return 0;
  }
  const bool is_negative = *std::min_element(history.begin(), history.end()) < 0;
  const auto add = [&](double slope, size_t h, double& value) {
    value += share * slope * static_cast<double>(std::min(h + 1, horizon));
    value = is_negative ? value : std::max(value, 0.0);
  };
  for (size_t o = 0; o < backtest.origins; ++o) {
    const double slope = slopes.Before(backtest.rows[o]);
    for (size_t h = 0; h < horizon; ++h) {
      add(slope, h, backtest.forecast[o * horizon + h]);
    }
  }
  const double slope = slopes.Before(history.size());
  for (size_t h = 0; h < path.size(); ++h) {
    add(slope, h, path[h]);
  }
  return share;
}

}  // namespace bellwether
