#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "server/analytics/multivariate/random_stream.h"
#include "server/analytics/outliers/group_outliers.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr size_t kPoints = 240;

/// Series around a common wave, each with a level and noise of its own.
std::vector<double> Group(size_t series, uint64_t seed) {
  RandomStream random(seed);
  std::vector<double> values;
  for (size_t s = 0; s < series; ++s) {
    const double level = 50 + 0.5 * random.Normal();
    for (size_t t = 0; t < kPoints; ++t) {
      values.push_back(level + 10 * Sine(t, 100) + random.Normal());
    }
  }
  return values;
}

GroupOutliers MustFind(const std::vector<double>& values, size_t series, const GroupOutlierOptions& options = {}) {
  auto group = FindGroupOutliers({values, series, series == 0 ? 0 : values.size() / series}, options);
  EXPECT_TRUE(group.ok()) << group.status();
  return *std::move(group);
}

std::vector<size_t> Outliers(const GroupOutliers& group) {
  std::vector<size_t> found;
  for (size_t s = 0; s < group.series.size(); ++s) {
    if (group.series[s].is_outlier) {
      found.push_back(s);
    }
  }
  return found;
}

class EveryOutlierMethod : public testing::TestWithParam<OutlierMethod> {};
INSTANTIATE_TEST_SUITE_P(All, EveryOutlierMethod, testing::Values(OutlierMethod::kMad, OutlierMethod::kDbscan),
                         [](const auto& method) { return std::string(OutlierMethodName(method.param)); });

TEST_P(EveryOutlierMethod, FindsTheSeriesAndTheStretchThatLeftTheGroup) {
  std::vector<double> values = Group(40, 1);
  for (size_t t = 100; t < 180; ++t) {
    values[7 * kPoints + t] += 12;
  }
  const GroupOutliers group = MustFind(values, 40, {.method = GetParam()});
  ASSERT_EQ(Outliers(group), std::vector<size_t>{7});
  ASSERT_EQ(group.series[7].stretches.size(), 1U);
  const OutlierStretch& stretch = group.series[7].stretches[0];
  EXPECT_NEAR(static_cast<double>(stretch.first), 100, 3);
  EXPECT_NEAR(static_cast<double>(stretch.last), 179, 3);
  EXPECT_NEAR(stretch.deviation, 12, 1.5);  // its own level is somewhere below
  EXPECT_NEAR(stretch.spreads, 12 / std::sqrt(1.25), 2);
  EXPECT_GT(group.series[7].score, 0.95);
  EXPECT_LT(group.series[8].score, 0.2);
}

TEST_P(EveryOutlierMethod, SaysTheSameInAnyOrderOfTheSeries) {
  std::vector<double> values = Group(30, 2);
  for (size_t t = 0; t < kPoints; ++t) {
    values[3 * kPoints + t] -= 15;
  }
  const GroupOutliers group = MustFind(values, 30, {.method = GetParam()});
  std::vector<double> turned;
  for (size_t s = 30; s-- > 0;) {
    turned.insert(turned.end(), values.begin() + static_cast<std::ptrdiff_t>(s * kPoints),
                  values.begin() + static_cast<std::ptrdiff_t>((s + 1) * kPoints));
  }
  const GroupOutliers other = MustFind(turned, 30, {.method = GetParam()});
  EXPECT_EQ(group.median, other.median);
  EXPECT_EQ(group.lower, other.lower);
  EXPECT_EQ(group.upper, other.upper);
  ASSERT_EQ(Outliers(group), std::vector<size_t>{3});
  ASSERT_EQ(Outliers(other), std::vector<size_t>{26});
  EXPECT_EQ(group.series[3].score, other.series[26].score);
}

TEST_P(EveryOutlierMethod, SaysTheSameInAnotherUnit) {
  std::vector<double> values = Group(30, 3);
  for (size_t t = 120; t < kPoints; ++t) {
    values[11 * kPoints + t] += 9;
  }
  const GroupOutliers group = MustFind(values, 30, {.method = GetParam()});
  std::vector<double> scaled = values;
  for (double& value : scaled) {
    value = value * 4096;
  }
  const GroupOutliers other = MustFind(scaled, 30, {.method = GetParam()});
  ASSERT_EQ(Outliers(group), Outliers(other));
  for (size_t s = 0; s < 30; ++s) {
    EXPECT_EQ(group.series[s].score, other.series[s].score);
  }
  for (double& value : values) {
    value += 1024;
  }
  EXPECT_EQ(Outliers(MustFind(values, 30, {.method = GetParam()})), Outliers(group));
}

