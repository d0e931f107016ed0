// Levels that have just jumped, trends that members lag behind, incidents, and values that are nearly always the same.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "server/analytics/forecast/combination.h"
#include "server/analytics/forecast/count_law.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/late_shift.h"
#include "server/analytics/forecast/lone_outliers.h"
#include "server/analytics/forecast/missed_trend.h"
#include "server/analytics/forecast/threshold_crossing.h"
#include "server/analytics/forecast/usual_value.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr size_t kHorizon = 24;

/// A day's wave with noise that rises by `height` in its last `rows`.
std::vector<double> Jumping(uint64_t seed, size_t rows, double height) {
  std::vector<double> values = Noise(500, seed, 0.5);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 50 + 5 * Sine(i, 24) + (i + rows >= values.size() ? height : 0.0);
  }
  return values;
}

Forecast MustForecast(const std::vector<double>& values, std::string_view method = "auto") {
  const auto fitted = FitForecast(method, {.values = values, .step_ns = kHourNs}, kHorizon);
  EXPECT_TRUE(fitted.ok()) << fitted.status();
  return (*fitted)->Predict(kHorizon, std::vector<double>{0.95});
}

double MeanOf(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// 26 weeks of days with quieter weekends and noise of 5 %.
std::vector<double> Weeks(uint64_t seed) {
  std::vector<double> values = Noise(182, seed);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = (i % 7 < 5 ? 100 : 65) * std::exp(0.05 * values[i]);
  }
  return values;
}

TEST(LoneOutlierTest, OneSpikeIsNotForecastAgainASeasonLater) {
  for (const double factor : {0.3, 1.5, 2.2, 4.0}) {
    double again = 0;
    double width = 0;
    for (uint64_t seed = 0; seed < 10; ++seed) {
      std::vector<double> values = Weeks(seed);
      const size_t row = values.size() - 3 - seed % 5;  // a weekend is left after it, or more
      values[row] *= factor * 100 / (row % 7 < 5 ? 100 : 65);
      const Forecast forecast = MustForecast(values);
      const size_t h = row + 7 - values.size();
      again += forecast.point[h] / (row % 7 < 5 ? 100 : 65) / 10;
      width += (forecast.bands[0].upper[h] - forecast.bands[0].lower[h]) / forecast.point[h] / 10;
    }
    EXPECT_NEAR(again, 1, 0.06) << factor;
    EXPECT_LT(width, 0.3) << factor;  // 0.2 when the law is known
  }
}

TEST(LoneOutlierTest, OnlyWhatIsLoneIsTakenOut) {
  const std::vector<size_t> seasons = {7};
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<double> usual = Weeks(seed);
    std::vector<double> spike = usual;
    spike[120] *= 3;
    std::vector<double> cleaned = WithoutLoneOutliers(spike, seasons);
    EXPECT_NEAR(cleaned[120] / usual[120], 1, 0.25) << seed;
    cleaned[120] = spike[120];
    EXPECT_EQ(cleaned, spike) << seed;
    std::vector<double> monthly = usual;
    std::vector<double> often = usual;
    std::vector<double> at_end = usual;
    std::vector<double> shift = usual;
    for (size_t i = 20; i < usual.size(); ++i) {
      monthly[i] *= i % 28 == 20 ? 3 : 1;
      often[i] *= i % 23 == 20 ? 3 : 1;
      at_end[i] *= i + 1 == usual.size() ? 3 : 1;
      shift[i] *= i >= 100 ? 3 : 1;
    }
    for (const std::vector<double>& kept : {usual, monthly, often, at_end, shift}) {
      EXPECT_EQ(WithoutLoneOutliers(kept, seasons), kept) << seed;
    }
  }
}

TEST(LateShiftTest, AForecastStaysAtTheLevelThatWasJustReached) {
  for (const double height : {-25.0, 25.0}) {
    for (const size_t rows : {size_t{4}, size_t{12}, size_t{30}}) {
      double mean = 0;
      for (uint64_t seed = 0; seed < 10; ++seed) {
        mean += MeanOf(MustForecast(Jumping(seed, rows, height)).point) / 10;
      }
      EXPECT_NEAR(mean, 50 + height, 5) << height << " " << rows;
    }
  }
}

