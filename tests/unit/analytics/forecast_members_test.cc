#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "server/analytics/forecast/blending.h"
#include "server/analytics/forecast/calendar.h"
#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/rolling_origins.h"
#include "server/analytics/forecast/running_ridge.h"
#include "server/analytics/forecast/season_choice.h"
#include "server/analytics/forecast/seasons.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

TEST(RunningRidgeTest, FindsTheCoefficientsOfAnExactModel) {
  for (const size_t slopes : {1u, 2u, 7u, 13u, 30u}) {
    SCOPED_TRACE(slopes);
    std::mt19937_64 random(slopes);
    std::normal_distribution<double> normal;
    constexpr size_t kRows = 203;  // no multiple of four
    RunningRidge ridge(slopes, slopes / 2);
    PaddedRows rows(kRows, ridge.columns());
    std::vector<double> weights(kRows);
    for (size_t i = 0; i < kRows; ++i) {
      double target = 0.5;
      for (size_t j = 0; j < slopes; ++j) {
        rows.row(i)[j] = normal(random);
        target += (static_cast<double>(j) - 3) * rows.row(i)[j];
      }
      rows.row(i)[slopes] = target;
      rows.row(i)[slopes + 1] = 1;
      weights[i] = 0.1 + std::abs(normal(random));
    }
    ridge.Add(rows, weights, kRows);
    ridge.Fade(0.25);  // scales all sums alike: the solution stays
    std::vector<double> found;
    double intercept = 0;
    ASSERT_TRUE(ridge.Solve(0.0, 0, 0, found, intercept));
    // The intercept is no part of the fit but the mean of what remains, so the fit is near, not exact.
    for (size_t j = 0; j < slopes; ++j) {
      EXPECT_NEAR(found[j], static_cast<double>(j) - 3, 0.4);
    }
  }
}

TEST(RunningRidgeTest, SolvesASystemAndSurvivesASingularOne) {
  PaddedRows system(2, 3);
  system.row(0)[0] = 4;
  system.row(0)[1] = 1;
  system.row(0)[2] = 1;
  system.row(1)[1] = 3;
  system.row(1)[2] = 2;
  std::vector<double> solution;
  SolveSystem(system, solution);
  EXPECT_NEAR(solution[0], 1.0 / 11, 1e-12);
  EXPECT_NEAR(solution[1], 7.0 / 11, 1e-12);
  PaddedRows singular(2, 3);
  singular.row(0)[0] = singular.row(0)[1] = singular.row(1)[1] = 1;
  singular.row(0)[2] = singular.row(1)[2] = 1;
  SolveSystem(singular, solution);
  EXPECT_TRUE(std::isfinite(solution[0]) && std::isfinite(solution[1]));
}

TEST(ForecastMembersTest, SeasonalMembersContinueASeason) {
  std::vector<double> values(600);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = Sine(i, 24) + 0.4 * Sine(i, 168) + 0.02 * Noise(1, i)[0];
  }
  MemberSetting setting;
  setting.seasons = {24, 168};
  setting.step_ns = kHourNs;
  for (const std::string id : {"seasonal-regression", "fourier-lags", "profiles", "seasonal-means", "recent-seasons",
                               "damped-trend", "seasonal-naive", "piecewise"}) {
    SCOPED_TRACE(id);
    std::vector<double> path(48);
    MakeForecastMember(id, setting)->ForecastFrom(values, std::vector<size_t>{600}, 48, path);
    for (size_t h = 0; h < 48; ++h) {
      ASSERT_NEAR(path[h], Sine(600 + h, 24) + 0.4 * Sine(600 + h, 168), 0.3) << h;
    }
  }
}

