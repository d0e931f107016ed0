#include "server/analytics/changepoint/online_changepoints.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "server/analytics/changepoint/run_regression.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

/// Noise with a step, a bend and a change of spread.
std::vector<double> ThreeChanges(uint64_t seed) {
  std::vector<double> values = Noise(600, seed);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] *= i >= 450 ? 4 : 1;
    values[i] += (i >= 150 ? 5 : 0) + (i >= 300 ? 0.3 * static_cast<double>(i - 300) : 0);
  }
  return values;
}

TEST(RunRegressionTest, IsOrdinaryRegressionUnderAWidePrior) {
  const std::vector<double> noise = Noise(80, 3);
  RunRegression run({.level_spread = 1e4, .slope_spread = 1e4, .freedom = 2, .variance = 1});
  for (size_t i = 0; i < noise.size(); ++i) {
    const double t = static_cast<double>(i);
    run.Add(run.LookAt(7 + 0.25 * t + noise[i], 1, t), 1);
  }
  EXPECT_NEAR(run.Level(), 7, 0.6);
  EXPECT_NEAR(run.Slope(), 0.25, 0.02);
  EXPECT_NEAR(run.Variance(), 1, 0.35);
  // Student's density sums to one.
  double sum = 0;
  for (double value = -200; value < 250; value += 0.01) {
    sum += 0.01 * std::exp(run.LogDensity(run.LookAt(value, 1, 80)));
  }
  EXPECT_NEAR(sum, 1, 1e-3);
}

TEST(OnlineChangeDetectorTest, TellsKindPlaceAndSizeSoonAfterwards) {
  const auto told = FindChangePointsOnline(ThreeChanges(1));
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].change.kind, ChangeKind::kLevel);
  EXPECT_NEAR(static_cast<double>(told[0].change.index), 150, 2);
  EXPECT_NEAR(told[0].change.size, 5, 1.5);
  EXPECT_EQ(told[1].change.kind, ChangeKind::kSlope);
  EXPECT_NEAR(static_cast<double>(told[1].change.index), 300, 12);
  EXPECT_NEAR(told[1].change.after, 0.3, 0.1);
  EXPECT_EQ(told[2].change.kind, ChangeKind::kVariance);
  EXPECT_NEAR(static_cast<double>(told[2].change.index), 450, 8);
  EXPECT_GT(told[2].change.size, 2);
  for (const OnlineChange& one : told) {
    EXPECT_GE(one.told_at, one.change.index);
    EXPECT_LE(one.told_at, one.change.index + 40);
    EXPECT_GE(one.change.confidence, 0.9);
  }
}

TEST(OnlineChangeDetectorTest, ALaterValueChangesNothingThatWasTold) {
  std::vector<double> values = ThreeChanges(2);
  values[77] = std::nan("");
  const auto whole = FindChangePointsOnline(values);
  for (size_t length = 0; length <= values.size(); length += 29) {
    const auto part = FindChangePointsOnline(std::span(values).first(length));
    const auto known = static_cast<size_t>(
        std::count_if(whole.begin(), whole.end(), [&](const OnlineChange& one) { return one.told_at < length; }));
    ASSERT_EQ(part.size(), known) << length;
    for (size_t k = 0; k < part.size(); ++k) {
      EXPECT_EQ(part[k].change.index, whole[k].change.index);
      EXPECT_EQ(part[k].told_at, whole[k].told_at);
      EXPECT_EQ(part[k].change.before, whole[k].change.before);
      EXPECT_EQ(part[k].change.after, whole[k].change.after);
    }
  }
}

TEST(OnlineChangeDetectorTest, ShiftAndScaleChangeNothing) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<double> values = ThreeChanges(seed);
    std::vector<double> moved(values);
    for (double& value : moved) {
      value = 1024 * value - 4096;
    }
    const auto plain = FindChangePointsOnline(values);
    const auto other = FindChangePointsOnline(moved);
    ASSERT_EQ(plain.size(), other.size());
    for (size_t k = 0; k < plain.size(); ++k) {
      EXPECT_EQ(plain[k].change.index, other[k].change.index);
      EXPECT_EQ(plain[k].told_at, other[k].told_at);
      EXPECT_EQ(plain[k].change.kind, other[k].change.kind);
      const bool is_variance = plain[k].change.kind == ChangeKind::kVariance;
      EXPECT_NEAR(other[k].change.size, (is_variance ? 1 : 1024) * plain[k].change.size, 1e-4);
    }
  }
}

TEST(OnlineChangeDetectorTest, SeldomTellsAChangeOfNoise) {
  size_t told = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    told += FindChangePointsOnline(Noise(500, seed)).size();
    told += FindChangePointsOnline(Noise(500, seed + 100, 0.5)).size();
  }
  EXPECT_LE(told, 8u);  // of 80 series
}

TEST(OnlineChangeDetectorTest, OneWildValueIsNoChange) {
  std::vector<double> values = Noise(300, 8);
  values[100] = 40;
  values[200] = -1e9;
  EXPECT_TRUE(FindChangePointsOnline(values).empty());
}

TEST(OnlineChangeDetectorTest, TakesOutTheSeasonItIsGiven) {
  std::vector<double> values = Noise(960, 9);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 8 * Sine(i, 48) + (i >= 600 ? 5 : 0);
  }
  OnlineChangeOptions options;
  options.period = 48;
  const auto told = FindChangePointsOnline(values, options);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NEAR(static_cast<double>(told[0].change.index), 600, 3);
  EXPECT_GT(FindChangePointsOnline(values).size(), 5u);  // which it needs
}

