#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "server/analytics/decomposition/loess.h"
#include "server/analytics/decomposition/mstl.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

double Jitter(size_t i) { return (static_cast<double>((i * 7919) % 13) - 6) * 0.1; }

std::vector<double> Monthly() {
  std::vector<double> values;
  for (size_t i = 0; i < 72; ++i) {
    const auto t = static_cast<double>(i);
    values.push_back(10 + 0.05 * t + 3 * std::sin(2 * M_PI * t / 12) + Jitter(i));
  }
  return values;
}

std::vector<double> Hourly() {
  std::vector<double> values;
  for (size_t i = 0; i < 480; ++i) {
    const auto t = static_cast<double>(i);
    values.push_back(20 + 0.01 * t + 4 * std::sin(2 * M_PI * t / 24) + 2 * std::cos(2 * M_PI * t / 168) + Jitter(i));
  }
  return values;
}

TEST(LoessSmootherTest, LeavesAStraightLineAsItIs) {
  std::vector<double> line(40);
  for (int i = 0; i < 40; ++i) {
    line[static_cast<size_t>(i)] = 3 + 0.5 * i;
  }
  std::vector<double> smooth(44);
  LoessSmoother(40, 11, 2).Smooth(line, {}, smooth);
  for (int i = 0; i < 44; ++i) {
    EXPECT_NEAR(smooth[static_cast<size_t>(i)], 3 + 0.5 * (i - 2), 1e-9) << i;
  }
}

TEST(LoessSmootherTest, WithWeightsOfOneIsTheSameAsWithout) {
  const std::vector<double> values = Noise(60, 51);
  const std::vector<double> ones(60, 1.0);
  std::vector<double> plain(60);
  std::vector<double> weighted(60);
  for (const size_t window : {3, 15, 59, 101}) {
    const LoessSmoother smoother(60, window, 0);
    smoother.Smooth(values, {}, plain);
    smoother.Smooth(values, ones, weighted);
    for (size_t i = 0; i < 60; ++i) {
      ASSERT_NEAR(plain[i], weighted[i], 1e-9) << window << ", " << i;
    }
  }
}

// Numbers of statsmodels 0.14, STL(period=12, seasonal=11, robust=False).fit(inner_iter=2, outer_iter=0).
TEST(DecomposeMstlTest, AgreesWithAnotherImplementationOfStl) {
  const std::vector<size_t> periods = {12};
  const Decomposition parts =
      DecomposeMstl(Monthly(), periods, {.seasonal_degree = LoessDegree::kLine, .rounds = 1, .jump = 0});
  const struct {
    size_t at;
    double trend;
    double seasonal;
  } known[] = {{0, 9.86295, 0.018821},    {1, 9.930103, 1.196931},   {20, 10.999359, -2.687188},
               {35, 11.75092, -1.521712}, {50, 12.500447, 2.759235}, {71, 13.68705, -1.518821}};
  for (const auto& one : known) {
    EXPECT_NEAR(parts.trend[one.at], one.trend, 2e-5) << one.at;
    EXPECT_NEAR(parts.seasonal[0][one.at], one.seasonal, 2e-5) << one.at;
  }
}

// The same with trend_jump=3, low_pass_jump=2, with these and seasonal_deg=0, and with robust=True, outer_iter=2; its
// robust rounds go on from the trend of the one before, ours begin anew.
TEST(DecomposeMstlTest, AgreesWithItOnShortCutsAndRobustRounds) {
  const std::vector<size_t> periods = {12};
  const struct {
    MstlOptions options;
    double tolerance;
    double trend[6];
    double seasonal[6];
  } known[] = {{{.seasonal_degree = LoessDegree::kLine, .rounds = 1, .jump = 0.1},
                2e-5,
                {9.861968, 9.928708, 10.998787, 11.749058, 12.501994, 13.686397},
                {0.01869, 1.198979, -2.685876, -1.522493, 2.757651, -1.517064}},
               {{.seasonal_degree = LoessDegree::kConstant, .rounds = 1, .jump = 0.1},
                2e-5,
                {9.836847, 9.906594, 11.00442, 11.749609, 12.497926, 13.712737},
                {0.042718, 1.455203, -2.53679, -1.535576, 2.59958, -1.541632}},
               {{.seasonal_degree = LoessDegree::kLine, .rounds = 1, .robust_rounds = 2, .jump = 0},
                0.01,
                {9.945189, 10.00668, 10.98724, 11.749184, 12.514619, 13.604811},
                {0.076916, 1.139394, -2.746877, -1.531521, 2.757805, -1.576916}}};
  constexpr size_t kAt[] = {0, 1, 20, 35, 50, 71};
  for (const auto& one : known) {
    const Decomposition parts = DecomposeMstl(Monthly(), periods, one.options);
    for (size_t k = 0; k < 6; ++k) {
      EXPECT_NEAR(parts.trend[kAt[k]], one.trend[k], one.tolerance) << kAt[k];
      EXPECT_NEAR(parts.seasonal[0][kAt[k]], one.seasonal[k], one.tolerance) << kAt[k];
    }
  }
}

