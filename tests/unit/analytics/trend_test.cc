#include "server/analytics/trend/trend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "server/analytics/trend/drift_test.h"
#include "server/analytics/trend/pair_counts.h"
#include "server/analytics/trend/theil_sen.h"
#include "server/analytics/trend/trend_outlook.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

TEST(PairCountsTest, CountsRisesFallsAndTies) {
  const PairCounts counts = CountPairs(std::vector<double>{1, 3, 2, 3});
  EXPECT_EQ(counts.rising, 4);
  EXPECT_EQ(counts.falling, 1);
  EXPECT_EQ(counts.tied, 1);
}

TEST(PairCountsTest, AgreesWithCountingEveryPair) {
  for (size_t n = 0; n < 70; ++n) {
    std::vector<double> values = Noise(n, n + 3);
    for (double& value : values) {
      value = std::round(3 * value);
    }
    int64_t rising = 0;
    int64_t falling = 0;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i + 1; j < n; ++j) {
        rising += values[j] > values[i];
        falling += values[j] < values[i];
      }
    }
    const PairCounts counts = CountPairs(values);
    EXPECT_EQ(counts.rising, rising) << n;
    EXPECT_EQ(counts.falling, falling) << n;
  }
}

TEST(TheilSenTest, IsTheMedianOfAllSlopes) {
  for (const size_t n : {2, 3, 48, 49, 60, 333, 700}) {
    for (const bool whole_numbers : {false, true}) {
      std::vector<double> y = Noise(n, n);
      std::vector<double> x(n);
      std::vector<double> slopes;
      for (size_t i = 0; i < n; ++i) {
        x[i] = static_cast<double>(i + i / 7);
        y[i] = whole_numbers ? std::round(y[i]) : y[i] + 0.01 * x[i];
        for (size_t j = 0; j < i; ++j) {
          slopes.push_back((y[i] - y[j]) / (x[i] - x[j]));
        }
      }
      std::sort(slopes.begin(), slopes.end());
      const size_t middle = slopes.size() / 2;
      const size_t slack = slopes.size() / 1'000'000 + 1;
      const double found = TheilSen(x, y).slope();
      EXPECT_GE(found, slopes[middle - std::min(middle, slack)] - 1e-9) << n;
      EXPECT_LE(found, slopes[std::min(middle + slack, slopes.size() - 1)] + 1e-9) << n;
    }
  }
}

TEST(TheilSenTest, TheIntervalHoldsTheSlopesThatTheScoreAllows) {
  for (const size_t n : {3, 10, 48, 49, 120, 700}) {
    for (const double share : {0.01, 0.1, 0.5, 2.0}) {
      const std::vector<double> y = Noise(n, n + 5);
      std::vector<double> x(n);
      std::vector<double> slopes;
      for (size_t i = 0; i < n; ++i) {
        x[i] = static_cast<double>(i);
        for (size_t j = 0; j < i; ++j) {
          slopes.push_back((y[i] - y[j]) / (x[i] - x[j]));
        }
      }
      std::sort(slopes.begin(), slopes.end());
      const auto pairs = static_cast<double>(slopes.size());
      const TheilSen line(x, y);
      const SlopeInterval interval = line.Interval(share * pairs);
      EXPECT_LE(interval.lower, line.slope());
      EXPECT_GE(interval.upper, line.slope());
      const double slack = n <= 48 ? 1 : std::max(3.0, 0.02 * share * pairs);
      const auto at = [&](double rank) { return slopes[static_cast<size_t>(std::clamp(rank, 0.0, pairs - 1))]; };
      const double low = 0.5 * pairs * (1 - share);
      EXPECT_GE(interval.lower, at(low - slack) - 1e-9) << n << " " << share;
      EXPECT_LE(interval.lower, at(low + slack) + 1e-9) << n << " " << share;
      EXPECT_GE(interval.upper, at(pairs - low - slack) - 1e-9) << n << " " << share;
      EXPECT_LE(interval.upper, at(pairs - low + slack) + 1e-9) << n << " " << share;
    }
  }
}

TEST(TrendOutlookTest, ARisingLineGoesOn) {
  std::vector<double> values = Noise(400, 17);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 100 + 0.5 * static_cast<double>(i);
  }
  const auto outlook = EstimateTrendOutlook(values);
  ASSERT_TRUE(outlook.ok());
  EXPECT_GT(outlook->continuation, 0.8);
  EXPECT_GT(outlook->strength, 0.95);
  EXPECT_EQ(outlook->recent.direction, TrendDirection::kUp);
  ASSERT_TRUE(outlook->growth.has_value());
  EXPECT_NEAR(*outlook->growth, 0.5 / 200, 0.0001);
}

