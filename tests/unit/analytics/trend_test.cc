#include "server/analytics/trend/trend.h"

#include <gtest/gtest.h>

#include <cmath>

#include "server/analytics/trend/pair_counts.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

TEST(PairCountsTest, CountsRisesFallsAndTies) {
  const PairCounts counts = CountPairs(std::vector<double>{1, 3, 2, 3});
  EXPECT_EQ(counts.rising, 4);
  EXPECT_EQ(counts.falling, 1);
  EXPECT_EQ(counts.tied, 1);
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