TEST_P(EveryOutlierMethod, DoesNotLookAhead) {
  std::vector<double> values = Group(25, 4);
  for (size_t t = 150; t < kPoints; ++t) {
    values[2 * kPoints + t] += 15;
  }
  const GroupOutlierOptions options{.method = GetParam()};
  const GroupOutliers group = MustFind(values, 25, options);
  const std::vector<double> shares = OutlierShares({values.data() + 2 * kPoints, kPoints}, group, options);
  std::vector<double> start;
  for (size_t s = 0; s < 25; ++s) {
    start.insert(start.end(), values.begin() + static_cast<std::ptrdiff_t>(s * kPoints),
                 values.begin() + static_cast<std::ptrdiff_t>(s * kPoints + 160));
  }
  const GroupOutliers earlier = MustFind(start, 25, options);
  const std::vector<double> earlier_shares = OutlierShares({start.data() + 2 * 160, 160}, earlier, options);
  for (size_t t = 20; t < 160; ++t) {
    ASSERT_EQ(shares[t], earlier_shares[t]) << t;
  }
  EXPECT_EQ(shares[149], 0);
  EXPECT_GE(shares[175], 0.7);
}

TEST_P(EveryOutlierMethod, IgnoresStrayPoints) {
  std::vector<double> values = Group(30, 5);
  for (size_t t = 0; t < kPoints; t += 4) {
    values[9 * kPoints + t] += 100;
  }
  const GroupOutliers group = MustFind(values, 30, {.method = GetParam()});
  EXPECT_TRUE(Outliers(group).empty());
  EXPECT_NEAR(group.series[9].score, 0.25, 0.05);
}

TEST_P(EveryOutlierMethod, TakesMissingNumbersAsNoEvidence) {
  std::vector<double> values = Group(30, 6);
  for (size_t t = 0; t < kPoints; ++t) {
    values[4 * kPoints + t] = std::nan("");
    if (t % 3 != 0) {
      values[5 * kPoints + t] = std::nan("");
    } else {
      values[5 * kPoints + t] += 500;
    }
    values[6 * kPoints + t] = t % 2 == 0 ? values[6 * kPoints + t] + 50 : INFINITY;
  }
  const GroupOutliers group = MustFind(values, 30, {.method = GetParam()});
  EXPECT_EQ(Outliers(group), std::vector<size_t>{6});  // half of a window is enough to judge by, a third is not
  EXPECT_EQ(group.series[4].score, 0);
}

TEST_P(EveryOutlierMethod, SaysNothingOfOneOrTwoSeries) {
  for (const size_t series : {size_t{1}, size_t{2}}) {
    std::vector<double> values = Group(series, 7);
    values[0] = 1e6;
    const GroupOutliers group = MustFind(values, series, {.method = GetParam(), .window = 1, .min_share = 1});
    EXPECT_TRUE(Outliers(group).empty());
    EXPECT_TRUE(std::isnan(group.lower[5]) && std::isnan(group.upper[5]) && std::isnan(group.median[5]));
  }
  EXPECT_TRUE(MustFind({}, 0, {.method = GetParam()}).series.empty());
}

TEST_P(EveryOutlierMethod, FindsTheOneThatDiffersFromEqualSeries) {
  std::vector<double> values(6 * kPoints, 20.0);
  EXPECT_TRUE(Outliers(MustFind(values, 6, {.method = GetParam()})).empty());
  for (size_t t = 60; t < kPoints; ++t) {
    values[2 * kPoints + t] = 20.5;
  }
  const GroupOutliers group = MustFind(values, 6, {.method = GetParam()});
  // One in six is more than a tenth, so what differs is also what the spread is measured by.
  EXPECT_LE(Outliers(group).size(), 1U);
  std::vector<double> many(30 * kPoints, 20.0);
  for (size_t t = 60; t < kPoints; ++t) {
    many[2 * kPoints + t] = 20.5;
  }
  EXPECT_EQ(Outliers(MustFind(many, 30, {.method = GetParam()})), std::vector<size_t>{2});
}

TEST_P(EveryOutlierMethod, FindsTheOneOfThreeThatIsFarOff) {
  std::vector<double> values = Group(3, 8);
  for (size_t t = 100; t < kPoints; ++t) {
    values[kPoints + t] += 300;
  }
  const GroupOutliers group = MustFind(values, 3, {.method = GetParam()});
  EXPECT_EQ(Outliers(group), std::vector<size_t>{1});
}

