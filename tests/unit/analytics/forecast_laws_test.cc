// Laws that every forecast keeps, whatever the series.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "server/analytics/forecast/error_pool.h"
#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/prepared_history.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

const std::vector<double> kLevels = {0.5, 0.8, 0.9, 0.95, 0.99, 0.999};

std::vector<double> SeasonalSeries(size_t n, uint64_t seed, double level) {
  std::vector<double> values = Noise(n, seed, 0.6);
  for (size_t i = 0; i < n; ++i) {
    values[i] += level + 6 * Sine(i, 24) + 2 * Sine(i, 168);
  }
  return values;
}

Forecast MustForecast(const ForecastInput& input, size_t horizon, std::string_view method = "auto") {
  const auto fitted = FitForecast(method, input, horizon);
  EXPECT_TRUE(fitted.ok()) << fitted.status();
  return (*fitted)->Predict(horizon, kLevels);
}

ForecastInput Hourly(const std::vector<double>& values) {
  ForecastInput input;
  input.values = values;
  input.step_ns = kHourNs;
  return input;
}

void ExpectNested(const Forecast& forecast) {
  for (size_t h = 0; h < forecast.point.size(); ++h) {
    double lower = forecast.point[h];
    double upper = forecast.point[h];
    ASSERT_TRUE(std::isfinite(lower));
    for (const Band& band : forecast.bands) {
      ASSERT_LE(band.lower[h], lower) << "level " << band.level << " step " << h;
      ASSERT_GE(band.upper[h], upper) << "level " << band.level << " step " << h;
      lower = band.lower[h];
      upper = band.upper[h];
    }
  }
}

bool HasNotice(const Forecast& forecast, const std::string& part) {
  return std::any_of(forecast.notices.begin(), forecast.notices.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

TEST(ForecastLawsTest, BandsOfAllLevelsAreNested) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    std::vector<double> values = SeasonalSeries(60 + 60 * seed, seed, seed % 2 == 0 ? 0.0 : 20.0);
    for (double& value : values) {
      value = seed % 3 == 0 ? std::exp(0.5 * value) : value;
    }
    ExpectNested(MustForecast(Hourly(values), 30));
  }
}

TEST(ForecastLawsTest, MembersUseNothingBeyondTheOrigin) {
  const std::vector<double> values = SeasonalSeries(700, 3, 0);
  MemberSetting setting;
  setting.seasons = {24, 168};
  setting.step_ns = kHourNs;
  constexpr size_t kHorizon = 30;
  for (const ForecastMemberEntry& entry : ForecastMembers()) {
    SCOPED_TRACE(std::string(entry.id));
    const auto member = MakeForecastMember(entry.id, setting);
    ASSERT_NE(member, nullptr);
    std::vector<double> all(3 * kHorizon);
    std::vector<double> early(2 * kHorizon);
    member->ForecastFrom(values, std::vector<size_t>{560, 620, 700}, kHorizon, all);
    member->ForecastFrom(std::span(values).first(620), std::vector<size_t>{560, 620}, kHorizon, early);
    for (size_t i = 0; i < early.size(); ++i) {
      ASSERT_NEAR(all[i], early[i], 1e-9 * (1 + std::abs(early[i]))) << "at " << i;
    }
  }
}

TEST(ForecastLawsTest, FollowsTheScaleAndForNegativeDataTheLevel) {
  const std::vector<double> values = SeasonalSeries(500, 5, 0);  // crosses zero: no other scale than its own
  std::vector<double> moved(values.size());
  std::transform(values.begin(), values.end(), moved.begin(), [](double v) { return 4 * (v - 3); });
  const Forecast a = MustForecast(Hourly(values), 48);
  const Forecast b = MustForecast(Hourly(moved), 48);
  for (size_t h = 0; h < 48; ++h) {
    ASSERT_NEAR(4 * (a.point[h] - 3), b.point[h], 1e-5);
    ASSERT_NEAR(4 * (a.bands[3].lower[h] - 3), b.bands[3].lower[h], 1e-5);
    ASSERT_NEAR(4 * (a.bands[3].upper[h] - 3), b.bands[3].upper[h], 1e-5);
  }
}

TEST(ForecastLawsTest, StartOfTheHistoryDoesNotMatter) {
  const std::vector<double> values = SeasonalSeries(500, 6, 30);
  ForecastInput here = Hourly(values);
  here.start_ns = kStartNs;
  ForecastInput there = here;
  there.start_ns = kStartNs + 5 * kHourNs;
  EXPECT_EQ(MustForecast(here, 24).point, MustForecast(there, 24).point);
}

