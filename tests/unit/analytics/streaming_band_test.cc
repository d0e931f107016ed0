#include "server/analytics/forecast/streaming_band.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/analytics/forecast/forecast_replay.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

const std::vector<double> kLevels = {0.5, 0.8, 0.95, 0.99};

/// A forecast of 0 with normal errors of a deviation.
ForecastDistribution Normal(double deviation, const ValueRange& range = {}) {
  std::array<double, QuantileShape::kPoints> quantiles{};
  for (size_t i = 0; i < quantiles.size(); ++i) {
    quantiles[i] = NormalQuantile(QuantileShape::Probability(i));
  }
  ForecastDistribution::Parts parts;
  parts.centre = {0};
  parts.scale = {deviation};
  parts.shape = std::make_shared<QuantileShape>(quantiles);
  parts.range = range;
  return ForecastDistribution(std::move(parts));
}

void ExpectNested(const std::vector<BandEdges>& bands, double median) {
  double lower = median;
  double upper = median;
  for (const BandEdges& band : bands) {
    ASSERT_TRUE(std::isfinite(band.lower) && std::isfinite(band.upper));
    ASSERT_LE(band.lower, lower);
    ASSERT_GE(band.upper, upper);
    lower = band.lower;
    upper = band.upper;
  }
}

// What becomes of forecasts that know nothing of a drift: the outcome of step t for a standard normal draw.
struct Drift {
  std::string name;
  std::function<double(size_t t, double z)> outcome;
};