TEST(LateShiftTest, AVisitThatIsOverMovesNothing) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<double> values = Jumping(seed, 20, 25);
    for (size_t i = values.size() - 3; i < values.size(); ++i) {
      values[i] -= 25;
    }
    EXPECT_NEAR(MeanOf(MustForecast(values).point), 50, 8) << seed;
  }
}

TEST(LateShiftTest, TwoWildRowsAreNoLevel) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_LT(MeanOf(MustForecast(Jumping(seed, 2, 25)).point), 65) << seed;
  }
}

TEST(LateShiftTest, SevenRowsAreEnoughForALongHorizon) {
  std::vector<double> values = Noise(3000, 7);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 16 + 0.7 * values[i] + (i + 7 >= values.size() ? 10.0 : 0.0) + (i == 900 ? 60.0 : 0.0);
  }
  const auto fitted = FitForecast("auto", {.values = values, .step_ns = kFiveMinutesNs}, 288);
  ASSERT_TRUE(fitted.ok());
  EXPECT_GT(MeanOf((*fitted)->Predict(288, {}).point), 22.5);
}

TEST(LateShiftTest, AMorningThatDoesNotComeIsNoShift) {
  std::vector<double> values = Noise(40 * 24, 3);
  for (size_t i = 0; i < values.size(); ++i) {
    const bool is_day = i % 24 >= 8 && i % 24 < 20;
    const bool is_off = i + 6 >= values.size();
    values[i] = 20 + 0.3 * values[i] + (is_day && !is_off ? 15.0 : 0.0);
  }
  values.resize(values.size() - 24 + 14);  // ends at 14 o'clock
  for (size_t i = values.size() - 6; i < values.size(); ++i) {
    values[i] = 20;
  }
  const Forecast forecast = MustForecast(values);
  EXPECT_GT(forecast.point[24 - 14 + 12], 28);  // the next noon
}

TEST(LateShiftTest, LevelsThatLastedLongerLastLonger) {
  EXPECT_NEAR(ChanceToLast(10, 1), 0.7 + 0.3 * 10 / 11, 1e-12);
  EXPECT_NEAR(ChanceToLast(10, 10), 0.85, 1e-12);
  EXPECT_GT(ChanceToLast(100, 50), ChanceToLast(10, 50));
}

TEST(LateShiftTest, AMethodAskedForByNameIsLeftAlone) {
  const std::vector<double> values = Jumping(1, 12, 25);
  const auto fitted = FitForecast("seasonal-naive", {.values = values, .step_ns = kHourNs, .seasons = {24}}, kHorizon);
  ASSERT_TRUE(fitted.ok());
  const Forecast forecast = (*fitted)->Predict(kHorizon, {});
  for (size_t h = 0; h < kHorizon; ++h) {
    EXPECT_NEAR(forecast.point[h], values[values.size() - 24 + h], 1e-9);
  }
}

TEST(LateShiftTest, IsRarelySeenWhereThereIsNone) {
  int moved = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const std::vector<double> values = Noise(400, seed, seed % 2 == 0 ? 0.9 : 1.0);
    Backtest backtest;
    backtest.horizon = kHorizon;
    backtest.history = values.size();
    for (size_t row = 136; row + kHorizon <= values.size(); row += 12) {
      backtest.rows.push_back(row);
      for (size_t h = 0; h < kHorizon; ++h) {
        const double memory = seed % 2 == 0 ? 0.9 : 1.0;
        backtest.truth.push_back(values[row + h]);
        backtest.forecast.push_back(values[row - 1] * std::pow(memory, static_cast<double>(h + 1)));
      }
    }
    backtest.origins = backtest.rows.size();
    moved += FindLateShift(values, backtest, {}).has_value() ? 1 : 0;
  }
  EXPECT_LE(moved, 2);
}

TEST(LateShiftTest, LiftsTheRowsBeforeTheShiftOnItsScale) {
  const std::vector<double> history = {4, 9, 16, 25};
  EXPECT_EQ(LiftedHistory(history, {.row = 2, .size = 1, .scale = ValueScale::kRoot}),
            (std::vector<double>{9, 16, 16, 25}));
  EXPECT_EQ(LiftedHistory(history, {.row = 2, .size = -3, .scale = ValueScale::kRoot}),
            (std::vector<double>{0, 0, 16, 25}));
  EXPECT_EQ(LiftedHistory(history, {.row = 1, .size = -5, .scale = ValueScale::kRaw}),
            (std::vector<double>{-1, 9, 16, 25}));
}

