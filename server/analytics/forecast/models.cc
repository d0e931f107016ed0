#include "server/analytics/forecast/models.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace bellwether {
namespace {

class NaiveModel final : public ForecastModel {
 public:
  std::string_view id() const override { return "naive"; }
  size_t MinPoints() const override { return 1; }
  std::vector<double> Extend(std::span<const double> history, size_t horizon) const override {
    return std::vector<double>(horizon, history.back());
  }
};

class SeasonalNaiveModel final : public ForecastModel {
 public:
  explicit SeasonalNaiveModel(size_t season) : season_(season) {}
  std::string_view id() const override { return "seasonal-naive"; }
  size_t MinPoints() const override { return season_; }
  std::vector<double> Extend(std::span<const double> history, size_t horizon) const override {
    std::vector<double> forecast(horizon);
    for (size_t h = 0; h < horizon; ++h) {
      forecast[h] = history[history.size() - season_ + h % season_];
    }
    return forecast;
  }

 private:
  size_t season_;
};

class SeasonalMeanModel final : public ForecastModel {
 public:
  SeasonalMeanModel(size_t season, double memory) : season_(season), decay_(1 - 1 / memory) {}
  std::string_view id() const override { return "seasonal-mean"; }
  size_t MinPoints() const override { return 2 * season_; }
  std::vector<double> Extend(std::span<const double> history, size_t horizon) const override {
    const size_t n = history.size();
    std::vector<double> profile(season_, 0.0);
    double newest_level = 0;
    double total_weight = 0;
    double weight = 1;
    for (size_t end = n; end >= season_ && weight > 1e-3; end -= season_, weight *= decay_) {
      double level = 0;
      for (size_t k = 0; k < season_; ++k) {
        level += history[end - season_ + k] / static_cast<double>(season_);
      }
      newest_level = total_weight == 0 ? level : newest_level;
      for (size_t k = 0; k < season_; ++k) {
        profile[k] += weight * (history[end - season_ + k] - level);
      }
      total_weight += weight;
    }
    std::vector<double> forecast(horizon);
    for (size_t h = 0; h < horizon; ++h) {
      forecast[h] = newest_level + profile[h % season_] / total_weight;
    }
    return forecast;
  }

 private:
  size_t season_;
  double decay_;
};

/// Removes the exponentially weighted profile of `season` from `values` and returns its continuation.
std::vector<double> TakeOutSeason(std::vector<double>& values, size_t season, size_t horizon) {
  const size_t n = values.size();
  std::vector<double> prefix(n + 1, 0.0);
  for (size_t i = 0; i < n; ++i) {
    prefix[i + 1] = prefix[i] + values[i];
  }
  constexpr double kGain = 0.2;  // a memory of about five seasons; the mean until there are as many
  std::vector<double> profile(season, 0.0);
  for (size_t i = 0; i < n; ++i) {
    const size_t from = i > season / 2 ? i - season / 2 : 0;
    const size_t to = std::min(n, i + season - season / 2);
    const double level = (prefix[to] - prefix[from]) / static_cast<double>(to - from);
    const size_t phase = i % season;
    const double gain = std::max(kGain, 1 / static_cast<double>(i / season + 1));
    profile[phase] += gain * (values[i] - level - profile[phase]);
  }
  for (size_t i = 0; i < n; ++i) {
    values[i] -= profile[i % season];
  }
  std::vector<double> future(horizon);
  for (size_t h = 0; h < horizon; ++h) {
    future[h] = profile[(n + h) % season];
  }
  return future;
}

struct DampedState {
  double level = 0;
  double slope = 0;
  double loss = 0;
};

DampedState RunDamped(std::span<const double> values, double alpha, double beta, double phi) {
  DampedState state{.level = values[0]};
  const double forget = 0.995;
  for (size_t i = 1; i < values.size(); ++i) {
    const double predicted = state.level + phi * state.slope;
    const double error = values[i] - predicted;
    state.loss = forget * state.loss + std::abs(error);
    const double level = predicted + alpha * error;
    state.slope = phi * state.slope + alpha * beta * error;
    state.level = level;
  }
  return state;
}

class DampedTrendModel final : public ForecastModel {
 public:
  explicit DampedTrendModel(std::vector<size_t> seasons) : seasons_(std::move(seasons)) {}
  std::string_view id() const override { return "damped-trend"; }
  size_t MinPoints() const override { return std::max<size_t>(3, seasons_.empty() ? 0 : 2 * seasons_.front()); }
  std::vector<double> Extend(std::span<const double> history, size_t horizon) const override {
    std::vector<double> rest(history.begin(), history.end());
    std::vector<double> forecast(horizon, 0.0);
    for (const size_t season : seasons_) {
      if (history.size() < 2 * season) {
        continue;
      }
      const std::vector<double> future = TakeOutSeason(rest, season, horizon);
      std::transform(forecast.begin(), forecast.end(), future.begin(), forecast.begin(), std::plus<>());
    }
    constexpr std::array<double, 5> kAlpha = {0.1, 0.25, 0.5, 0.75, 1.0};
    constexpr std::array<double, 3> kBeta = {0.0, 0.05, 0.2};
    constexpr std::array<double, 2> kPhi = {0.8, 0.95};
    DampedState best{.loss = std::numeric_limits<double>::infinity()};
    double best_phi = kPhi[0];
    for (const double phi : kPhi) {
      for (const double beta : kBeta) {
        for (const double alpha : kAlpha) {
          const DampedState state = RunDamped(rest, alpha, beta, phi);
          if (state.loss < best.loss) {
            best = state;
            best_phi = phi;
          }
        }
      }
    }
    double ahead = 0;
    double factor = 1;
    for (size_t h = 0; h < horizon; ++h) {
      factor *= best_phi;
      ahead += factor;
      forecast[h] += best.level + ahead * best.slope;
    }
    return forecast;
  }

 private:
  std::vector<size_t> seasons_;
};

}  // namespace

std::unique_ptr<ForecastModel> MakeNaiveModel() { return std::make_unique<NaiveModel>(); }

std::unique_ptr<ForecastModel> MakeSeasonalNaiveModel(size_t season) {
  return std::make_unique<SeasonalNaiveModel>(season);
}

std::unique_ptr<ForecastModel> MakeSeasonalMeanModel(size_t season, double memory) {
  return std::make_unique<SeasonalMeanModel>(season, memory);
}

std::unique_ptr<ForecastModel> MakeDampedTrendModel(std::vector<size_t> seasons) {
  return std::make_unique<DampedTrendModel>(std::move(seasons));
}

}  // namespace bellwether