TEST(PiecewiseMemberTest, FollowsTheLastOfSeveralSlopes) {
  std::vector<double> values = Noise(400, 5);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto t = static_cast<double>(i);
    values[i] = 0.02 * values[i] + (i < 200 ? 0.01 * t : 2 - 0.004 * (t - 200)) + 0.3 * Sine(i, 12);
  }
  std::vector<double> path(48);
  MakeForecastMember("piecewise", {.seasons = {12}})->ForecastFrom(values, std::vector<size_t>{400}, 48, path);
  for (size_t h = 0; h < 48; ++h) {
    const auto t = static_cast<double>(400 + h);
    EXPECT_NEAR(path[h], 2 - 0.004 * (t - 200) + 0.3 * Sine(400 + h, 12), 0.12) << h;
  }
}

TEST(PiecewiseMemberTest, IsStraightWhereNothingChanges) {
  std::vector<double> values = Noise(300, 6);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 0.2 * values[i] + 0.01 * static_cast<double>(i);
  }
  std::vector<double> path(60);
  MakeForecastMember("piecewise", {})->ForecastFrom(values, std::vector<size_t>{300}, 60, path);
  EXPECT_NEAR(path[59], 3.59, 0.25);
}

TEST(PiecewiseMemberTest, KnowsTheHolidaysOfItsCalendar) {
  // Every 50th day of a year and a half is one; the values drop by 3 then.
  CalendarOptions calendar;
  std::vector<double> values = Noise(500, 7);
  const absl::CivilDay first = absl::ToCivilDay(absl::FromUnixNanos(kStartNs), absl::UTCTimeZone());
  for (size_t i = 0; i < 560; ++i) {
    if (i % 50 == 20) {
      calendar.holidays.push_back({first + static_cast<int>(i), "a day off"});
    }
    if (i < values.size()) {
      values[i] = 0.1 * values[i] - (i % 50 == 20 ? 3.0 : 0.0);
    }
  }
  MemberSetting setting{.seasons = {7}, .step_ns = 24 * kHourNs, .start_ns = kStartNs};
  setting.calendar = std::make_shared<const CalendarOptions>(calendar);
  std::vector<double> path(40);
  MakeForecastMember("piecewise", setting)->ForecastFrom(values, std::vector<size_t>{500}, 40, path);
  for (size_t h = 0; h < 40; ++h) {
    EXPECT_NEAR(path[h], h == 20 ? -3.0 : 0.0, 0.3) << h;
  }
  EXPECT_TRUE(KnowsHolidays("piecewise"));
  EXPECT_FALSE(KnowsHolidays("auto"));
}

TEST(ForecastMembersTest, PlainMembersAreExact) {
  const std::vector<double> values = {1, 2, 3, 4, 5, 6, 7, 8};
  MemberSetting setting;
  setting.seasons = {4};
  std::vector<double> path(3);
  MakeForecastMember("naive", setting)->ForecastFrom(values, std::vector<size_t>{8}, 3, path);
  EXPECT_EQ(path, (std::vector<double>{8, 8, 8}));
  MakeForecastMember("seasonal-naive", setting)->ForecastFrom(values, std::vector<size_t>{6}, 3, path);
  EXPECT_EQ(path, (std::vector<double>{3, 4, 5}));
  MakeForecastMember("drift", setting)->ForecastFrom(values, std::vector<size_t>{8}, 3, path);
  EXPECT_EQ(path, (std::vector<double>{9, 10, 11}));
}

TEST(ForecastMembersTest, WithoutASeasonSeasonalMembersDoNotExist) {
  EXPECT_EQ(MakeForecastMember("seasonal-naive", {}), nullptr);
  EXPECT_EQ(MakeForecastMember("profiles", {}), nullptr);
  EXPECT_EQ(MakeForecastMember("no such member", {}), nullptr);
  EXPECT_NE(MakeForecastMember("seasonal-regression", {}), nullptr);
}

