#include "server/analytics/forecast/threshold_crossing.h"
#include "tests/unit/analytics/generated_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "server/analytics/forecast/capacity.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

// A forecast whose steps are normal with the given medians and standard deviations.
Forecast NormalForecast(const std::vector<double>& centre, const std::vector<double>& deviation, double correlation) {
  std::array<double, QuantileShape::kPoints> quantiles{};
  for (size_t i = 0; i < quantiles.size(); ++i) {
    quantiles[i] = NormalQuantile(QuantileShape::Probability(i));
  }
  ForecastDistribution::Parts parts;
  parts.centre = centre;
  parts.scale = deviation;
  parts.shape = std::make_shared<QuantileShape>(quantiles);
  parts.dependence = {.persistent = {correlation > 0 ? 0.94 : 0}, .memory = {correlation}};
  Forecast forecast;
  forecast.point = centre;
  forecast.distribution = ForecastDistribution(parts);
  for (const double level : {0.8, 0.95}) {
    Band band;
    band.level = level;
    for (size_t h = 0; h < centre.size(); ++h) {
      band.lower.push_back(forecast.distribution.Quantile(h, 0.5 - 0.5 * level));
      band.upper.push_back(forecast.distribution.Quantile(h, 0.5 + 0.5 * level));
    }
    forecast.bands.push_back(band);
  }
  return forecast;
}

TEST(ThresholdCrossingTest, FindsTheStepsOfMedianAndEdges) {
  std::vector<double> rising;
  for (int h = 1; h <= 20; ++h) {
    rising.push_back(10.0 * h);
  }
  const Forecast forecast = NormalForecast(rising, std::vector<double>(20, 20), 0.5);
  const auto crossing = CrossThreshold(forecast, 100, CrossingSide::kAbove);
  ASSERT_TRUE(crossing.ok());
  EXPECT_EQ(crossing->median, 9U);
  ASSERT_EQ(crossing->bands.size(), 2U);
  EXPECT_EQ(crossing->bands[0].near_edge, 7U);  // 80 + 1.28 * 20 = 105.6
  EXPECT_EQ(crossing->bands[0].far_edge, 12U);  // 130 - 25.6 = 104.4
  EXPECT_EQ(crossing->bands[1].near_edge, 6U);  // 70 + 39.2 = 109.2
  EXPECT_EQ(crossing->bands[1].far_edge, 13U);
  EXPECT_NEAR(crossing->at_step[9], 0.5, 1e-6);
  EXPECT_NEAR(crossing->at_step[7], 0.1587, 1e-3);
}

TEST(ThresholdCrossingTest, DistancesBeyondTheLargestNumberAreNoObstacle) {
  // The search of the second step begins where the first one ended, so far below that the distance is infinite.
  const Forecast forecast = NormalForecast({1.65e308, 0}, {2.5e307, 1e308}, 0.5);
  const auto crossing = CrossThreshold(forecast, 0.9e308, CrossingSide::kAbove);
  ASSERT_TRUE(crossing.ok());
  EXPECT_NEAR(crossing->at_step[1], 0.1841, 2e-3);
}

TEST(ForecastDistributionTest, EdgesOfTheLargestNumbersAreNested) {
  std::array<double, QuantileShape::kPoints> quantiles{};
  for (size_t i = 0; i < quantiles.size(); ++i) {
    quantiles[i] = NormalQuantile(QuantileShape::Probability(i));
  }
  ForecastDistribution::Parts parts;
  parts.centre = {1};
  parts.scale = {1e308};
  parts.shape = std::make_shared<QuantileShape>(quantiles);
  parts.log_scale = {700};
  parts.log_shape = parts.shape;
  parts.log_share = 0.5;
  const ForecastDistribution distribution(parts);
  double last = distribution.Quantile(0, 0.001);
  for (const double p : {0.025, 0.25, 0.5, 0.75, 0.975, 0.999}) {
    const double next = distribution.Quantile(0, p);
    EXPECT_TRUE(std::isfinite(next)) << p;
    EXPECT_GE(next, last) << p;
    last = next;
  }
  EXPECT_GT(last, 1e307);
}