const std::vector<Drift>& Drifts() {
  static const std::vector<Drift> drifts = {
      {"none", [](size_t, double z) { return z; }},
      {"noise that grows tenfold",
       [](size_t t, double z) { return z * std::pow(10, static_cast<double>(t) / 20'000); }},
      {"noise that comes and goes", [](size_t t, double z) { return z * (1 + 0.8 * Sine(t, 3'000)); }},
      {"noise that doubles at once", [](size_t t, double z) { return t < 7'000 ? z : 2 * z; }},
      {"a bias that grows", [](size_t t, double z) { return z + 3 * static_cast<double>(t) / 20'000; }},
      {"a bias that jumps", [](size_t t, double z) { return z + (t / 4'000 % 2 == 0 ? -1.0 : 1.5); }},
      {"tails that grow heavy", [](size_t t, double z) { return t < 5'000 ? z : z * std::abs(z); }}};
  return drifts;
}

TEST(StreamingForecastBandTest, KeepsItsCoverageWhileTheSeriesDrifts) {
  constexpr size_t kSteps = 20'000;
  for (const Drift& drift : Drifts()) {
    SCOPED_TRACE(drift.name);
    const std::vector<double> z = Noise(kSteps, 17);
    const ForecastDistribution forecast = Normal(1);
    StreamingForecastBand adaptive(kLevels, {});
    std::vector<double> held_lately(kLevels.size(), 0.0);
    for (size_t t = 0; t < kSteps; ++t) {
      const double outcome = drift.outcome(t, z[t]);
      const std::vector<BandEdges> bands = adaptive.Edges(forecast, 0);
      ExpectNested(bands, adaptive.Median(forecast, 0));
      for (size_t l = 0; l < kLevels.size(); ++l) {
        held_lately[l] += t >= kSteps - 4'000 && outcome >= bands[l].lower && outcome <= bands[l].upper;
      }
      adaptive.Observe(forecast, 0, outcome);
    }
    ASSERT_EQ(adaptive.outcomes(), kSteps);
    for (size_t l = 0; l < kLevels.size(); ++l) {
      EXPECT_NEAR(adaptive.Coverage()[l], kLevels[l], 0.01) << kLevels[l];
      EXPECT_NEAR(held_lately[l] / 4'000, kLevels[l], 0.025) << kLevels[l];
    }
  }
}

TEST(StreamingForecastBandTest, OnASteadySeriesIsHardlyWiderThanTheTruth) {
  const std::vector<double> z = Noise(6'000, 18);
  const ForecastDistribution forecast = Normal(2.5);  // far too wide
  StreamingForecastBand adaptive(kLevels, {});
  double width = 0;
  for (size_t t = 0; t < z.size(); ++t) {
    const BandEdges band = adaptive.Edges(forecast, 0)[2];
    width += t >= 2'000 ? (band.upper - band.lower) / 4'000 : 0;
    adaptive.Observe(forecast, 0, z[t]);
  }
  EXPECT_NEAR(width / (2 * 1.96), 1, 0.1);
}

TEST(StreamingForecastBandTest, SidesAdaptOnTheirOwn) {
  const std::vector<double> z = Noise(8'000, 19);
  const ForecastDistribution forecast = Normal(1);
  StreamingForecastBand adaptive(kLevels, {});
  for (const double value : z) {
    adaptive.Observe(forecast, 0, value > 0 ? 3 * value : value);
  }
  const BandEdges band = adaptive.Edges(forecast, 0)[2];
  EXPECT_NEAR(band.upper, 3 * 1.96, 1.2);
  EXPECT_NEAR(band.lower, -1.96, 0.5);
}

TEST(StreamingForecastBandTest, StaysWithinTheRangeAndFiniteWhateverComes) {
  const ValueRange range{.min = 0, .max = 100, .whole_numbers = true};
  const ForecastDistribution percent = Normal(1, range);
  StreamingForecastBand adaptive(kLevels, range);
  const double hostile[] = {0, 1e308, -1e308, INFINITY, -INFINITY, std::nan(""), 5e-324, 100, 3, -7};
  for (size_t t = 0; t < 3'000; ++t) {
    const std::vector<BandEdges> bands = adaptive.Edges(percent, 0);
    ExpectNested(bands, adaptive.Median(percent, 0));
    EXPECT_GE(bands.back().lower, 0);
    EXPECT_LE(bands.back().upper, 100);
    EXPECT_EQ(bands.back().upper, std::round(bands.back().upper));
    adaptive.Observe(percent, 0, hostile[t % std::size(hostile)]);
  }
  EXPECT_EQ(adaptive.outcomes(), 3'000 / 10 * 7);
  StreamingForecastBand of_constant(kLevels, {});
  const ForecastDistribution certain = Normal(0);
  for (int t = 0; t < 500; ++t) {
    ExpectNested(of_constant.Edges(certain, 0), of_constant.Median(certain, 0));
    of_constant.Observe(certain, 0, t < 100 ? 0.0 : t % 3);
  }
  // Forecasts that claim certainty and are wrong get a band all the same.
  EXPECT_GT(of_constant.Edges(certain, 0)[2].upper, 0.5);
}

std::vector<double> SeasonWithGrowingNoise(size_t n, uint64_t seed) {
  std::vector<double> values = Noise(n, seed, 0.5);
  for (size_t i = 0; i < n; ++i) {
    values[i] = 50 + 10 * Sine(i, 24) + values[i] * (1 + 4 * static_cast<double>(i) / static_cast<double>(n));
  }
  return values;
}

TEST(ForecastReplayTest, AdaptedBandsHoldWhereTheOthersFallBehind) {
  double adapted = 0;
  constexpr uint64_t kSeries = 10;
  for (uint64_t seed = 0; seed < kSeries; ++seed) {
    const std::vector<double> values = SeasonWithGrowingNoise(1'200, 30 + seed);
    const auto replay = ReplayForecasts("auto", {.values = values, .step_ns = kHourNs}, kLevels, 24);
    ASSERT_TRUE(replay.ok()) << replay.status();
    ASSERT_EQ(replay->rows.size(), 1'224u);
    EXPECT_EQ(replay->judged, 1'200u - 48);
    for (size_t t = 48; t < replay->rows.size(); ++t) {
      ASSERT_EQ(replay->rows[t].bands.size(), kLevels.size());
      ExpectNested(replay->rows[t].bands, replay->rows[t].forecast);
    }
    adapted += replay->coverage[2] / kSeries;
  }
  EXPECT_NEAR(adapted, 0.95, 0.01);
}

TEST(ForecastReplayTest, ARowRestsOnThoseBeforeIt) {
  const std::vector<double> values = SeasonWithGrowingNoise(300, 50);
  const auto whole = ReplayForecasts("theta", {.values = values, .step_ns = kHourNs}, kLevels, 24);
  const auto part = ReplayForecasts("theta", {.values = std::span(values).first(200), .step_ns = kHourNs}, kLevels, 24);
  ASSERT_TRUE(whole.ok() && part.ok());
  for (size_t t = 48; t < 200; ++t) {
    ASSERT_EQ(whole->rows[t].forecast, part->rows[t].forecast) << t;
    ASSERT_EQ(whole->rows[t].bands[2].upper, part->rows[t].bands[2].upper) << t;
  }
}

TEST(ForecastReplayTest, ShortAndEmptySeries) {
  const std::vector<double> few = {1, 2, 3, 4};
  const auto replay = ReplayForecasts("auto", {.values = few}, kLevels, 2);
  ASSERT_TRUE(replay.ok());
  EXPECT_EQ(replay->rows.size(), 6u);
  EXPECT_EQ(replay->judged, 0u);
  EXPECT_TRUE(std::isnan(replay->rows[3].forecast));
  EXPECT_TRUE(std::isfinite(replay->rows[5].forecast));
  EXPECT_FALSE(ReplayForecasts("auto", {.values = std::span(few).first(2)}, kLevels, 2).ok());
  // Values that begin late: no forecast until there is something to learn from.
  std::vector<double> late(60, std::nan(""));
  for (size_t i = 40; i < 60; ++i) {
    late[i] = static_cast<double>(i % 5);
  }
  const auto of_late = ReplayForecasts("auto", {.values = late}, kLevels, 4);
  ASSERT_TRUE(of_late.ok()) << of_late.status();
  EXPECT_TRUE(std::isnan(of_late->rows[30].forecast));
  EXPECT_TRUE(std::isfinite(of_late->rows[59].forecast));
}

}  // namespace
}  // namespace bellwether
