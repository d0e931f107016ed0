#include "server/query/exec/display_grid.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<int64_t> Times(int64_t start, int64_t step, size_t count) {
  std::vector<int64_t> times(count);
  for (size_t i = 0; i < count; ++i) {
    times[i] = start + static_cast<int64_t>(i) * step;
  }
  return times;
}

TEST(DisplayGridTest, KeepsEveryStepWhereTheyFit) {
  const std::vector<int64_t> times = Times(100, 10, 5);
  const DisplayGrid grid(times, 10, 5);
  EXPECT_EQ(grid.group(), 1U);
  EXPECT_EQ(grid.times_unix_ns(), times);
  const std::vector<double> values = {1, 2, 3, 4, 5};
  EXPECT_EQ(grid.Mean(values), values);
}

TEST(DisplayGridTest, AlignsRunsToTheClockWhateverTheRangeBeginsWith) {
  const DisplayGrid first(Times(100, 10, 40), 10, 10);
  const DisplayGrid later(Times(130, 10, 40), 10, 10);
  ASSERT_EQ(first.group(), later.group());
  EXPECT_EQ(first.times_unix_ns()[2] % 40, 0);
  EXPECT_EQ(first.times_unix_ns()[2], later.times_unix_ns()[1]);
}

TEST(DisplayGridTest, AveragesRunsAndSkipsMissingValues) {
  const DisplayGrid grid(Times(0, 10, 6), 10, 3);
  const std::vector<double> means = grid.Mean(std::vector<double>{1, 3, kNan, 5, kNan, kNan});
  ASSERT_EQ(means.size(), 3U);
  EXPECT_EQ(means[0], 2);
  EXPECT_EQ(means[1], 5);
  EXPECT_TRUE(std::isnan(means[2]));
}

TEST(DisplayGridTest, AveragesHugeValues) {
  const DisplayGrid grid(Times(0, 10, 2), 10, 1);
  EXPECT_NEAR(grid.Mean(std::vector<double>{1e308, 1.5e308})[0] / 1e308, 1.25, 1e-12);
}

TEST(DisplayGridTest, CoversEveryStepOnce) {
  for (size_t count : {0U, 1U, 7U, 100U, 1001U}) {
    const DisplayGrid grid(Times(70, 10, count), 10, 13);
    size_t covered = 0;
    for (size_t i = 0; i < grid.size(); ++i) {
      EXPECT_EQ(grid.begin(i), covered);
      covered = grid.end(i);
    }
    EXPECT_EQ(covered, count);
    EXPECT_LE(grid.size(), 14U);
  }
}

}  // namespace
}  // namespace bellwether
