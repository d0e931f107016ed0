#include "server/analytics/forecast/forecaster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/unit/analytics/forecast_method_ids.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

const std::vector<double> kLevels = {0.5, 0.8, 0.95};

Forecast MustForecast(std::string_view method, const ForecastInput& input, size_t horizon) {
  const auto fitted = FitForecast(method, input, horizon);
  EXPECT_TRUE(fitted.ok()) << fitted.status();
  return (*fitted)->Predict(horizon, kLevels);
}

void ExpectWellFormed(const Forecast& forecast, size_t horizon) {
  ASSERT_EQ(forecast.point.size(), horizon);
  ASSERT_EQ(forecast.bands.size(), kLevels.size());
  for (size_t h = 0; h < horizon; ++h) {
    double lower = forecast.point[h];
    double upper = forecast.point[h];
    ASSERT_TRUE(std::isfinite(lower));
    for (const Band& band : forecast.bands) {
      ASSERT_LE(band.lower[h], lower);
      ASSERT_GE(band.upper[h], upper);
      lower = band.lower[h];
      upper = band.upper[h];
      ASSERT_TRUE(std::isfinite(lower) && std::isfinite(upper));
    }
  }
}

class EveryForecaster : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(All, EveryForecaster, testing::ValuesIn(MethodIds()), MethodTestName);

TEST_P(EveryForecaster, HostileSeriesGiveAForecastOrASentence) {
  for (const auto& values : HostileSeries()) {
    const auto fitted = FitForecast(GetParam(), {.values = values, .step_ns = kHourNs}, 10);
    if (!fitted.ok()) {
      EXPECT_NE(std::string(fitted.status().message()).find("at least 3 values"), std::string::npos);
      continue;
    }
    ExpectWellFormed((*fitted)->Predict(10, kLevels), 10);
  }
}

TEST_P(EveryForecaster, BandsCoverAutoregressiveNoise) {
  double inside = 0;
  double total = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const std::vector<double> values = Noise(412, seed, 0.7);
    const auto history = std::span<const double>(values).first(400);
    const Forecast forecast = MustForecast(GetParam(), {.values = history}, 12);
    ExpectWellFormed(forecast, 12);
    for (size_t h = 0; h < 12; ++h) {
      inside += values[400 + h] >= forecast.bands[2].lower[h] && values[400 + h] <= forecast.bands[2].upper[h];
      total += 1;
    }
  }
  EXPECT_NEAR(inside / total, 0.95, 0.045);
}

TEST_P(EveryForecaster, IsDeterministicAndFollowsTheScale) {
  std::vector<double> values = Noise(300, 4);
  std::vector<double> scaled(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 20 + 5 * Sine(i, 24);
    scaled[i] = values[i] * 1024;
  }
  const Forecast a = MustForecast(GetParam(), {.values = values, .step_ns = kHourNs}, 24);
  const Forecast again = MustForecast(GetParam(), {.values = values, .step_ns = kHourNs}, 24);
  const Forecast b = MustForecast(GetParam(), {.values = scaled, .step_ns = kHourNs}, 24);
  EXPECT_EQ(a.point, again.point);
  for (size_t h = 0; h < 24; ++h) {
    ASSERT_NEAR(a.point[h] * 1024, b.point[h], 1e-6 * std::abs(b.point[h]));
    ASSERT_NEAR(a.bands[2].upper[h] * 1024, b.bands[2].upper[h], 1e-6 * std::abs(b.bands[2].upper[h]));
  }
}

TEST(ForecastTest, AutoFollowsASeason) {
  std::vector<double> values = Noise(480, 6);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 0.3 * values[i] + 10 * Sine(i, 24) + 30;
  }
  const Forecast forecast = MustForecast("auto", {.values = values, .step_ns = kHourNs}, 48);
  ASSERT_FALSE(forecast.seasons.empty());
  EXPECT_EQ(forecast.seasons.front(), 24u);
  for (size_t h = 0; h < 48; ++h) {
    EXPECT_NEAR(forecast.point[h], 30 + 10 * Sine(480 + h, 24), 1.2);
  }
  EXPECT_GT(forecast.reliability, 0.5);
  EXPECT_GT(forecast.history_coverage, 0.85);
}

TEST(ForecastTest, BandsAreClippedToTheRangeOfTheMetric) {
  std::vector<double> values = Noise(200, 2);
  for (double& value : values) {
    value = std::abs(value);
  }
  const Forecast forecast = MustForecast("auto", {.values = values, .min = 0, .max = 2}, 20);
  for (size_t h = 0; h < 20; ++h) {
    EXPECT_GE(forecast.bands[2].lower[h], 0);
    EXPECT_LE(forecast.bands[2].upper[h], 2);
  }
}

TEST(ForecastTest, ConstantSeriesStaysConstant) {
  const std::vector<double> values(50, 7.5);
  const Forecast forecast = MustForecast("auto", {.values = values}, 5);
  EXPECT_EQ(forecast.point, std::vector<double>(5, 7.5));
  EXPECT_FALSE(forecast.notices.empty());
}

TEST(ForecastTest, ShortSeriesSayThatTheBandIsAGuess) {
  const std::vector<double> values = {1, 2, 3, 2, 4};
  const Forecast forecast = MustForecast("auto", {.values = values}, 3);
  ExpectWellFormed(forecast, 3);
  EXPECT_EQ(forecast.method, "naive");
  ASSERT_FALSE(forecast.notices.empty());
  EXPECT_NE(forecast.notices[0].find("Only 5 points"), std::string::npos);
}

TEST(ForecastTest, UnknownMethodNamesTheKnownOnes) {
  const std::vector<double> values(20, 1.0);
  const auto fitted = FitForecast("crystal-ball", {.values = values}, 3);
  ASSERT_FALSE(fitted.ok());
  EXPECT_NE(std::string(fitted.status().message()).find("seasonal-naive"), std::string::npos);
}

}  // namespace
}  // namespace bellwether