TEST(TrendOutlookTest, TheRecentTrendMayTurn) {
  std::vector<double> values = Noise(400, 18);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += i < 300 ? 0.2 * static_cast<double>(i) : 60 - 0.2 * static_cast<double>(i - 300);
  }
  const auto outlook = EstimateTrendOutlook(values);
  ASSERT_TRUE(outlook.ok());
  EXPECT_GT(outlook->whole.slope, 0);
  EXPECT_EQ(outlook->recent.direction, TrendDirection::kDown);
}

TEST(TrendOutlookTest, NoisePromisesNothing) {
  double continued = 0;
  double strength = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const auto outlook = EstimateTrendOutlook(Noise(200, seed));
    ASSERT_TRUE(outlook.ok());
    continued += outlook->continuation / 100;
    strength += outlook->strength / 100;
  }
  EXPECT_LT(continued, 0.5);  // a mean reverts
  EXPECT_GT(continued, 0.1);
  EXPECT_LT(strength, 0.1);
}

TEST(TrendOutlookTest, HostileSeriesAreAnsweredOrRefused) {
  for (const auto& values : HostileSeries()) {
    const auto outlook = EstimateTrendOutlook(values);
    if (outlook.ok()) {
      EXPECT_GE(outlook->strength, 0);
      EXPECT_LE(outlook->strength, 1);
      EXPECT_GE(outlook->continuation, 0);
      EXPECT_LE(outlook->continuation, 1);
      EXPECT_TRUE(!outlook->growth.has_value() || std::isfinite(*outlook->growth));
    }
  }
}

TEST(EstimateTrendTest, FindsALineExactly) {
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) {
    values.push_back(5 + 0.25 * i);
  }
  const auto trend = EstimateTrend(values);
  ASSERT_TRUE(trend.ok());
  EXPECT_NEAR(trend->slope, 0.25, 1e-9);
  EXPECT_NEAR(trend->intercept, 5, 1e-6);
  EXPECT_NEAR(trend->tau, 1, 1e-12);
  EXPECT_NEAR(trend->r_squared, 1, 1e-9);
  EXPECT_EQ(trend->direction, TrendDirection::kUp);
}

TEST(EstimateTrendTest, WhatALineExplainsOfSkewedNoiseIsNotLost) {
  std::vector<double> values = Noise(400, 9);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::exp(values[i]) + 0.006 * static_cast<double>(i);
  }
  const auto trend = EstimateTrend(values);
  ASSERT_TRUE(trend.ok());
  double mean_x = 0;
  double mean_y = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    mean_x += static_cast<double>(i) / 400;
    mean_y += values[i] / 400;
  }
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i) - mean_x;
    xx += x * x;
    xy += x * (values[i] - mean_y);
    yy += (values[i] - mean_y) * (values[i] - mean_y);
  }
  EXPECT_NEAR(trend->r_squared, xy * xy / (xx * yy), 0.02);  // of least squares
}

TEST(EstimateTrendTest, OutliersDoNotTurnTheSlope) {
  std::vector<double> values = Noise(250, 3);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] -= 0.1 * static_cast<double>(i);
  }
  values[10] = -5000;
  values[240] = 5000;
  const auto trend = EstimateTrend(values);
  ASSERT_TRUE(trend.ok());
  EXPECT_NEAR(trend->slope, -0.1, 0.01);
  EXPECT_EQ(trend->direction, TrendDirection::kDown);
}

TEST(EstimateTrendTest, RarelyCallsAutocorrelatedNoiseATrend) {
  for (const double phi : {0.0, 0.5, 0.9, 1.0}) {
    int called = 0;
    for (uint64_t seed = 0; seed < 400; ++seed) {
      const auto trend = EstimateTrend(Noise(200, seed + 10'000, phi));
      ASSERT_TRUE(trend.ok());
      called += trend->direction != TrendDirection::kNone;
    }
    EXPECT_LE(called, 36) << phi;  // 5 % of 400 is 20, its deviation 4.4
    EXPECT_GE(called, 4) << phi;
  }
}

TEST(EstimateTrendTest, ASmoothCurveThatRisesIsATrend) {
  for (const double noise : {0.5, 5.0, 20.0}) {
    size_t up = 0;
    size_t down = 0;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      std::vector<double> square = Noise(300, seed);
      std::vector<double> root(square.size());
      for (size_t i = 0; i < square.size(); ++i) {
        const double t = static_cast<double>(i) / 299;
        root[i] = -900 * std::sqrt(t) + noise * square[i];
        square[i] = 100 + 900 * t * t + noise * square[i];
      }
      const auto rises = EstimateTrend(square);
      const auto falls = EstimateTrend(root);
      ASSERT_TRUE(rises.ok() && falls.ok());
      up += rises->direction == TrendDirection::kUp && rises->slope_lower > 0 ? 1 : 0;
      down += falls->direction == TrendDirection::kDown && falls->slope_upper < 0 ? 1 : 0;
    }
    EXPECT_EQ(up, 10u) << noise;
    EXPECT_EQ(down, 10u) << noise;
  }
}

TEST(EstimateTrendTest, GrowthUnderAYearlySeasonIsATrendInThreeYearsOfMonths) {
  size_t compound = 0;
  size_t linear = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<double> values = Noise(36, seed);
    std::vector<double> line(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      const double wave = Sine(i + 3, 12);
      line[i] = (1000 + 40 * static_cast<double>(i)) * (1 + 0.06 * wave) * std::exp(0.02 * values[i]);
      values[i] = 1000 * std::pow(1.05, static_cast<double>(i)) * (1 + 0.15 * wave) * std::exp(0.03 * values[i]);
    }
    compound += EstimateTrend(values)->direction == TrendDirection::kUp ? 1 : 0;
    linear += EstimateTrend(line)->direction == TrendDirection::kUp ? 1 : 0;
  }
  EXPECT_GE(compound, 9u);
  EXPECT_GE(linear, 7u);
}

