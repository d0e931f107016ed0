#include "server/app/cli/placed_rows.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/app/run_command.h"

namespace bellwether {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr int64_t kSecond = 1'000'000'000;

TableSeries SeriesAt(const std::vector<int64_t>& seconds) {
  TableSeries series;
  for (const int64_t second : seconds) {
    series.times_unix_ns.push_back(second * kSecond);
    series.timestamps.push_back(std::to_string(second));
    series.values.push_back(static_cast<double>(series.values.size()));
  }
  return series;
}

TEST(PlaceRowsTest, RowsWithoutGapsStayWhereTheyAre) {
  const PlacedRows placed = PlaceRows(SeriesAt({0, 60, 120, 180, 240}));
  EXPECT_EQ(placed.placing, RowPlacing::kGapless);
  EXPECT_THAT(placed.values, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(placed.row_of, ElementsAre(0, 1, 2, 3, 4));
}

TEST(PlaceRowsTest, AbsentRowsHavePlaces) {
  const PlacedRows placed = PlaceRows(SeriesAt({0, 60, 240, 300, 360}));
  EXPECT_EQ(placed.placing, RowPlacing::kByTime);
  EXPECT_EQ(placed.absent, 2u);
  EXPECT_THAT(placed.values, ElementsAre(0, 1, testing::IsNan(), testing::IsNan(), 2, 3, 4));
  EXPECT_THAT(placed.row_of, ElementsAre(0, 1, 2, 2, 2, 3, 4));
}

TEST(PlaceRowsTest, LateRowsAndMonthsAreEven) {
  const PlacedRows late = PlaceRows(SeriesAt({0, 62, 121, 183, 240, 303, 480}));
  EXPECT_EQ(late.placing, RowPlacing::kByTime);
  EXPECT_EQ(late.values.size(), 9u);
  constexpr int64_t kDay = 86'400;
  // April is not there.
  const PlacedRows months = PlaceRows(SeriesAt({0, 31 * kDay, 59 * kDay, 120 * kDay, 151 * kDay, 181 * kDay}));
  EXPECT_EQ(months.absent, 1u);
  EXPECT_EQ(months.values.size(), 7u);
}

TEST(PlaceRowsTest, OtherTimesLeaveRowsAsTheyAre) {
  EXPECT_EQ(PlaceRows(SeriesAt({0, 60, 120, 120, 180})).placing, RowPlacing::kDisorder);
  EXPECT_EQ(PlaceRows(SeriesAt({180, 120, 60, 0})).placing, RowPlacing::kDisorder);
  EXPECT_EQ(PlaceRows(SeriesAt({0, 10, 45, 100, 128, 255, 300})).placing, RowPlacing::kUneven);
  const PlacedRows sparse = PlaceRows(SeriesAt({0, 60, 120, 6'000'000'000, 6'000'000'060}));
  EXPECT_EQ(sparse.placing, RowPlacing::kSparse);
  EXPECT_EQ(sparse.values.size(), 5u);
  EXPECT_EQ(PlaceRows(SeriesAt({})).placing, RowPlacing::kGapless);
  EXPECT_EQ(PlaceRows(SeriesAt({7})).placing, RowPlacing::kGapless);
}

/// A noisy day in hourly rows, of which [from, to) are absent, with another level from `change` on.
std::string HourlyTable(uint64_t seed, size_t from, size_t to, size_t change = 1'000, size_t rows = 336) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::string text = "timestamp,value\n";
  for (size_t i = 0; i < rows; ++i) {
    const double value = 100 + 20 * std::sin(2 * std::numbers::pi * static_cast<double>(i) / 24) + 3 * normal(random) +
                         (i >= change ? 15 : 0);
    if (i < from || i >= to) {
      text += std::to_string(1'700'006'400 + 3600 * static_cast<int64_t>(i)) + "," + std::to_string(value) + "\n";
    }
  }
  return text;
}

TEST(PlacedRowsTest, APeriodIsOneOfTheUsualStep) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    for (const size_t hole : {3u, 8u, 17u, 40u}) {
      const Outcome outcome = RunWith({"periods"}, HourlyTable(seed, 150, 150 + hole));
      EXPECT_THAT(outcome.out, StartsWith("period,strength\n24,")) << seed << " " << hole;
      EXPECT_THAT(outcome.err, HasSubstr(std::to_string(hole) + " rows are absent between the "));
    }
    EXPECT_THAT(RunWith({"periods"}, HourlyTable(seed, 0, 0)).err, IsEmpty());
  }
}

TEST(PlacedRowsTest, ChangesAreToldByTheRowsOfTheTable) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const Outcome outcome = RunWith({"changepoints"}, HourlyTable(seed, 100, 140, 250));
    // Row 250 of the hours is row 210 of the table.
    const std::string row = std::to_string(1'700'006'400 + 3600 * 250) + ",210,level,";
    EXPECT_THAT(outcome.out, HasSubstr(row)) << seed;
    EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2) << outcome.out;
    EXPECT_THAT(outcome.err, HasSubstr("40 rows are absent"));
  }
}

TEST(PlacedRowsTest, ASlopeIsOneByTime) {
  std::string text = "timestamp,value\n";
  for (size_t day = 0; day < 100; ++day) {
    if (day < 30 || day >= 60) {
      text += std::to_string(86'400 * (20'000 + day)) + "," + std::to_string(2 * day) + "\n";
    }
  }
  const Outcome outcome = RunWith({"trend"}, text);
  EXPECT_THAT(outcome.out, HasSubstr("\nup,2,2,2,0,")) << outcome.out;
  EXPECT_THAT(outcome.err, HasSubstr("30 rows are absent between the 70 there are (one every 24 h)")) << outcome.err;
}

TEST(PlacedRowsTest, TimesWithoutAStepAreNamed) {
  std::string text = "timestamp,value\n";
  std::mt19937_64 random(5);
  int64_t at = 1'700'006'400;
  for (size_t i = 0; i < 60; ++i) {
    at += 1 + static_cast<int64_t>(random() % 997);
    text += std::to_string(at) + "," + std::to_string(random() % 10) + "\n";
  }
  EXPECT_THAT(RunWith({"periods"}, text).err, HasSubstr("Times are not evenly spaced"));
}

}  // namespace
}  // namespace bellwether