TEST(RollingOriginsTest, LeaveTheirHorizonWithinTheHistory) {
  for (const size_t n : {5u, 12u, 60u, 80u, 700u, 5'000u}) {
    for (const size_t horizon : {1u, 13u, 48u, 1'440u, 10'000u}) {
      const RollingOrigins rolling = ChooseOrigins(n, horizon, std::vector<size_t>{24, 168}, 32);
      if (rolling.origins.empty()) {
        EXPECT_LE(n, 8u);
        continue;
      }
      // A third of the history, and the season of 168 steps seen as often as it takes to be used, where there is time.
      EXPECT_GE(rolling.origins.front(), std::max(n / 3, std::min<size_t>(n / 2, 252)));
      EXPECT_EQ(rolling.origins.back() + rolling.horizon, n);
      EXPECT_LE(rolling.horizon, horizon);
      EXPECT_LE(rolling.origins.size(), 32u);
      for (size_t i = 1; i < rolling.origins.size(); ++i) {
        EXPECT_GT(rolling.origins[i], rolling.origins[i - 1]);
      }
    }
  }
}

TEST(SeasonChoiceTest, TakesTheSetThatForecastsBest) {
  std::vector<double> values = Noise(500, 4);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += 10 * Sine(i, 24);
  }
  MemberSetting setting;
  setting.step_ns = kHourNs;
  const std::vector<std::vector<size_t>> sets = {{37}, {24}};
  EXPECT_EQ(ChooseSeasons(values, setting, sets, 24), std::vector<size_t>{24});
  const std::vector<std::vector<size_t>> swapped = {{24}, {37}};
  EXPECT_EQ(ChooseSeasons(values, setting, swapped, 24), std::vector<size_t>{24});
}

TEST(FillSeasonalGapsTest, ALongGapMeetsBothEnds) {
  std::vector<double> values(240);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 5 * Sine(i, 24) + 0.1 * static_cast<double>(i);
  }
  const std::vector<double> whole = values;
  std::fill(values.begin() + 100, values.begin() + 140, std::nan(""));
  FillSeasonalGaps(values, 24);
  for (size_t i = 100; i < 140; ++i) {
    EXPECT_NEAR(values[i], whole[i], 1.5) << i;
  }
}

TEST(BlendTest, IsHalfTheMedianAndHalfTheMeanWithFarPathsDrawnNear) {
  // Middles of the weights .125, .375, .625 and .875: the median lies half way between 2 and 3.
  const std::vector<std::vector<double>> paths = {{100}, {1}, {2}, {3}};
  std::vector<const double*> pointers;
  for (const std::vector<double>& path : paths) {
    pointers.push_back(path.data());
  }
  const std::vector<double> weights(4, 0.25);
  const double median = 2.5;
  double reach = (1.5 + 0.5 + 0.5 + 97.5) / 4 * 2;
  for (int turn = 0; turn < 2; ++turn) {
    reach = (1.5 + 0.5 + 0.5 + reach) / 4 * 2;
  }
  const double mean = (-1.5 - 0.5 + 0.5 + reach) / 4;
  EXPECT_NEAR(BlendAll(pointers, weights, 1)[0], median + 0.5 * mean, 1e-12);
}

TEST(BlendTest, StepsSideBySideAreThoseOfOneAlone) {
  constexpr size_t kSteps = 21;
  std::vector<std::vector<double>> paths;
  std::vector<const double*> pointers;
  std::vector<double> weights;
  for (uint64_t m = 0; m < 10; ++m) {
    paths.push_back(Noise(kSteps, m));
    weights.push_back(static_cast<double>(m + 1) / 55);
    paths.back()[3] = 7;  // all alike
  }
  for (const std::vector<double>& path : paths) {
    pointers.push_back(path.data());
  }
  const std::vector<double> together = BlendAll(pointers, weights, kSteps);
  EXPECT_NEAR(together[3], 7, 1e-12);
  for (size_t i = 0; i < kSteps; ++i) {
    std::vector<const double*> here;
    double low = 1e9;
    double high = -1e9;
    for (const double* pointer : pointers) {
      here.push_back(pointer + i);
      low = std::min(low, pointer[i]);
      high = std::max(high, pointer[i]);
    }
    EXPECT_EQ(BlendAll(here, weights, 1)[0], together[i]) << i;
    EXPECT_GE(together[i], low);
    EXPECT_LE(together[i], high);
  }
}

}  // namespace
}  // namespace bellwether
