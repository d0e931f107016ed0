#include "tests/bench/forecast/known_laws.h"

#include <array>
#include <cmath>
#include <numbers>

namespace bellwether::forecast_yardstick {
namespace {

constexpr std::array<NamedLaw, 17> kLaws = {{
    {Law::kNoise, "normal noise"},
    {Law::kAutoregression, "autoregression .8"},
    {Law::kMixedMemory, "ARMA .9, -.5"},
    {Law::kWalk, "random walk"},
    {Law::kHeavyWalk, "walk of t(4) steps"},
    {Law::kLocalLevel, "walk .3 + noise"},
    {Law::kTrend, "trend + autoregression .5"},
    {Law::kSeasonal, "season + autoregression .8"},
    {Law::kSeasonalWalk, "season + walk"},
    {Law::kTwoSeasons, "two seasons + AR .5"},
    {Law::kHeavyTails, "season + t(4) noise"},
    {Law::kSkewed, "season + gamma noise"},
    {Law::kSeasonalNoise, "noise by the hour"},
    {Law::kLogNormal, "log-normal season"},
    {Law::kCounts, "Poisson counts"},
    {Law::kFewCounts, "Poisson, few"},
    {Law::kClusteredNoise, "GARCH noise"},
}};

double Wave(size_t step, double period) {
  return std::sin(2 * std::numbers::pi * std::fmod(static_cast<double>(step), period) / period);
}

double Poisson(double mean, std::mt19937_64& random) {
  return static_cast<double>(std::poisson_distribution<int>(mean)(random));
}

}  // namespace

std::span<const NamedLaw> KnownLaws() { return kLaws; }

std::optional<double> MeanCount(Law law, size_t step) {
  switch (law) {
    case Law::kCounts:
      return 20 + 10 * Wave(step, 24);
    case Law::kFewCounts:
      return 0.8 + 0.6 * Wave(step, 24);
    default:
      return std::nullopt;
  }
}

double LawProcess::Next(std::mt19937_64& random) {
  const size_t t = step_++;
  const double season = Wave(t, 24);
  const auto normal = [&] { return std::normal_distribution<double>()(random); };
  const auto student = [&] { return std::student_t_distribution<double>(4)(random); };
  const auto remembers = [&](double memory) { return state_ = memory * state_ + normal(); };
  switch (law_) {
    case Law::kNoise:
      return normal();
    case Law::kAutoregression:
      return remembers(0.8);
    case Law::kMixedMemory: {
      const double shock = normal();
      state_ = 0.9 * state_ + shock - 0.5 * previous_;
      previous_ = shock;
      return state_;
    }
    case Law::kWalk:
      return remembers(1);
    case Law::kHeavyWalk:
      return state_ += student();
    case Law::kLocalLevel:
      state_ += 0.3 * normal();
      return state_ + normal();
    case Law::kTrend:
      return 0.05 * static_cast<double>(t) + remembers(0.5);
    case Law::kSeasonal:
      return 5 * season + remembers(0.8);
    case Law::kSeasonalWalk:
      return 5 * season + remembers(1);
    case Law::kTwoSeasons:
      return 5 * season + 4 * Wave(t, 168) + remembers(0.5);
    case Law::kHeavyTails:
      return 5 * season + student();
    case Law::kSkewed:
      return 5 * season + std::gamma_distribution<double>(2, 1)(random);
    case Law::kSeasonalNoise:
      return (1 + 0.8 * season) * normal();
    case Law::kLogNormal:
      return std::exp(0.5 * season + 0.2 * remembers(0.8));
    case Law::kCounts:
    case Law::kFewCounts:
      return Poisson(*MeanCount(law_, t), random);
    case Law::kClusteredNoise:
      state_ = std::sqrt(variance_) * normal();
      variance_ = 0.05 + 0.1 * state_ * state_ + 0.85 * variance_;
      return state_;
  }
  return 0;
}

}  // namespace bellwether::forecast_yardstick