TEST(ThresholdCrossingTest, CountsBelowAsTheMirrorOfAbove) {
  const std::vector<double> centre = {5, 4, 3, 2, 1};
  std::vector<double> mirrored;
  for (const double value : centre) {
    mirrored.push_back(-value);
  }
  const std::vector<double> deviation(5, 1.5);
  const auto below = CrossThreshold(NormalForecast(centre, deviation, 0.6), 2.5, CrossingSide::kBelow);
  const auto above = CrossThreshold(NormalForecast(mirrored, deviation, 0.6), -2.5, CrossingSide::kAbove);
  ASSERT_TRUE(below.ok() && above.ok());
  EXPECT_EQ(below->median, above->median);
  for (size_t h = 0; h < centre.size(); ++h) {
    EXPECT_NEAR(below->at_step[h], above->at_step[h], 1e-6);
    EXPECT_NEAR(below->by_step[h], above->by_step[h], 1e-6);
  }
}

TEST(ThresholdCrossingTest, NeverFallsAndHoldsEachSingleStep) {
  const std::vector<double> centre = {0, 3, -2, 5, 1, 1, 1};
  const auto crossing = CrossThreshold(NormalForecast(centre, std::vector<double>(7, 2), 0.8), 4, CrossingSide::kAbove);
  ASSERT_TRUE(crossing.ok());
  for (size_t h = 0; h < centre.size(); ++h) {
    EXPECT_GE(crossing->by_step[h], crossing->at_step[h]);
    EXPECT_LE(crossing->by_step[h], 1);
    EXPECT_TRUE(h == 0 || crossing->by_step[h] >= crossing->by_step[h - 1]);
  }
  EXPECT_EQ(crossing->StepOf(0.5), 3U);
  EXPECT_EQ(crossing->StepOf(1.1), std::nullopt);
}

TEST(ThresholdCrossingTest, TakesAForecastWithoutADistributionForCertain) {
  Forecast certain;
  certain.point = {1, 2, 3, 2};
  const auto crossing = CrossThreshold(certain, 3, CrossingSide::kAbove);
  ASSERT_TRUE(crossing.ok());
  EXPECT_EQ(crossing->at_step, (std::vector<double>{0, 0, 1, 0}));
  EXPECT_EQ(crossing->by_step, (std::vector<double>{0, 0, 1, 1}));
}

TEST(ThresholdCrossingTest, RefusesAThresholdThatIsNoNumber) {
  const Forecast forecast = NormalForecast({1, 2}, {1, 1}, 0.5);
  for (const double threshold : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(HttpStatusOf(CrossThreshold(forecast, threshold, CrossingSide::kAbove).status()), 400);
  }
}

// Far and near thresholds of fitted forecasts are reached about as often as they say: on average over series of known
// law, whose futures are run many times.
TEST(ThresholdCrossingTest, IsReachedAboutAsOftenAsItSays) {
  constexpr size_t kHistory = 480;
  constexpr size_t kHorizon = 24;
  constexpr size_t kSeries = 30;
  constexpr size_t kFutures = 400;
  for (const double memory : {0.0, 0.8, 1.0}) {
    for (const double said : {0.02, 0.1, 0.5}) {
      double reached = 0;
      for (size_t i = 0; i < kSeries; ++i) {
        std::mt19937_64 random(i + 1);
        std::normal_distribution<double> normal;
        std::vector<double> history(kHistory);
        double state = 0;
        for (double& value : history) {
          value = state = memory * state + normal(random);
        }
        const auto fitted = FitForecast("auto", {.values = history}, kHorizon);
        ASSERT_TRUE(fitted.ok());
        const Forecast forecast = (*fitted)->Predict(kHorizon, {});
        double low = -100;
        double high = 100;
        for (int turn = 0; turn < 16; ++turn) {
          const double middle = 0.5 * (low + high);
          const double chance = forecast.distribution.CrossedBy(middle, CrossingSide::kAbove).back();
          (chance > said ? low : high) = middle;
        }
        for (size_t f = 0; f < kFutures; ++f) {
          double level = state;
          double peak = -1e9;
          for (size_t h = 0; h < kHorizon; ++h) {
            level = memory * level + normal(random);
            peak = std::max(peak, level);
          }
          reached += peak >= high ? 1.0 / (kSeries * kFutures) : 0.0;
        }
      }
      EXPECT_GT(reached, 0.35 * said) << memory << " " << said;
      EXPECT_LT(reached, 1.3 * said) << memory << " " << said;
    }
  }
}

