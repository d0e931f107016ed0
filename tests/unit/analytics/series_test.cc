#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include "server/analytics/series/fast_log.h"
#include "server/analytics/series/fft.h"
#include "server/analytics/series/grid.h"
#include "server/analytics/series/largest.h"
#include "server/analytics/series/natural_logs.h"
#include "server/analytics/series/robust.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

const double kNan = std::nan("");

TEST(GridTest, BucketsAreAlignedToTheEpoch) {
  const std::vector<int64_t> times = {12, 14, 27, 33};
  const std::vector<double> values = {1, 3, kNan, 5};
  const GridSeries grid = ToGrid(times, values, 12, 34, 10);
  EXPECT_EQ(grid.start_unix_ns, 10);
  ASSERT_EQ(grid.values.size(), 3u);
  EXPECT_EQ(grid.values[0], 2);
  EXPECT_TRUE(std::isnan(grid.values[1]));
  EXPECT_EQ(grid.values[2], 5);
  EXPECT_EQ(grid.TimeAt(2), 30);
}

TEST(GridTest, EachStatisticStandsForItsBucket) {
  const std::vector<int64_t> times = {0, 1, 2};
  const std::vector<double> values = {4, -1, 3};
  const auto only = [&](BucketStatistic statistic) { return ToGrid(times, values, 0, 10, 10, statistic).values.at(0); };
  EXPECT_EQ(only(BucketStatistic::kMean), 2);
  EXPECT_EQ(only(BucketStatistic::kSum), 6);
  EXPECT_EQ(only(BucketStatistic::kMin), -1);
  EXPECT_EQ(only(BucketStatistic::kMax), 4);
  EXPECT_EQ(only(BucketStatistic::kLast), 3);
  EXPECT_EQ(only(BucketStatistic::kCount), 3);
}

TEST(GridTest, NegativeTimesRoundDownwards) {
  const std::vector<int64_t> times = {-5};
  const std::vector<double> values = {2};
  const GridSeries grid = ToGrid(times, values, -5, 5, 10);
  EXPECT_EQ(grid.start_unix_ns, -10);
  ASSERT_EQ(grid.values.size(), 2u);
  EXPECT_EQ(grid.values[0], 2);
}

TEST(GridTest, ExtremeRangeStaysBounded) {
  const std::vector<int64_t> times = {std::numeric_limits<int64_t>::min(), 0, std::numeric_limits<int64_t>::max()};
  const std::vector<double> values = {1, 2, 3};
  const GridSeries grid = ToGrid(times, values, std::numeric_limits<int64_t>::min(),
                                 std::numeric_limits<int64_t>::max(), 1'000'000'000'000);
  EXPECT_LE(grid.values.size(), size_t{1} << 24);
}

TEST(MedianStepTest, IgnoresRepeatedTimesAndOneGap) {
  const std::vector<int64_t> times = {0, 10, 10, 20, 30, 530, 540};
  EXPECT_EQ(MedianStep(times), 10);
  EXPECT_EQ(MedianStep(std::vector<int64_t>{5}), 0);
  EXPECT_EQ(MedianStep(std::vector<int64_t>{5, 5}), 0);
}

TEST(GridTest, AveragesHugeValues) {
  const GridSeries grid = ToGrid(std::vector<int64_t>{0, 1}, std::vector<double>{1e308, 1.5e308}, 0, 10, 10);
  EXPECT_NEAR(grid.values[0] / 1e308, 1.25, 1e-12);
}