// MSTL(periods=(24, 168), windows=(11, 15), iterate=2), inner_iter=2, not robust.
TEST(DecomposeMstlTest, AgreesWithAnotherImplementationOfMstl) {
  const std::vector<size_t> periods = {168, 24};
  const Decomposition parts = DecomposeMstl(Hourly(), periods, {.seasonal_degree = LoessDegree::kLine, .jump = 0});
  ASSERT_EQ(parts.periods, (std::vector<size_t>{24, 168}));
  const struct {
    size_t at;
    double trend;
    double day;
    double week;
  } known[] = {{0, 20.003846, -0.255443, 1.781444},
               {100, 21.001105, 3.382234, -1.747751},
               {240, 22.400232, 0.048502, -1.57118},
               {479, 24.777575, -1.138839, 1.748665}};
  for (const auto& one : known) {
    EXPECT_NEAR(parts.trend[one.at], one.trend, 2e-5) << one.at;
    EXPECT_NEAR(parts.seasonal[0][one.at], one.day, 2e-5) << one.at;
    EXPECT_NEAR(parts.seasonal[1][one.at], one.week, 2e-5) << one.at;
  }
}

TEST(DecomposeMstlTest, ShortCutsHardlyMoveTheParts) {
  const std::vector<size_t> periods = {24, 168};
  for (const size_t robust_rounds : {0, 2}) {
    const Decomposition all = DecomposeMstl(Hourly(), periods, {.robust_rounds = robust_rounds, .jump = 0});
    const Decomposition some = DecomposeMstl(Hourly(), periods, {.robust_rounds = robust_rounds, .jump = 0.1});
    for (size_t i = 0; i < all.trend.size(); ++i) {
      EXPECT_NEAR(all.trend[i], some.trend[i], 0.05) << i;
      EXPECT_NEAR(all.seasonal[0][i], some.seasonal[0][i], 0.05) << i;
      EXPECT_NEAR(all.seasonal[1][i], some.seasonal[1][i], 0.05) << i;
    }
  }
}

TEST(DecomposeMstlTest, PartsAddUpToTheSeries) {
  const std::vector<double> values = Hourly();
  const std::vector<size_t> periods = {24, 168};
  const Decomposition parts = DecomposeMstl(values, periods, {.robust_rounds = 2});
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(parts.trend[i] + parts.seasonal[0][i] + parts.seasonal[1][i] + parts.remainder[i], values[i], 1e-9);
  }
}

TEST(DecomposeMstlTest, MissingValuesAndGiantsHardlyMoveTheParts) {
  const std::vector<double> values = Monthly();
  const std::vector<size_t> periods = {12};
  const Decomposition whole = DecomposeMstl(values, periods, {.robust_rounds = 4});
  std::vector<double> holes(values);
  for (const size_t i : {3, 30, 31, 32, 60}) {
    holes[i] = std::nan("");
  }
  holes[45] += 500;
  const Decomposition parts = DecomposeMstl(holes, periods, {.robust_rounds = 4});
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(parts.trend[i], whole.trend[i], 0.4) << i;
    EXPECT_NEAR(parts.seasonal[0][i], whole.seasonal[0][i], 1) << i;
    EXPECT_EQ(std::isnan(parts.remainder[i]), std::isnan(holes[i])) << i;
  }
  EXPECT_GT(parts.remainder[45], 490);
}

TEST(DecomposeMstlTest, AnswersWhateverItIsGiven) {
  const double nan = std::nan("");
  const std::vector<size_t> periods = {7, 2, 7, 1, 0};
  for (const std::vector<double>& values :
       std::vector<std::vector<double>>{{},
                                        {1},
                                        {1, 2},
                                        {nan, nan, nan},
                                        std::vector<double>(30, 5.0),
                                        {nan, 1, nan, 2, nan, 3, 4, 5, nan, 7, 8, 9}}) {
    const Decomposition parts = DecomposeMstl(values, periods);
    EXPECT_EQ(parts.trend.size(), values.size());
    for (const double value : parts.trend) {
      EXPECT_TRUE(std::isfinite(value));
    }
  }
}

}  // namespace
}  // namespace bellwether
