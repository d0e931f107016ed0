#include "server/analytics/patterns/patterns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr int64_t kMondayNs = int64_t{1'704'067'200} * 1'000'000'000;  // 2024-01-01 00:00 UTC

const BehaviourScore& ScoreOf(const Patterns& patterns, Behaviour behaviour) {
  return *std::find_if(patterns.scores.begin(), patterns.scores.end(),
                       [&](const BehaviourScore& score) { return score.behaviour == behaviour; });
}

TEST(DescribePatternsTest, FindsThePeakHourAndWeekdayWithTheirSize) {
  std::vector<double> values = Noise(24 * 7 * 6, 3);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 100 + (i % 24 == 14 ? 30 : 0) + (i / 24 % 7 == 4 ? 12 : 0) - (i % 24 == 3 ? 20 : 0);
  }
  const Patterns patterns = DescribePatterns(values, kMondayNs, kHourNs);
  ASSERT_TRUE(patterns.peak_hour && patterns.low_hour && patterns.peak_weekday);
  EXPECT_EQ(patterns.peak_hour->slot, 14u);
  EXPECT_NEAR(patterns.peak_hour->size, 30, 2);
  EXPECT_NEAR(patterns.peak_hour->share, 1, 0.01);
  EXPECT_EQ(patterns.peak_hour->cycles, 42u);
  EXPECT_EQ(patterns.low_hour->slot, 3u);
  EXPECT_NEAR(patterns.low_hour->size, -20, 2);
  EXPECT_EQ(patterns.peak_weekday->slot, 4u);
  EXPECT_NEAR(patterns.peak_weekday->size, 12, 2);
  EXPECT_EQ(patterns.main, Behaviour::kSeasonal);
}

TEST(DescribePatternsTest, NoiseHasNoPeaks) {
  int told = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Patterns patterns = DescribePatterns(Noise(24 * 28, seed), kMondayNs, kHourNs);
    told += patterns.peak_hour.has_value() + patterns.peak_weekday.has_value();
  }
  EXPECT_LE(told, 2);
}

TEST(DescribePatternsTest, ASteadyRiseHasNoHighestHourOrDay) {
  int told = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> values = Noise(24 * 60, seed);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] += 0.2 * static_cast<double>(i);
    }
    const Patterns patterns = DescribePatterns(values, kMondayNs, kHourNs);
    told += patterns.peak_hour.has_value() + patterns.peak_weekday.has_value();
  }
  EXPECT_LE(told, 1);
}

TEST(DescribePatternsTest, TellsTheBehaviourWithItsNumber) {
  std::vector<double> values = Noise(300, 5);
  std::vector<double> stable(values);
  std::vector<double> trending(values);
  for (size_t i = 0; i < values.size(); ++i) {
    stable[i] += 100;
    trending[i] += 100 + 0.2 * static_cast<double>(i);
  }
  EXPECT_EQ(DescribePatterns(stable, kMondayNs, kHourNs).main, Behaviour::kStable);
  EXPECT_NEAR(ScoreOf(DescribePatterns(stable, kMondayNs, kHourNs), Behaviour::kStable).number, 0.033, 0.006);
  const Patterns rising = DescribePatterns(trending, kMondayNs, kHourNs);
  EXPECT_EQ(rising.main, Behaviour::kTrending);
  EXPECT_GT(ScoreOf(rising, Behaviour::kTrending).number, 0.9);
  EXPECT_EQ(DescribePatterns(values, kMondayNs, kHourNs).main, Behaviour::kVolatile);
}

TEST(DescribePatternsTest, HostileSeriesAreAnswered) {
  for (const auto& values : HostileSeries()) {
    for (const int64_t start : {INT64_MIN, int64_t{0}, INT64_MAX}) {
      for (const int64_t step : {int64_t{0}, int64_t{1}, kHourNs, INT64_MAX}) {
        const Patterns patterns = DescribePatterns(values, start, step);
        ASSERT_EQ(patterns.scores.size(), 4u);
        for (const BehaviourScore& score : patterns.scores) {
          EXPECT_TRUE(std::isfinite(score.number));
          EXPECT_GE(score.number, 0);
        }
        for (const auto& peak : {patterns.peak_hour, patterns.low_weekday}) {
          EXPECT_TRUE(!peak || (std::isfinite(peak->level) && std::isfinite(peak->size) && peak->share <= 1));
        }
      }
    }
  }
}

}  // namespace
}  // namespace bellwether