// A random walk with drift and its exact forecast.
struct Walk {
  std::vector<double> history;
  double reached_after = std::numeric_limits<double>::infinity();  ///< steps until `capacity`
};

constexpr double kDrift = 0.5;
constexpr double kStepDeviation = 2;
constexpr double kCapacity = 150;

Walk MakeWalk(uint64_t seed, size_t steps, size_t most) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(kDrift, kStepDeviation);
  Walk walk;
  double level = 0;
  for (size_t i = 0; i < steps; ++i) {
    walk.history.push_back(level += normal(random));
  }
  const double start = level;
  for (size_t i = 1; i <= most; ++i) {
    if ((level += normal(random)) >= start + kCapacity) {
      walk.reached_after = static_cast<double>(i);
      break;
    }
  }
  for (double& value : walk.history) {
    value -= start;
  }
  return walk;
}

TEST(CapacityTest, ItsIntervalHoldsTheTimeAsOftenAsItSays) {
  constexpr size_t kHorizon = 24;
  constexpr size_t kLookAhead = 3000;
  std::vector<double> centre;
  std::vector<double> deviation;
  for (size_t h = 1; h <= kHorizon; ++h) {
    centre.push_back(kDrift * static_cast<double>(h));
    deviation.push_back(kStepDeviation * std::sqrt(static_cast<double>(h)));
  }
  const Forecast forecast = NormalForecast(centre, deviation, 0.95);
  int held = 0;
  int early = 0;
  constexpr int kWalks = 200;
  for (int i = 0; i < kWalks; ++i) {
    const Walk walk = MakeWalk(static_cast<uint64_t>(i) + 1, 1500, kLookAhead);
    const auto time =
        ForecastCapacity(forecast, walk.history, {.capacity = kCapacity, .level = 0.8, .look_ahead = kLookAhead});
    ASSERT_TRUE(time.ok());
    ASSERT_TRUE(time->rests_on_drift);
    const double latest = time->latest.value_or(std::numeric_limits<double>::infinity());
    ASSERT_TRUE(time->earliest.has_value());
    held += walk.reached_after >= *time->earliest && walk.reached_after <= latest ? 1 : 0;
    early += walk.reached_after < time->median.value_or(std::numeric_limits<double>::infinity()) ? 1 : 0;
  }
  EXPECT_GE(held, kWalks * 70 / 100);
  EXPECT_LE(held, kWalks * 92 / 100);
  EXPECT_GE(early, kWalks * 40 / 100);
  EXPECT_LE(early, kWalks * 60 / 100);
}

TEST(CapacityTest, TellsTheTimeOfAStraightLine) {
  std::vector<double> line;
  for (int i = 0; i < 400; ++i) {
    line.push_back(100 + 0.25 * i);
  }
  const std::vector<double> centre = {200, 200.25, 200.5, 200.75};
  const Forecast forecast = NormalForecast(centre, std::vector<double>(4, 0.01), 0.5);
  const auto time = ForecastCapacity(forecast, line, {.capacity = 250, .level = 0.95, .look_ahead = 1000});
  ASSERT_TRUE(time.ok());
  ASSERT_TRUE(time->median.has_value());
  EXPECT_NEAR(*time->median, 201, 2);
  EXPECT_NEAR(*time->earliest, 201, 4);
  ASSERT_TRUE(time->latest.has_value());
  EXPECT_NEAR(*time->latest, 201, 4);
  EXPECT_NEAR(time->drift.per_step, 0.25, 1e-9);
}

TEST(CapacityTest, FindsNoTimeForWhatGoesTheOtherWay) {
  std::vector<double> line;
  for (int i = 0; i < 400; ++i) {
    line.push_back(1000 - i + (i % 3));
  }
  const Forecast forecast = NormalForecast({600, 599, 598}, {2, 2, 2}, 0.5);
  const auto time = ForecastCapacity(forecast, line, {.capacity = 2000, .look_ahead = 5000});
  ASSERT_TRUE(time.ok());
  EXPECT_FALSE(time->earliest.has_value());
  EXPECT_FALSE(time->median.has_value());
  EXPECT_LT(time->probability, 0.01);
}