TEST_P(EveryOutlierMethod, SurvivesHostileNumbers) {
  const std::vector<std::vector<double>> hostile = HostileSeries();
  std::vector<double> values;
  size_t series = 0;
  for (int copy = 0; copy < 4; ++copy) {
    for (const std::vector<double>& one : hostile) {
      if (one.size() == 200) {
        values.insert(values.end(), one.begin(), one.end());
        ++series;
      }
    }
  }
  for (const size_t window : {size_t{1}, size_t{30}, size_t{5000}}) {
    const GroupOutlierOptions options{.method = GetParam(), .window = window};
    const GroupOutliers group = MustFind(values, series, options);
    for (size_t s = 0; s < series; ++s) {
      EXPECT_TRUE(group.series[s].score >= 0 && group.series[s].score <= 1);
      for (const OutlierStretch& stretch : group.series[s].stretches) {
        EXPECT_TRUE(stretch.first <= stretch.last && stretch.last < 200);
        EXPECT_TRUE(std::isfinite(stretch.deviation) && std::isfinite(stretch.spreads));
      }
    }
    for (size_t t = 0; t < 200; ++t) {
      EXPECT_TRUE(std::isfinite(group.lower[t]) && std::isfinite(group.upper[t])) << t;
      EXPECT_LE(group.lower[t], group.upper[t]);
    }
  }
}

TEST_P(EveryOutlierMethod, KeepsItsPromiseOnAlikeSeries) {
  // Levels that stay: one group in 20 is expected to have an outlier.
  for (const size_t series : {size_t{5}, size_t{20}, size_t{100}}) {
    SCOPED_TRACE(series);
    size_t groups_with_outliers = 0;
    constexpr size_t kGroups = 400;
    for (size_t g = 0; g < kGroups; ++g) {
      RandomStream random(g * 1000 + series);
      std::vector<double> values;
      for (size_t s = 0; s < series; ++s) {
        values.resize(values.size() + 8, random.Normal());
      }
      groups_with_outliers += Outliers(MustFind(values, series, {.method = GetParam(), .window = 4})).empty() ? 0 : 1;
    }
    EXPECT_LE(groups_with_outliers, kGroups * 8 / 100);
  }
}

TEST(GroupOutliersTest, KeepsAnEvenlySpreadGroupTogetherByDensity) {
  // Levels 0 to 59 and two in the middle of nowhere: no gap is wide up to 59. Most sit near the median.
  std::vector<double> values;
  for (size_t s = 0; s < 200; ++s) {
    const double level = s < 140 ? 30 : static_cast<double>(s - 140);
    for (size_t t = 0; t < 60; ++t) {
      values.push_back(level + 0.3 * Sine(t + s * 7, 11.3));
    }
  }
  for (size_t t = 0; t < 60; ++t) {
    values[199 * 60 + t] = 90;
  }
  const std::vector<size_t> by_density =
      Outliers(MustFind(values, 200, {.method = OutlierMethod::kDbscan, .tolerance = 8}));
  EXPECT_EQ(by_density, std::vector<size_t>{199});
  EXPECT_GT(Outliers(MustFind(values, 200, {.method = OutlierMethod::kMad})).size(), 20U);
}

TEST(GroupOutliersTest, JudgesThousandsOfSeries) {
  std::vector<double> values = Group(3000, 9);
  for (size_t t = 0; t < kPoints; ++t) {
    values[1234 * kPoints + t] += 20;
    values[2999 * kPoints + t] -= 20;
  }
  EXPECT_EQ(Outliers(MustFind(values, 3000)), (std::vector<size_t>{1234, 2999}));
}

TEST(GroupOutliersTest, RefusesOptionsOutOfTheirBounds) {
  const std::vector<double> values(30, 1.0);
  for (const GroupOutlierOptions& options :
       {GroupOutlierOptions{.tolerance = -1}, GroupOutlierOptions{.tolerance = std::nan("")},
        GroupOutlierOptions{.tolerance = 1001}, GroupOutlierOptions{.window = 0},
        GroupOutlierOptions{.window = 100'001}, GroupOutlierOptions{.min_share = 0},
        GroupOutlierOptions{.min_share = 1.1}, GroupOutlierOptions{.min_share = std::nan("")}}) {
    EXPECT_FALSE(FindGroupOutliers({values, 3, 10}, options).ok());
  }
}

}  // namespace
}  // namespace bellwether