TEST(ForecastLawsTest, BandsCoverSeriesOfKnownLaw) {
  constexpr size_t kHorizon = 24;
  constexpr uint64_t kSeries = 120;
  std::vector<double> held(kLevels.size(), 0.0);
  for (uint64_t seed = 0; seed < kSeries; ++seed) {
    const std::vector<double> values = SeasonalSeries(400 + kHorizon, 100 + seed, 0);
    const std::vector<double> history(values.begin(), values.begin() + 400);
    const Forecast forecast = MustForecast(Hourly(history), kHorizon);
    for (size_t l = 0; l < kLevels.size(); ++l) {
      for (size_t h = 0; h < kHorizon; ++h) {
        const double y = values[400 + h];
        held[l] += y >= forecast.bands[l].lower[h] && y <= forecast.bands[l].upper[h];
      }
    }
  }
  for (size_t l = 0; l < kLevels.size(); ++l) {
    const double share = held[l] / static_cast<double>(kSeries * kHorizon);
    EXPECT_NEAR(share, kLevels[l], 0.01 + 0.2 * (1 - kLevels[l])) << "level " << kLevels[l];
  }
}

TEST(ForecastLawsTest, OneGiantValueChangesLittle) {
  const std::vector<double> values = SeasonalSeries(400, 8, 30);
  const Forecast clean = MustForecast(Hourly(values), 24);
  for (const double giant : {1e9, -1e9, 1e308}) {
    std::vector<double> spoiled = values;
    spoiled[350] = giant;
    const Forecast forecast = MustForecast(Hourly(spoiled), 24);
    EXPECT_TRUE(HasNotice(forecast, "so far from all others"));
    for (size_t h = 0; h < 24; ++h) {
      ASSERT_NEAR(forecast.point[h], clean.point[h], 1.0);
    }
  }
}

TEST(ForecastLawsTest, AGapLongerThanTheSeasonIsBridgedBySeasons) {
  std::vector<double> values = SeasonalSeries(600, 9, 30);
  std::fill(values.begin() + 300, values.begin() + 400, std::nan(""));
  const Forecast forecast = MustForecast(Hourly(values), 48);
  ExpectNested(forecast);
  EXPECT_EQ(forecast.seasons, (std::vector<size_t>{24, 168}));
  for (size_t h = 0; h < 48; ++h) {
    ASSERT_NEAR(forecast.point[h], 30 + 6 * Sine(600 + h, 24) + 2 * Sine(600 + h, 168), 2.5);
  }
  EXPECT_TRUE(std::any_of(forecast.reasons.begin(), forecast.reasons.end(),
                          [](const ReliabilityReason& reason) { return reason.id == "gaps"; }));
}