TEST(EstimateTrendTest, ASwingThatComesBackIsNoTrend) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<double> values = Noise(300, seed);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] += 20 * Sine(i, 200);
    }
    EXPECT_EQ(EstimateTrend(values)->direction, TrendDirection::kNone) << seed;
  }
}

TEST(EstimateTrendTest, ALevelThatJumpsOnceRisesNoMoreSteadilyThanAWalk) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<double> values = Noise(300, seed);
    for (size_t i = 200; i < values.size(); ++i) {
      values[i] += 50;
    }
    EXPECT_LT(DriftDeviate(values), 2) << seed;
  }
}

TEST(DriftDeviateTest, IsNormalOnWalksAndSmallerOnStationaryNoise) {
  for (const size_t count : {20u, 47u, 48u, 300u}) {
    size_t beyond_two = 0;
    size_t beyond_three = 0;
    size_t of_noise = 0;
    constexpr uint64_t kSeries = 4'000;
    for (uint64_t seed = 0; seed < kSeries; ++seed) {
      const double deviate = std::abs(DriftDeviate(Noise(count, seed, 1)));
      beyond_two += deviate > 1.96 ? 1 : 0;
      beyond_three += deviate > 2.807 ? 1 : 0;  // 0.5 %
      of_noise += std::abs(DriftDeviate(Noise(count, seed, 0.9))) > 2.807 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(beyond_two) / kSeries, 0.05, 0.012) << count;
    EXPECT_NEAR(static_cast<double>(beyond_three) / kSeries, 0.005, 0.004) << count;
    EXPECT_LE(of_noise, 4u) << count;
  }
}

TEST(EstimateTrendTest, TheIntervalAgreesWithTheTest) {
  int called = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<double> values = Noise(40 + seed, seed, 0.5);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] += 0.01 * static_cast<double>(i) + (i % 17 == 3 ? 50 * values[i] : 0);  // wild values now and then
    }
    const auto trend = EstimateTrend(values);
    ASSERT_TRUE(trend.ok());
    EXPECT_LE(trend->slope_lower, trend->slope);
    EXPECT_GE(trend->slope_upper, trend->slope);
    if (trend->p_value < 0.045 || trend->p_value > 0.055) {  // the bounds are not exact to the last pair
      EXPECT_EQ(trend->slope_lower > 0 || trend->slope_upper < 0, trend->p_value < 0.05) << seed;
    }
    called += trend->p_value < 0.05;
  }
  EXPECT_GT(called, 20);
  EXPECT_LT(called, 180);
}

TEST(EstimateTrendTest, RarelyCallsShortAutocorrelatedNoiseATrend) {
  for (const size_t n : {30, 50}) {
    int called = 0;
    for (uint64_t seed = 0; seed < 4000; ++seed) {
      called += EstimateTrend(Noise(n, seed + 20'000, 0.9))->p_value < 0.05;
    }
    EXPECT_LE(called, 260) << n;  // 6.5 %
    EXPECT_GE(called, 160) << n;  // 4 %
  }
}

TEST(EstimateTrendTest, ExactAndBisectedSlopesAgree) {
  std::vector<double> values = Noise(201, 12);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 0.03 * static_cast<double>(i);
  }
  const auto bisected = EstimateTrend(values);
  const auto exact = EstimateTrend(std::span<const double>(values).first(200));
  ASSERT_TRUE(bisected.ok() && exact.ok());
  EXPECT_NEAR(bisected->slope, exact->slope, 5e-4);
  EXPECT_LE(bisected->slope_lower, 0.03);
  EXPECT_GE(bisected->slope_upper, 0.03);
}

TEST(EstimateTrendTest, HostileSeriesAreAnsweredOrRefused) {
  for (const auto& values : HostileSeries()) {
    const auto trend = EstimateTrend(values);
    if (trend.ok()) {
      EXPECT_FALSE(std::isnan(trend->slope));
      EXPECT_GE(trend->p_value, 0);
      EXPECT_LE(trend->p_value, 1);
    } else {
      EXPECT_EQ(trend.status().code(), absl::StatusCode::kInvalidArgument);
    }
  }
}

}  // namespace
}  // namespace bellwether