TEST(RobustTest, QuantileInterpolates) {
  std::vector<double> values = {4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(QuantileInPlace(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(QuantileInPlace(values, 0), 1);
  EXPECT_DOUBLE_EQ(QuantileInPlace(values, 1), 4);
}

TEST(RobustTest, ScaleOfMostlyEqualValuesIsNotZero) {
  const std::vector<double> values = {0, 0, 0, 0, 0, 8};
  EXPECT_EQ(ScaledMad(values, 0), 0);
  EXPECT_GT(RobustScale(values, 0), 0);
}

TEST(RobustTest, NormalizeIsExactAtBothEndsOfTheRange) {
  for (const double value : {1.7e308, 4.9e-324, 2.3e-308, 1.2e-307, 4.4e307, 3.0}) {
    const NormalizedSeries series = Normalize(std::vector<double>{value, -value, INFINITY});
    EXPECT_LE(std::abs(series.values[0]), 2.0);
    EXPECT_EQ(series.present, 2u);
    EXPECT_EQ(series.values[0] * series.unit, value);
  }
}

TEST(RobustTest, GapsAreFilledByStraightLines) {
  std::vector<double> values = {kNan, 1, kNan, kNan, 4, kNan};
  FillGaps(values);
  EXPECT_EQ(values, (std::vector<double>{1, 1, 2, 3, 4, 4}));
}

TEST(RealFftTest, AgreesWithTheDefinition) {
  for (const size_t size : {32u, 64u, 96u, 128u, 192u, 256u, 384u, 512u, 768u}) {
    const std::vector<double> data = Noise(size, 3);
    RealFft transform(size);
    const auto fill = [&] {
      for (size_t i = 0; i < size / 2; ++i) {
        transform.even()[i] = static_cast<float>(data[2 * i]);
        transform.odd()[i] = static_cast<float>(data[2 * i + 1]);
      }
    };
    std::vector<float> power(size / 2 + 1);
    std::vector<float> real(size / 3);
    fill();
    transform.PowerSpectrum(power);
    fill();
    transform.RealParts(real);
    for (size_t k = 0; k <= size / 2; ++k) {
      std::complex<double> sum = 0;
      for (size_t i = 0; i < size; ++i) {
        sum +=
            data[i] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i * k) / static_cast<double>(size));
      }
      EXPECT_NEAR(std::sqrt(power[k]), std::abs(sum), 1e-4) << size << ' ' << k;
      if (k < real.size()) {
        EXPECT_NEAR(real[k], sum.real(), 1e-4) << size << ' ' << k;
      }
    }
  }
}

TEST(RealFftTest, SizesAreTheNextThereAre) {
  EXPECT_EQ(RealFft::SizeFor(1), 32u);
  EXPECT_EQ(RealFft::SizeFor(64), 64u);
  EXPECT_EQ(RealFft::SizeFor(65), 96u);
  EXPECT_EQ(RealFft::SizeFor(2880), 3072u);
  EXPECT_EQ(RealFft::SizeFor(3073), 4096u);
}

TEST(NaturalLogsTest, AgreeWithTheLogarithm) {
  std::vector<double> numbers = {1, 1 + 1e-15, 2, 0.5, std::numeric_limits<double>::min(), 1e12, 1.7e308};
  for (int power = -1990; power <= 1990; ++power) {
    const double x = std::pow(1.41, power);
    numbers.push_back(x);
    numbers.push_back(1 + 1e-9 * power);
  }
  std::vector<double> logs = numbers;
  NaturalLogs(logs);
  EXPECT_EQ(logs[0], 0);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double right = std::log(numbers[i]);
    EXPECT_NEAR(logs[i], right, 1e-15 * std::max(1.0, std::abs(right))) << numbers[i];
  }
}

TEST(LargestMagnitudeTest, CountsFiniteNumbersAlone) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(LargestMagnitude(std::span<const double>()), 0);
  EXPECT_EQ(LargestMagnitude(std::vector<double>{std::nan(""), -kInfinity}), 0);
  // The largest at every place, of lengths that fill no, one and several rounds.
  for (const size_t length : {size_t{1}, size_t{16}, size_t{45}}) {
    for (size_t place = 0; place < length; ++place) {
      std::vector<double> values(length, 1.0);
      std::vector<float> singles(length, 1.0f);
      values[place] = -3;
      singles[place] = -3;
      values[(place + 1) % length] = length > 1 ? kInfinity : -3;
      EXPECT_EQ(LargestMagnitude(values), 3) << length << ' ' << place;
      EXPECT_EQ(LargestMagnitude(singles), 3) << length << ' ' << place;
    }
  }
}

TEST(FastLogTest, AgreesWithTheLogarithm) {
  for (int power = 0; power < 530; ++power) {
    const double p = std::pow(0.97, power);
    std::vector<float> one = {static_cast<float>(p)};
    MinusLog10(one);
    ASSERT_NEAR(one[0], -std::log10(p), 2e-5) << p;
  }
}

}  // namespace
}  // namespace bellwether