TEST(ForecastLawsTest, AHorizonTenTimesTheHistorySaysHowFarItWasTried) {
  const std::vector<double> values = SeasonalSeries(100, 10, 30);
  const Forecast forecast = MustForecast(Hourly(values), 1'000);
  ASSERT_EQ(forecast.point.size(), 1'000u);
  ExpectNested(forecast);
  EXPECT_TRUE(HasNotice(forecast, "of the 1000 steps ahead"));
  EXPECT_LT(forecast.reliability, 0.3);
  EXPECT_GE(forecast.bands[3].upper[999] - forecast.bands[3].lower[999],
            0.9 * (forecast.bands[3].upper[20] - forecast.bands[3].lower[20]));
}

TEST(ForecastLawsTest, ASeasonLongerThanTheHistoryIsLeftOutWithANotice) {
  const std::vector<double> values = SeasonalSeries(100, 11, 30);
  ForecastInput input = Hourly(values);
  input.seasons = {24, 168};
  const Forecast forecast = MustForecast(input, 24);
  EXPECT_EQ(forecast.seasons, std::vector<size_t>{24});
  EXPECT_TRUE(HasNotice(forecast, "A season of 168 steps cannot be learned"));
}

TEST(ForecastLawsTest, MissingValuesBeforeTheFirstAreNoHistory) {
  const std::vector<double> values = SeasonalSeries(400, 12, 30);
  std::vector<double> late(3'000, std::nan(""));
  late.insert(late.end(), values.begin(), values.end());
  EXPECT_EQ(MustForecast(Hourly(values), 24).point, MustForecast(Hourly(late), 24).point);
}

TEST(ForecastLawsTest, CountsStayWholeAndNeverNegative) {
  std::vector<double> values = Noise(300, 13);
  for (double& value : values) {
    value = std::max(0.0, std::round(1 + value));
  }
  ForecastInput input = Hourly(values);
  input.whole_numbers = true;
  const Forecast forecast = MustForecast(input, 20);
  ExpectNested(forecast);
  for (size_t h = 0; h < 20; ++h) {
    EXPECT_EQ(forecast.point[h], std::round(forecast.point[h]));
    EXPECT_GE(forecast.bands.back().lower[h], 0);
    EXPECT_EQ(forecast.bands.back().upper[h], std::round(forecast.bands.back().upper[h]));
  }
}

TEST(ForecastLawsTest, ValuesMissingInThePastAreNotHeldAgainstABand) {
  // Half of the values are missing: bands learned from filled ones would be far too narrow.
  double inside = 0;
  double total = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const std::vector<double> values = SeasonalSeries(624, 200 + seed, 30);
    std::vector<double> history(values.begin(), values.begin() + 600);
    const std::vector<double> coin = Noise(600, 900 + seed);
    for (size_t i = 0; i < 600; ++i) {
      history[i] = coin[i] < 0 ? std::nan("") : history[i];
    }
    const Forecast forecast = MustForecast(Hourly(history), 24);
    for (size_t h = 0; h < 24; ++h) {
      inside += values[600 + h] >= forecast.bands[3].lower[h] && values[600 + h] <= forecast.bands[3].upper[h];
      total += 1;
    }
  }
  EXPECT_NEAR(inside / total, 0.95, 0.03);
}

TEST(ForecastLawsTest, ReliabilityIsTheProductOfItsReasons) {
  const std::vector<double> values = SeasonalSeries(500, 14, 30);
  const Forecast forecast = MustForecast(Hourly(values), 48);
  double product = 1;
  for (const ReliabilityReason& reason : forecast.reasons) {
    EXPECT_FALSE(reason.text.empty());
    product *= reason.factor;
  }
  EXPECT_DOUBLE_EQ(product, forecast.reliability);
  double weights = 0;
  for (const MemberWeight& member : forecast.members) {
    weights += member.weight;
  }
  EXPECT_NEAR(weights, 1, 1e-9);
}

TEST(ErrorPoolTest, AShortHistoryBorrowsTheErrorsOfItsSiblings) {
  // Counter-moving noise: the change from one value to the next says too much about far steps.
  const auto make = [](size_t n, uint64_t seed) {
    std::vector<double> values = Noise(n, seed);
    for (double& value : values) {
      value = 50 + 3 * value;
    }
    return values;
  };
  auto pool = std::make_shared<ErrorPool>();
  for (uint64_t seed = 0; seed < 8; ++seed) {
    const std::vector<double> sibling = make(400, 500 + seed);
    const auto fitted = FitForecast("auto", Hourly(sibling), 24);
    ASSERT_TRUE(fitted.ok());
    (*fitted)->LendErrors(*pool);
  }
  ASSERT_GT(pool->size(), 4u);
  double inside = 0;
  double width = 0;
  double width_alone = 0;
  constexpr uint64_t kSeries = 60;
  for (uint64_t seed = 0; seed < kSeries; ++seed) {
    const std::vector<double> values = make(10 + 24, 600 + seed);
    const std::vector<double> history(values.begin(), values.begin() + 10);
    ForecastInput input = Hourly(history);
    const Forecast alone = MustForecast(input, 24);
    input.pool = pool;
    const Forecast pooled = MustForecast(input, 24);
    ExpectNested(pooled);
    for (size_t h = 0; h < 24; ++h) {
      const Band& band = pooled.bands[3];
      inside += values[10 + h] >= band.lower[h] && values[10 + h] <= band.upper[h];
      width += band.upper[h] - band.lower[h];
      width_alone += alone.bands[3].upper[h] - alone.bands[3].lower[h];
    }
  }
  EXPECT_GT(inside / (24 * kSeries), 0.8);
  EXPECT_LT(width, 0.6 * width_alone);
}

TEST(TakeOutGiantsTest, RareSpikesOfASparseSeriesStay) {
  std::vector<double> values(500, 0.0);
  values[100] = values[300] = 1;
  EXPECT_EQ(TakeOutGiants(values), 0u);
}

}  // namespace
}  // namespace bellwether
