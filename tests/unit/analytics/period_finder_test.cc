#include "server/analytics/seasonality/period_finder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "server/analytics/seasonality/comb_test.h"
#include "server/analytics/seasonality/quick_median.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

TEST(FindPeriodsTest, FindsASineInNoise) {
  std::vector<double> values = Noise(720, 1);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 1.4 * Sine(i, 37);
  }
  const auto periods = FindPeriods(values);
  ASSERT_EQ(periods.size(), 1u);
  EXPECT_EQ(periods[0].steps, 37u);
  EXPECT_GT(periods[0].strength, 0.3);
  EXPECT_LT(periods[0].strength, 0.7);
}

TEST(FindPeriodsTest, FindsDayAndWeekOfHourlyRows) {
  std::vector<double> values = Noise(24 * 7 * 6, 2);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 3 * Sine(i, 24) - ((i / 24) % 7 >= 5 ? 4 : 0);
  }
  const auto periods = FindPeriods(values, {.step_ns = kHourNs});
  ASSERT_GE(periods.size(), 2u);
  EXPECT_TRUE((periods[0].steps == 24 && periods[1].steps == 168) ||
              (periods[0].steps == 168 && periods[1].steps == 24));
}

TEST(FindPeriodsTest, ReportsAPulseTrainOnceNotItsMultiples) {
  std::vector<double> values = Noise(1440, 3);
  for (size_t i = 0; i < values.size(); i += 60) {
    values[i] += 8;
  }
  const auto periods = FindPeriods(values);
  ASSERT_EQ(periods.size(), 1u);
  EXPECT_EQ(periods[0].steps, 60u);
}

TEST(FindPeriodsTest, NamesTheShortestPeriodThereIs) {
  for (const size_t n : {40, 50, 99, 100, 101, 400, 1440, 4000}) {
    for (const double noise : {0.0, 0.3}) {
      std::vector<double> values = Noise(n, n);
      for (size_t i = 0; i < n; ++i) {
        values[i] = noise * values[i] + (i % 2 == 0 ? 1 : -1);
      }
      const auto periods = FindPeriods(values);
      ASSERT_FALSE(periods.empty()) << n << " " << noise;
      EXPECT_EQ(periods[0].steps, 2u) << n << " " << noise;
    }
  }
}

TEST(FindPeriodsTest, IsSilentOnNoiseAndRandomWalks) {
  int reported = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    reported += !FindPeriods(Noise(600, seed), {.step_ns = kHourNs}).empty();
    reported += !FindPeriods(Noise(600, seed + 1000, 1.0), {.step_ns = kHourNs}).empty();
    reported += !FindPeriods(Noise(600, seed + 2000, 0.7), {.step_ns = kHourNs}).empty();
  }
  EXPECT_LE(reported, 4);  // of 180; 1 to 2 % is the design
}

TEST(FindPeriodsTest, ShiftAndScaleChangeNothing) {
  std::vector<double> values = Noise(480, 5);
  std::vector<double> moved(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 2 * Sine(i, 24);
    moved[i] = 1024 * values[i] + 4096;
  }
  const auto a = FindPeriods(values);
  const auto b = FindPeriods(moved);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].steps, b[i].steps);
    EXPECT_NEAR(a[i].strength, b[i].strength, 1e-6);
  }
}

TEST(FindPeriodsTest, FindsAWeekUnderAStrongDay) {
  std::vector<double> values = Noise(24 * 7 * 5, 8);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 30 * Sine(i, 24) + ((i / 24) % 7 == 6 ? 2.5 : 0);
  }
  const auto periods = FindPeriods(values, {.step_ns = kHourNs});
  ASSERT_EQ(periods.size(), 2u);
  EXPECT_EQ(periods[0].steps, 24u);
  EXPECT_EQ(periods[1].steps, 168u);
}

TEST(FindPeriodsTest, FindsTheSameInLongSeries) {
  std::vector<double> values = Noise(20'000, 9);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += Sine(i, 60) + 2 * Sine(i, 1440);
  }
  const auto periods = FindPeriods(values, {.step_ns = kHourNs / 60});
  ASSERT_EQ(periods.size(), 2u);
  EXPECT_EQ(periods[0].steps, 1440u);
  EXPECT_EQ(periods[1].steps, 60u);
}

TEST(QuickMedianTest, AgreesWithTheSortedNumbers) {
  for (const size_t n : {1u, 2u, 3u, 16u, 17u, 500u}) {
    std::vector<float> values;
    for (const double value : Noise(n, n)) {
      values.push_back(static_cast<float>(std::round(4 * value)));  // with ties, zeros and both signs
    }
    std::vector<float> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    for (size_t rank = 0; rank < n; ++rank) {
      EXPECT_EQ(ValueAtRank(values, rank), sorted[rank]);
    }
    EXPECT_EQ(QuickMedian(values), 0.5f * (sorted[n / 2] + sorted[(n - 1) / 2]));
  }
}

TEST(CombTestTest, EvidenceIsTheTailOfAChiSquare) {
  // -log(1 - F) of a chi-square with 2 and 6 degrees of freedom at 2 * 3.
  EXPECT_NEAR(FisherEvidence(3, 1), 3, 1e-12);
  EXPECT_NEAR(FisherEvidence(3, 3), -std::log(std::exp(-3.0) * (1 + 3 + 4.5)), 1e-12);
  EXPECT_NEAR(FisherEvidence(9'999, 64), FisherEvidence(10'001, 64), 3);
  EXPECT_TRUE(std::isfinite(FisherEvidence(1e300, 64)));
}

TEST(FindPeriodsTest, HostileSeriesAreAnswered) {
  for (const auto& values : HostileSeries()) {
    for (const Period& period : FindPeriods(values, {.step_ns = kHourNs})) {
      EXPECT_GE(period.steps, 2u);
      EXPECT_GE(period.strength, 0);
      EXPECT_LE(period.strength, 1);
    }
  }
}

}  // namespace
}  // namespace bellwether