TEST(OnlineChangeDetectorTest, OneMissingValueHidesNoChange) {
  for (const size_t missing : {20u, 100u, 199u}) {
    std::vector<double> values = Noise(300, 11);
    for (size_t i = 200; i < values.size(); ++i) {
      values[i] += 6;
    }
    values[missing] = std::numeric_limits<double>::quiet_NaN();
    const auto told = FindChangePointsOnline(values);
    ASSERT_EQ(told.size(), 1u) << missing;
    EXPECT_NEAR(static_cast<double>(told.front().change.index), 200, 1) << missing;
    EXPECT_NEAR(told.front().change.size, 6, 2.5) << missing;  // told from three values
    EXPECT_LE(told.front().told_at, 205u) << missing;
  }
}

TEST(OnlineChangeDetectorTest, ValuesMissingRightAfterTheFirstSeasonsAreNoChange) {
  std::vector<double> values = Noise(300, 12);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 5 * std::sin(static_cast<double>(i) * 2 * std::numbers::pi / 24);
  }
  std::fill(values.begin() + 48, values.begin() + 60, std::numeric_limits<double>::quiet_NaN());
  OnlineChangeOptions options;
  options.period = 24;
  EXPECT_TRUE(FindChangePointsOnline(values, options).empty());
}

/// Days of 288 values whose height differs by a tenth from day to day, under noise as wide as the day is high.
std::vector<double> UnevenDays(size_t days) {
  const std::vector<double> heights = Noise(days, 21);
  const std::vector<double> noise = Noise(288 * days, 22, 0.5);
  std::vector<double> values(288 * days);
  for (size_t i = 0; i < values.size(); ++i) {
    const double usual = 60 + 50 * std::sin(static_cast<double>(i) * 2 * std::numbers::pi / 288);
    values[i] = usual * (1 + 0.1 * heights[i / 288] + 0.03 * noise[i]);
  }
  return values;
}

TEST(OnlineChangeDetectorTest, DaysThatAreNotQuiteAlikeAreHardlyChanges) {
  OnlineChangeOptions options;
  options.period = 288;
  EXPECT_LE(FindChangePointsOnline(UnevenDays(28), options).size(), 52u);  // six a day if all were told
  std::vector<double> shifted = UnevenDays(28);
  for (size_t i = 20 * 288; i < shifted.size(); ++i) {
    shifted[i] += 60;
  }
  const std::vector<OnlineChange> told = FindChangePointsOnline(shifted, options);
  EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const OnlineChange& one) {
    return one.change.index == 20 * 288 && one.change.kind == ChangeKind::kLevel && one.change.size > 40;
  }));
}

TEST(OnlineChangeDetectorTest, KeepsNoMoreRunsThanItMay) {
  OnlineChangeOptions options;
  options.most_runs = 40;
  OnlineChangeDetector detector(options);
  for (const double value : Noise(3000, 11, 1.0)) {
    (void)detector.Observe(value);
    EXPECT_LE(detector.runs(), 40u);
    EXPECT_GE(detector.change_probability(), 0);
    EXPECT_LE(detector.change_probability(), 1 + 1e-9);
  }
}

TEST(OnlineChangeDetectorTest, AnswersHostileSeriesWithNumbers) {
  auto all = HostileSeries();
  std::vector<double> constant_then_not(300, 2.5);
  std::fill(constant_then_not.begin() + 150, constant_then_not.end(), 3.0);
  all.push_back(constant_then_not);
  std::vector<double> mostly_missing(400, std::numeric_limits<double>::quiet_NaN());
  for (size_t i = 0; i < 400; i += 90) {
    mostly_missing[i] = static_cast<double>(i);
  }
  all.push_back(mostly_missing);
  for (const std::vector<double>& values : all) {
    for (const size_t period : {size_t{0}, size_t{24}, size_t{1'000'000}}) {
      OnlineChangeOptions options;
      options.period = period;
      options.expected_run = std::nan("");
      size_t last = 0;
      for (const OnlineChange& one : FindChangePointsOnline(values, options)) {
        EXPECT_LT(one.told_at, values.size());
        EXPECT_LE(one.change.index, one.told_at);
        EXPECT_GE(one.change.index, last);
        EXPECT_TRUE(std::isfinite(one.change.before) && std::isfinite(one.change.after));
        EXPECT_TRUE(std::isfinite(one.change.size));
        EXPECT_GE(one.change.confidence, 0);
        EXPECT_LE(one.change.confidence, 1);
        last = one.change.index;
      }
    }
  }
  const auto step = FindChangePointsOnline(constant_then_not);
  ASSERT_EQ(step.size(), 1u);
  EXPECT_EQ(step[0].change.index, 150u);
  EXPECT_NEAR(step[0].change.before, 2.5, 0.05);
  EXPECT_NEAR(step[0].change.after, 3.0, 0.05);
}

TEST(OnlineChangeDetectorTest, LevelsFurtherApartThanANumberCanSayAreTold) {
  std::vector<double> values = Noise(400, 5);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = (i < 200 ? 1.7e308 : -1.7e308) + 1e304 * values[i];
  }
  const auto told = FindChangePointsOnline(values);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].change.index, 200u);
  EXPECT_NEAR(told[0].change.before / 1.7e308, 1, 0.01);
  EXPECT_NEAR(told[0].change.after / 1.7e308, -1, 0.01);
  EXPECT_EQ(told[0].change.size, std::numeric_limits<double>::lowest());
}

}  // namespace
}  // namespace bellwether
