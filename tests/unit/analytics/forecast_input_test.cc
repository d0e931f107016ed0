// Every method by name on input that breaks careless models: a smaller honest forecast with a notice, or a sentence
// that says what is needed; never NaN, never a band narrower than its inner one.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "server/analytics/forecast/forecaster.h"
#include "tests/unit/analytics/forecast_method_ids.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

const std::vector<double> kLevels = {0, 0.5, 0.8, 0.95, 1};  // 0 and 1 are asked for too
const double kNan = std::nan("");

void ExpectWellFormed(const Forecast& forecast, size_t horizon) {
  ASSERT_EQ(forecast.point.size(), horizon);
  ASSERT_EQ(forecast.bands.size(), kLevels.size());
  EXPECT_TRUE(forecast.reliability >= 0 && forecast.reliability <= 1) << forecast.reliability;
  for (size_t h = 0; h < horizon; ++h) {
    double lower = forecast.point[h];
    double upper = forecast.point[h];
    ASSERT_TRUE(std::isfinite(lower)) << h;
    for (const Band& band : forecast.bands) {
      ASSERT_TRUE(std::isfinite(band.lower[h]) && std::isfinite(band.upper[h])) << band.level << ", " << h;
      ASSERT_LE(band.lower[h], lower) << band.level << ", " << h;
      ASSERT_GE(band.upper[h], upper) << band.level << ", " << h;
      lower = band.lower[h];
      upper = band.upper[h];
    }
  }
}

bool HasNotice(const Forecast& forecast, const std::string& part) {
  return std::any_of(forecast.notices.begin(), forecast.notices.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

class EveryMethod : public testing::TestWithParam<std::string> {
 protected:
  static Forecast MustForecast(const ForecastInput& input, size_t horizon) {
    const auto fitted = FitForecast(GetParam(), input, horizon);
    EXPECT_TRUE(fitted.ok()) << fitted.status();
    Forecast forecast = (*fitted)->Predict(horizon, kLevels);
    ExpectWellFormed(forecast, horizon);
    return forecast;
  }

  static ForecastInput Hourly(const std::vector<double>& values) { return {.values = values, .step_ns = kHourNs}; }

  /// A day's season far above zero.
  static std::vector<double> Days(size_t n, uint64_t seed, double level = 50) {
    std::vector<double> values = Noise(n, seed, 0.5);
    for (size_t i = 0; i < n; ++i) {
      values[i] += level + 8 * Sine(i, 24);
    }
    return values;
  }
};

INSTANTIATE_TEST_SUITE_P(All, EveryMethod, testing::ValuesIn(MethodIds()), MethodTestName);

TEST_P(EveryMethod, FewerThanThreePointsAndNoneAtAllAreRefusedWithASentence) {
  for (const std::vector<double>& values : std::vector<std::vector<double>>{
           {}, {1}, {1, 2}, {kNan, 1, kNan, 2}, std::vector<double>(300, kNan), {INFINITY, -INFINITY, INFINITY}}) {
    const auto fitted = FitForecast(GetParam(), Hourly(values), 10);
    ASSERT_FALSE(fitted.ok());
    EXPECT_NE(std::string(fitted.status().message()).find("at least 3 values"), std::string::npos);
  }
}

TEST_P(EveryMethod, AFewPointsGiveAGuess) {
  for (size_t n = 3; n < 40; ++n) {
    SCOPED_TRACE(n);
    const std::vector<double> values = Days(n, n);
    MustForecast(Hourly(values), 12);
  }
}

TEST_P(EveryMethod, AConstantStaysAndSaysSo) {
  const std::vector<double> values(300, -7.25);
  const Forecast forecast = MustForecast(Hourly(values), 10);
  EXPECT_EQ(forecast.point, std::vector<double>(10, -7.25));
  EXPECT_TRUE(HasNotice(forecast, "never changed"));
}

TEST_P(EveryMethod, OneGiantChangesLittle) {
  const std::vector<double> values = Days(400, 2);
  const Forecast clean = MustForecast(Hourly(values), 24);
  for (const double giant : {1e12, -1e12, 1e308, std::numeric_limits<double>::infinity()}) {
    std::vector<double> spoiled = values;
    spoiled[333] = giant;
    const Forecast forecast = MustForecast(Hourly(spoiled), 24);
    for (size_t h = 0; h < 24; ++h) {
      ASSERT_NEAR(forecast.point[h], clean.point[h], 4) << h;
    }
  }
}

TEST_P(EveryMethod, GapsLongerThanTheSeasonAreBridged) {
  std::vector<double> values = Days(500, 3);
  std::fill(values.begin() + 200, values.begin() + 290, kNan);
  std::fill(values.begin() + 470, values.begin() + 500, kNan);  // and the newest are missing
  const Forecast forecast = MustForecast(Hourly(values), 24);
  for (size_t h = 0; h < 24; ++h) {
    // No method may leave the neighbourhood of what was seen.
    ASSERT_NEAR(forecast.point[h], 50, 25) << h;
  }
}

TEST_P(EveryMethod, ValuesBelowZeroAreNoObstacle) {
  for (const double level : {0.0, -50.0, -1e9}) {
    const Forecast forecast = MustForecast(Hourly(Days(300, 4, level)), 24);
    EXPECT_NEAR(forecast.point[0], level, 20);
  }
}

TEST_P(EveryMethod, AHorizonOfMoreThanTenHistoriesSaysHowFarItWasTried) {
  const std::vector<double> values = Days(90, 5);
  const Forecast forecast = MustForecast(Hourly(values), 1'000);
  EXPECT_TRUE(HasNotice(forecast, "of the 1000 steps ahead"));
}

TEST_P(EveryMethod, ASeasonLongerThanTheHistoryIsLeftOutWithANotice) {
  const std::vector<double> values = Days(100, 6);
  ForecastInput input = Hourly(values);
  for (const size_t season : {168, 100'000}) {
    input.seasons = {season};
    const Forecast forecast = MustForecast(input, 24);
    EXPECT_TRUE(forecast.seasons.empty());
    EXPECT_TRUE(HasNotice(forecast, "cannot be learned from 100 values"));
  }
  input.seasons = {0, 1, std::numeric_limits<size_t>::max()};
  MustForecast(input, 24);
}

TEST_P(EveryMethod, ARangeIsKept) {
  std::vector<double> values = Days(300, 7, 92);
  for (double& value : values) {
    value = std::clamp(value, 0.0, 100.0);
  }
  ForecastInput input = Hourly(values);
  input.min = 0;
  input.max = 100;
  const Forecast forecast = MustForecast(input, 48);
  for (size_t h = 0; h < 48; ++h) {
    EXPECT_GE(forecast.bands.back().lower[h], 0);
    EXPECT_LE(forecast.bands.back().upper[h], 100);
  }
}

}  // namespace
}  // namespace bellwether