/// What carrying the last value on did at origins a day apart.
Backtest NaiveBacktest(const std::vector<double>& values) {
  Backtest backtest;
  backtest.horizon = kHorizon;
  backtest.history = values.size();
  for (size_t row = 136; row + kHorizon <= values.size(); row += kHorizon) {
    backtest.rows.push_back(row);
    for (size_t h = 0; h < kHorizon; ++h) {
      backtest.truth.push_back(values[row + h]);
      backtest.forecast.push_back(values[row - 1]);
    }
  }
  backtest.origins = backtest.rows.size();
  return backtest;
}

TEST(MissedTrendTest, IsAddedAsFarAsItWasMissed) {
  std::vector<double> values = Noise(400, 5, 0.5);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 0.1 * static_cast<double>(i);
  }
  Backtest backtest = NaiveBacktest(values);
  const double missed = backtest.truth.back() - backtest.forecast.back();
  std::vector<double> path(2 * kHorizon, values.back());
  EXPECT_GT(FollowMissedTrend(values, {}, backtest, path), 0.7);
  EXPECT_NEAR(path[kHorizon - 1] - values.back(), 0.1 * kHorizon, 0.8);
  EXPECT_EQ(path.back(), path[kHorizon - 1]);  // nothing was tried beyond
  EXPECT_LT(backtest.truth.back() - backtest.forecast.back(), missed - 1);
}

TEST(MissedTrendTest, OneThatIsFollowedAlreadyIsNotAddedTwice) {
  std::vector<double> values = Noise(400, 5);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 0.1 * static_cast<double>(i);
  }
  Backtest backtest = NaiveBacktest(values);
  for (size_t i = 0; i < backtest.forecast.size(); ++i) {
    backtest.forecast[i] = 0.1 * static_cast<double>(backtest.rows[i / kHorizon] + i % kHorizon);
  }
  std::vector<double> path(kHorizon, 0.0);
  EXPECT_LT(FollowMissedTrend(values, {}, backtest, path), 0.1);
}

TEST(MissedTrendTest, IsRarelySeenWhereThereIsNone) {
  for (const double memory : {0.0, 0.8, 1.0}) {
    double moved = 0;
    for (uint64_t seed = 0; seed < 200; ++seed) {
      const std::vector<double> values = Noise(400, seed, memory);
      Backtest backtest = NaiveBacktest(values);
      for (size_t i = 0; i < backtest.forecast.size(); ++i) {
        backtest.forecast[i] *= std::pow(memory, static_cast<double>(i % kHorizon + 1));
      }
      std::vector<double> path(kHorizon, values.back());
      moved += FollowMissedTrend(values, {}, backtest, path) > 0 ? 1 : 0;
    }
    EXPECT_LE(moved, 40) << memory;  // one side of a t value of 1.4 is passed by 8 %
  }
}

TEST(MissedTrendTest, ASeasonIsNoTrendAndNoValueGoesBelowZero) {
  std::vector<double> values(5 * 168 / 2);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 10 + 5 * Sine(i, 168);
  }
  Backtest backtest = NaiveBacktest(values);
  std::vector<double> path(kHorizon, 1.0);
  FollowMissedTrend(values, std::vector<size_t>{24, 168}, backtest, path);
  EXPECT_NEAR(path.back(), 1, 1e-6);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 0.1 * static_cast<double>(values.size() - i);
  }
  backtest = NaiveBacktest(values);
  path.assign(kHorizon, 1.0);
  EXPECT_GT(FollowMissedTrend(values, {}, backtest, path), 0.9);
  EXPECT_EQ(*std::min_element(path.begin(), path.end()), 0);
}

TEST(MissedTrendTest, ForecastsOfATrendUnderAnAutoregressionAreNotTooLow) {
  double mean = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> values = Noise(240, seed, 0.5);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] += 10 + 0.05 * static_cast<double>(i);
    }
    mean += (MustForecast(values).point.back() - 10 - 0.05 * (240 + kHorizon - 1)) / 20;
  }
  EXPECT_GT(mean, -0.6);  // .9 without what was missed
  EXPECT_LT(mean, 0.4);
}

TEST(UsualValueTest, IsTheOneThatMoreThanHalfTheValuesAre) {
  EXPECT_EQ(UsualValue(std::vector<double>{0, 3, 0, 1, 0}), 0.0);
  EXPECT_EQ(UsualValue(std::vector<double>{0, 3, 0, 1}), std::nullopt);
  EXPECT_EQ(UsualValue(std::vector<double>{7, 7, 2}), 7.0);
}