TEST(CapacityTest, KnowsWhatIsFullAlready) {
  const std::vector<double> full = {80, 90, 100};
  const Forecast forecast = NormalForecast({100, 100}, {1, 1}, 0.5);
  const auto time = ForecastCapacity(forecast, full, {.capacity = 100});
  ASSERT_TRUE(time.ok());
  EXPECT_TRUE(time->reached_already);
  EXPECT_EQ(time->median, 0.0);
  EXPECT_EQ(time->probability, 1);
}

TEST(CapacityTest, TellsWhenSomethingRunsOut) {
  std::vector<double> tank;
  for (int i = 0; i < 300; ++i) {
    tank.push_back(1000 - 2 * i);
  }
  const Forecast forecast = NormalForecast({400, 398}, {1, 1}, 0.5);
  const auto time = ForecastCapacity(forecast, tank, {.capacity = 0, .side = CrossingSide::kBelow, .look_ahead = 1000});
  ASSERT_TRUE(time.ok());
  ASSERT_TRUE(time->median.has_value());
  EXPECT_NEAR(*time->median, 201, 3);
}

TEST(CapacityTest, FollowsASlopeThatHasJustBegun) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    std::vector<double> disk = Noise(720, seed);
    for (size_t i = 0; i < disk.size(); ++i) {
      disk[i] = 40 + 0.2 * disk[i] + (i >= 672 ? 0.5 * static_cast<double>(i - 672) : 0.0);
    }
    // The forecast falls back to the level before.
    const Forecast forecast = NormalForecast(std::vector<double>(24, 50), std::vector<double>(24, 5), 0.5);
    const auto time = ForecastCapacity(forecast, disk, {.capacity = 100, .look_ahead = 2160});
    ASSERT_TRUE(time.ok());
    ASSERT_TRUE(time->late.has_value()) << seed;
    EXPECT_NEAR(static_cast<double>(time->late->rows), 48, 6) << seed;
    EXPECT_NEAR(time->late->time.value_or(0), 72, 6) << seed;
    EXPECT_NEAR(time->median.value_or(0), 72, 8) << seed;
    EXPECT_GT(time->probability, 0.6) << seed;
    EXPECT_LT(time->probability, 0.95) << seed;
  }
}

TEST(CapacityTest, DoesNotTakeOneCleanUpForADrift) {
  std::vector<double> disk;
  for (int i = 0; i < 640; ++i) {
    disk.push_back(0.1 * i - (i >= 320 ? 30 : 0));
  }
  const Drift drift = EstimateDrift(disk, 0);
  ASSERT_TRUE(drift.is_known);
  EXPECT_NEAR(drift.per_step, 0.1, 0.03);
}

TEST(CapacityTest, SurvivesHostileHistories) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Forecast forecast = NormalForecast({1, 1, 1}, {1, 1, 1}, 0.5);
  for (const std::vector<double>& history :
       {std::vector<double>{}, std::vector<double>(500, nan), std::vector<double>(500, 3.0), std::vector<double>{1, 2},
        std::vector<double>(100, 1e308)}) {
    const auto time = ForecastCapacity(forecast, history, {.capacity = 1.2e308, .look_ahead = 1'000'000});
    ASSERT_TRUE(time.ok());
    EXPECT_GE(time->probability, 0);
    EXPECT_LE(time->probability, 1);
    EXPECT_TRUE(!time->median.has_value() || std::isfinite(*time->median));
  }
  EXPECT_EQ(HttpStatusOf(ForecastCapacity(forecast, {}, {.capacity = nan}).status()), 400);
  EXPECT_EQ(HttpStatusOf(ForecastCapacity(forecast, {}, {.capacity = 1, .level = 1}).status()), 400);
  EXPECT_TRUE(ForecastCapacity(Forecast(), {}, {.capacity = 1}).ok());
}

}  // namespace
}  // namespace bellwether
