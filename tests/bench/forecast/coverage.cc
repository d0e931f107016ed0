#include "tests/bench/forecast/coverage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numbers>
#include <random>
#include <vector>

#include "server/analytics/forecast/forecaster.h"

namespace bellwether::forecast_yardstick {
namespace {

constexpr std::array<double, 3> kLevels = {0.8, 0.95, 0.99};
constexpr size_t kHorizon = 24;
constexpr std::array<size_t, 6> kSteps = {1, 2, 4, 8, 16, 24};
constexpr int64_t kHourNs = int64_t{3600} * 1'000'000'000;

enum class Law { kNoise, kAutoregression, kWalk, kSeasonal, kSeasonalWalk, kHeavyTails, kLogNormal, kCounts };

constexpr std::array<std::pair<Law, const char*>, 8> kLaws = {{
    {Law::kNoise, "normal noise"},
    {Law::kAutoregression, "autoregression .8"},
    {Law::kWalk, "random walk"},
    {Law::kSeasonal, "season + autoregression"},
    {Law::kSeasonalWalk, "season + walk"},
    {Law::kHeavyTails, "season + t(4) noise"},
    {Law::kLogNormal, "log-normal season"},
    {Law::kCounts, "Poisson counts"},
}};

std::vector<double> Make(Law law, size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::student_t_distribution<double> student(4);
  std::vector<double> values(n);
  double state = 0;
  for (size_t i = 0; i < n; ++i) {
    const double season = std::sin(2 * std::numbers::pi * static_cast<double>(i % 24) / 24);
    const double innovation = normal(random);
    state = (law == Law::kWalk || law == Law::kSeasonalWalk ? 1.0 : 0.8) * state + innovation;
    switch (law) {
      case Law::kNoise:
        values[i] = innovation;
        break;
      case Law::kAutoregression:
      case Law::kWalk:
        values[i] = state;
        break;
      case Law::kSeasonal:
      case Law::kSeasonalWalk:
        values[i] = 5 * season + state;
        break;
      case Law::kHeavyTails:
        values[i] = 5 * season + student(random);
        break;
      case Law::kLogNormal:
        values[i] = std::exp(0.5 * season + 0.2 * state);
        break;
      case Law::kCounts:
        values[i] = static_cast<double>(std::poisson_distribution<int>(20 + 10 * season)(random));
        break;
    }
  }
  return values;
}

}  // namespace

void RunCoverage(size_t each) {
  std::printf("%-26s %6s %6s", "law", "rows", "level");
  for (const size_t step : kSteps) {
    std::printf("  +%-4zu", step);
  }
  std::printf("   mean  farthest\n");
  for (const auto& [law, name] : kLaws) {
    for (const size_t rows : {240u, 720u}) {
      std::array<std::array<double, kHorizon>, kLevels.size()> held{};
      for (size_t i = 0; i < each; ++i) {
        const std::vector<double> values = Make(law, rows + kHorizon, 1 + i);
        ForecastInput input;
        input.values = std::span(values).first(rows);
        input.step_ns = kHourNs;
        const auto fitted = FitForecast("auto", input, kHorizon);
        if (!fitted.ok()) {
          return;
        }
        const Forecast forecast = (*fitted)->Predict(kHorizon, kLevels);
        for (size_t l = 0; l < kLevels.size(); ++l) {
          for (size_t h = 0; h < kHorizon; ++h) {
            const double y = values[rows + h];
            held[l][h] += y >= forecast.bands[l].lower[h] && y <= forecast.bands[l].upper[h];
          }
        }
      }
      for (size_t l = 0; l < kLevels.size(); ++l) {
        double mean = 0;
        double farthest = 0;
        for (double& share : held[l]) {
          share /= static_cast<double>(each);
          mean += share / kHorizon;
          farthest = std::abs(share - kLevels[l]) > std::abs(farthest) ? share - kLevels[l] : farthest;
        }
        std::printf("%-26s %6zu %6.2f", name, rows, kLevels[l]);
        for (const size_t step : kSteps) {
          std::printf("  %.3f", held[l][step - 1]);
        }
        std::printf("  %.3f  %+.3f\n", mean, farthest);
      }
    }
  }
}

}  // namespace bellwether::forecast_yardstick
