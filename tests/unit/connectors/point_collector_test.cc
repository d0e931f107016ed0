#include "server/connectors/point_collector.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether {
namespace {

using ::testing::ElementsAre;

constexpr TimeRange kAllTime{absl::UnixEpoch(), absl::InfiniteFuture()};

RawSeries Finish(PointCollector& collector, const TimeRange& range = kAllTime) {
  RawSeries series;
  collector.Finish(range, series);
  return series;
}

TEST(PointCollectorTest, KeepsPointsAsTheyCameBelowTheBound) {
  PointCollector collector(absl::Nanoseconds(10), 10);
  collector.Add(3, 1);
  collector.Add(17, 2);
  const RawSeries series = Finish(collector);
  EXPECT_THAT(series.times_unix_ns, ElementsAre(3, 17));
  EXPECT_THAT(series.values, ElementsAre(1, 2));
  EXPECT_EQ(collector.stats().bucket_width_ns, 0);
}

TEST(PointCollectorTest, LastOfEqualTimesWinsAlsoAfterSorting) {
  PointCollector collector(absl::Nanoseconds(1), 3);
  for (int round = 0; round < 4; ++round) {
    for (const int64_t time : {5, 1, 3}) {
      collector.Add(time, static_cast<double>(round * 10 + time));
    }
  }
  const RawSeries series = Finish(collector);
  EXPECT_THAT(series.times_unix_ns, ElementsAre(1, 3, 5));
  EXPECT_THAT(series.values, ElementsAre(31, 33, 35));
  EXPECT_EQ(collector.stats().duplicates, 9u);
}

TEST(PointCollectorTest, BucketMeansDoNotDependOnTheOrderOfPoints) {
  for (const int64_t stride : {1, 7, 999}) {  // all coprime to 1000: every time once
    SCOPED_TRACE(stride);
    PointCollector collector(absl::Nanoseconds(1), 50);
    for (int64_t i = 0; i < 1000; ++i) {
      const int64_t time = i * stride % 1000;
      collector.Add(time, static_cast<double>(time));
    }
    const RawSeries series = Finish(collector);
    ASSERT_EQ(collector.stats().bucket_width_ns, 32);
    ASSERT_EQ(series.values.size(), 32u);
    for (size_t i = 0; i + 1 < series.values.size(); ++i) {
      EXPECT_EQ(series.times_unix_ns[i], static_cast<int64_t>(i) * 32);
      EXPECT_NEAR(series.values[i], static_cast<double>(i) * 32 + 15.5, 1e-9);
    }
  }
}

TEST(PointCollectorTest, NeighbouringDuplicateReplacesItsForerunnerInTheMean) {
  PointCollector collector(absl::Nanoseconds(100), 1);
  collector.Add(0, 1);
  collector.Add(150, 1);
  collector.Add(210, 5);
  collector.Add(220, 100);
  collector.Add(220, 7);
  const RawSeries series = Finish(collector);
  ASSERT_EQ(series.values.size(), 1u);
  EXPECT_NEAR(series.values[0], (1 + 1 + 5 + 7) / 4.0, 1e-9);
}

TEST(PointCollectorTest, MissingPointsDoNotCountAndHugeOnesDoNotOverflow) {
  PointCollector collector(absl::Nanoseconds(100), 1);
  collector.Add(0, std::numeric_limits<double>::quiet_NaN());
  collector.Add(1, 1e308);
  collector.Add(2, 1e308);
  collector.Add(3, std::numeric_limits<double>::quiet_NaN());
  const RawSeries series = Finish(collector);
  ASSERT_EQ(series.values.size(), 1u);
  EXPECT_NEAR(series.values[0] / 1e308, 1, 1e-12);
}

TEST(PointCollectorTest, BucketsBeforeTheRangeStartWithIt) {
  PointCollector collector(absl::Nanoseconds(100), 1);
  collector.Add(150, 1);
  collector.Add(160, 3);
  const RawSeries series = Finish(collector, {absl::FromUnixNanos(150), absl::FromUnixNanos(200)});
  EXPECT_THAT(series.times_unix_ns, ElementsAre(150));
  EXPECT_THAT(series.values, ElementsAre(2));
}

TEST(PointCollectorTest, SurvivesTheEndsOfTime) {
  PointCollector collector(absl::InfiniteDuration(), 1);
  collector.Add(INT64_MIN, 1);
  collector.Add(INT64_MAX, 2);
  collector.Add(0, 3);
  EXPECT_GE(Finish(collector).values.size(), 1u);
}

}  // namespace
}  // namespace bellwether