TEST(UsualValueTest, ACountThatIsNearlyAlwaysZeroIsForecastAsZero) {
  std::vector<double> values(400, 0.0);
  for (const size_t i : {20u, 75u, 160u, 222u, 301u, 377u}) {
    values[i] = 3;
  }
  const Forecast forecast = MustForecast(values);
  for (size_t h = 0; h < kHorizon; ++h) {
    EXPECT_EQ(forecast.point[h], 0);
    EXPECT_EQ(forecast.bands[0].lower[h], 0);
    EXPECT_GE(forecast.bands[0].upper[h], 0);
  }
}

TEST(CountLawTest, ChancesOfRareCountsAreThoseOfTheirRows) {
  constexpr double kRate = 0.05;
  double said = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random(seed);
    std::poisson_distribution<int> poisson(kRate);
    std::vector<double> counts(2000);
    std::generate(counts.begin(), counts.end(), [&] { return poisson(random); });
    const auto fitted = FitForecast("auto", {.values = counts, .step_ns = kFiveMinutesNs}, kHorizon);
    ASSERT_TRUE(fitted.ok());
    const Forecast forecast = (*fitted)->Predict(kHorizon, std::vector<double>{0.99});
    const auto crossing = CrossThreshold(forecast, 1, CrossingSide::kAbove);
    ASSERT_TRUE(crossing.ok());
    EXPECT_NEAR(crossing->at_step.front(), 1 - std::exp(-kRate), 0.015) << seed;
    said += crossing->by_step.back() / 10;
    EXPECT_GE(forecast.bands[0].upper.back(), 1) << seed;
    EXPECT_EQ(forecast.point.back(), 0) << seed;
  }
  EXPECT_NEAR(said, 1 - std::exp(-kRate * kHorizon), 0.05);
}

TEST(CountLawTest, BunchesCountOnce) {
  double alone = 0;
  double bunched = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random(seed);
    std::bernoulli_distribution comes(0.02);
    std::vector<double> single(3000, 0.0);
    std::vector<double> bunches(3000, 0.0);
    for (size_t i = 0; i + 5 < single.size(); ++i) {
      if (comes(random)) {
        single[i] = bunches[i] = bunches[i + 2] = bunches[i + 4] = 1;
      }
    }
    alone += CountLaw::Of(single)->Bunches(1, CrossingSide::kAbove) / 10;
    bunched += CountLaw::Of(bunches)->Bunches(1, CrossingSide::kAbove) / 10;
  }
  EXPECT_GT(alone, 0.85);
  EXPECT_NEAR(bunched, 1.0 / 3, 0.12);
}

TEST(CountLawTest, AStateThatLastsIsNoCount) {
  EXPECT_EQ(CountLaw::Of(std::vector<double>(100, 3.0)), nullptr);
  std::vector<double> state(600, 0.0);
  std::fill(state.begin() + 300, state.begin() + 340, 1.0);
  EXPECT_EQ(CountLaw::Of(state), nullptr);
}

TEST(UsualValueTest, AJobThatRunsByTheClockIsNot) {
  std::vector<double> values = Noise(600, 3);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = i % 24 < 4 ? 20 + values[i] : 0.0;
  }
  const Forecast forecast = MustForecast(values);
  EXPECT_NEAR(forecast.point[1], 20, 3);  // 600 is a multiple of 24
  EXPECT_NEAR(forecast.point[12], 0, 1);
}

TEST(IncidentTest, MembersThatItMisledHaveNoSayLaterOn) {
  double error = 0;
  double naive_error = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<double> values = Noise(600, seed);
    for (size_t i = 0; i < values.size(); ++i) {
      const bool is_incident = i >= 500 && i < 530;
      values[i] =
          40 + 0.01 * static_cast<double>(i) + 0.05 * values[i] + (is_incident ? static_cast<double>(i - 500) : 0.0);
    }
    const Forecast forecast = MustForecast(values);
    for (size_t h = 0; h < kHorizon; ++h) {
      const double truth = 40 + 0.01 * static_cast<double>(600 + h);
      error += std::abs(forecast.point[h] - truth);
      naive_error += std::abs(values.back() - truth);
    }
  }
  EXPECT_LT(error, 0.8 * naive_error);
}

}  // namespace
}  // namespace bellwether
