// What is learned from the errors of past forecasts, on errors of known law.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "server/analytics/forecast/error_growth.h"
#include "server/analytics/forecast/error_law.h"
#include "server/analytics/forecast/error_shape.h"
#include "server/analytics/forecast/error_units.h"
#include "server/analytics/forecast/past_errors.h"

namespace bellwether {
namespace {

constexpr size_t kHorizon = 24;

/// Errors of forecasts made `spacing` rows apart, each path from `path(random)`.
PastErrors Paths(size_t origins, size_t spacing, uint64_t seed,
                 const std::function<void(std::mt19937_64&, std::vector<double>&)>& path) {
  std::mt19937_64 random(seed);
  PastErrors past{.errors = {}, .horizon = kHorizon, .rows = {}};
  for (size_t o = 0; o < origins; ++o) {
    std::vector<double> errors(kHorizon);
    path(random, errors);
    past.errors.insert(past.errors.end(), errors.begin(), errors.end());
    past.rows.push_back(100 + o * spacing);
  }
  return past;
}

/// The errors of one who knows an autoregression with this memory: 0 = noise, 1 = a walk.
auto Remembering(double memory) {
  return [memory](std::mt19937_64& random, std::vector<double>& errors) {
    std::normal_distribution<double> normal;
    double state = 0;
    for (double& error : errors) {
      state = memory * state + normal(random);
      error = state;
    }
  };
}

double TrueScale(double memory, size_t h) {
  double variance = 0;
  for (size_t i = 0; i <= h; ++i) {
    variance += std::pow(memory, 2 * static_cast<double>(i));
  }
  return std::sqrt(variance);
}

std::vector<double> Equal(const PastErrors& past) { return std::vector<double>(past.origins(), 1.0); }

TEST(ErrorGrowthTest, FindsHowErrorsGrowFromFewForecasts) {
  for (const double memory : {0.0, 0.8, 1.0}) {
    for (const size_t h : {size_t{0}, size_t{3}, size_t{23}}) {
      double mean = 0;
      constexpr uint64_t kTrials = 100;
      for (uint64_t seed = 0; seed < kTrials; ++seed) {
        const PastErrors past = Paths(8, kHorizon, seed, Remembering(memory));
        mean += std::log(ErrorGrowth(past, Equal(past)).scale()[h] / TrueScale(memory, h)) / kTrials;
      }
      EXPECT_NEAR(mean, 0, 0.2) << memory << " " << h;
    }
  }
}

TEST(ErrorGrowthTest, KnowsLessOfFarStepsOfAWalk) {
  const PastErrors past = Paths(8, kHorizon, 1, Remembering(1));
  const ErrorGrowth growth(past, Equal(past));
  EXPECT_NEAR(growth.rows(), 8 * kHorizon, 1);
  EXPECT_GT(growth.independent()[0], 100);
  EXPECT_LT(growth.independent()[23], 0.5 * growth.independent()[0]);
  EXPECT_NEAR(growth.Correlation(10, 1), std::sqrt(11.0 / 12), 0.05);
  EXPECT_NEAR(growth.OverlapCorrelation(11, 6), 0.5, 0.1);
  EXPECT_EQ(growth.OverlapCorrelation(3, 6), 0);
  EXPECT_LT(growth.KurtosisLeft(23), 0.1);
  EXPECT_EQ(growth.KurtosisLeft(0), 1);
}

TEST(ErrorGrowthTest, TellsHowErrorsHangTogether) {
  const PastErrors noise = Paths(20, kHorizon, 4, Remembering(0));
  const ErrorDependence independent = ErrorGrowth(noise, Equal(noise)).Dependence(kHorizon);
  EXPECT_LT(independent.persistent[10], 0.1);
  const PastErrors walk = Paths(20, kHorizon, 4, Remembering(1));
  const ErrorDependence persistent = ErrorGrowth(walk, Equal(walk)).Dependence(kHorizon);
  EXPECT_GT(persistent.persistent[10], 0.95);
  EXPECT_NEAR(persistent.memory[0], std::sqrt(0.5), 0.1);
  EXPECT_NEAR(persistent.memory[20], std::sqrt(21.0 / 22), 0.02);
  const PastErrors known = Paths(20, kHorizon, 4, Remembering(0.8));
  EXPECT_NEAR(ErrorGrowth(known, Equal(known)).Dependence(kHorizon).memory[20], 0.8, 0.1);
}

TEST(ErrorGrowthTest, MissingAndAbsentErrorsTeachNothing) {
  PastErrors past = Paths(8, kHorizon, 2, Remembering(0.8));
  const double whole = ErrorGrowth(past, Equal(past)).scale()[12];
  for (size_t i = 0; i < past.errors.size(); i += 3) {
    past.errors[i] = std::nan("");
  }
  EXPECT_NEAR(ErrorGrowth(past, Equal(past)).scale()[12] / whole, 1, 0.25);
  std::fill(past.errors.begin(), past.errors.end(), std::nan(""));
  EXPECT_FALSE(ErrorGrowth(past, Equal(past)).is_known());
  std::fill(past.errors.begin(), past.errors.end(), 0.0);
  EXPECT_FALSE(ErrorGrowth(past, Equal(past)).is_known());
  EXPECT_FALSE(ErrorGrowth({}, {}).is_known());
}

TEST(ErrorShapeTest, TellsHeavyTailsFromNormalOnes) {
  const auto heavy = [](std::mt19937_64& random, std::vector<double>& errors) {
    std::student_t_distribution<double> student(4);
    std::generate(errors.begin(), errors.end(), [&] { return student(random); });
  };
  double tail_of_normal = 0;
  double tail_of_heavy = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const PastErrors normal = Paths(20, kHorizon, seed, Remembering(0));
    const PastErrors students = Paths(20, kHorizon, seed, heavy);
    tail_of_normal += TailsOf(ErrorGrowth(normal, Equal(normal)), kHorizon)[0] / 20;
    tail_of_heavy += TailsOf(ErrorGrowth(students, Equal(students)), kHorizon)[0] / 20;
  }
  EXPECT_LT(tail_of_normal, 0.05);
  EXPECT_GT(tail_of_heavy, 0.15);
}

TEST(ErrorShapeTest, SumsOfHeavyStepsAreNearlyNormal) {
  const auto walk = [](std::mt19937_64& random, std::vector<double>& errors) {
    std::student_t_distribution<double> student(5);
    double state = 0;
    for (double& error : errors) {
      error = state += student(random);
    }
  };
  const PastErrors past = Paths(40, kHorizon, 3, walk);
  const std::vector<double> tails = TailsOf(ErrorGrowth(past, Equal(past)), kHorizon);
  EXPECT_GT(tails[0], 0.1);
  EXPECT_LT(tails[23], 0.03);
}

TEST(ErrorShapeTest, IsAsSkewedAsTheErrorsProveToBe) {
  const auto gamma = [](std::mt19937_64& random, std::vector<double>& errors) {
    std::gamma_distribution<double> law(2, 1);
    std::generate(errors.begin(), errors.end(), [&] { return (law(random) - 2) / std::sqrt(2.0); });
  };
  const std::vector<double> one(kHorizon, 1.0);
  const std::vector<double> none(kHorizon, 0.0);
  const auto edges = [&](const PastErrors& past) {
    const QuantileShape shape = ShapeOf(past, Equal(past), one, none, static_cast<double>(past.errors.size()));
    return std::pair(shape.Quantile(0.025), shape.Quantile(0.975));
  };
  constexpr uint64_t kTrials = 20;
  std::pair<double, double> skewed;
  double lopsided = 0;
  for (uint64_t seed = 0; seed < kTrials; ++seed) {
    const auto [low, high] = edges(Paths(15, kHorizon, seed, gamma));
    skewed.first += low / kTrials;
    skewed.second += high / kTrials;
    const auto [lower, upper] = edges(Paths(15, kHorizon, seed, Remembering(0)));
    lopsided += std::abs(lower + upper) / kTrials;
  }
  EXPECT_NEAR(skewed.first, -1.243, 0.15);  // the law's own
  EXPECT_NEAR(skewed.second, 2.526, 0.15);
  EXPECT_LT(lopsided, 0.3);
}

TEST(ErrorShapeTest, StretchesMatchTables) {
  EXPECT_NEAR(1.959964 * StudentStretch(1.959964 * 1.959964, 10), 2.2281, 0.002);
  EXPECT_NEAR(1.959964 * StudentStretch(1.959964 * 1.959964, 4), 2.7764, 0.03);
  EXPECT_NEAR(2.575829 * StudentStretch(2.575829 * 2.575829, 30), 2.7500, 0.001);
  EXPECT_NEAR(1.959964 * TailStretch(1.959964 * 1.959964, 1.0 / 6), 2.4469 / std::sqrt(1.5), 0.01);
  EXPECT_NEAR(TailStretch(4, 0), 1, 0.003);
}

/// Errors whose deviation is `deviation(row)`, with forecasts `level(row)`.
struct Leveled {
  PastErrors past;
  std::vector<double> forecasts;
};

Leveled MakeLeveled(size_t origins, uint64_t seed, const std::function<double(size_t)>& level,
                    const std::function<double(size_t)>& deviation) {
  Leveled made{Paths(origins, kHorizon, seed, Remembering(0)), {}};
  for (size_t i = 0; i < made.past.errors.size(); ++i) {
    const size_t row = made.past.rows[i / kHorizon] + i % kHorizon;
    made.forecasts.push_back(level(row));
    made.past.errors[i] *= deviation(row);
  }
  return made;
}

double Wave(size_t row) { return std::sin(2 * M_PI * static_cast<double>(row % 24) / 24); }

TEST(ErrorUnitsTest, TellsWhetherErrorsFollowTheLevel) {
  const auto level = [](size_t row) { return 3 + 2.5 * Wave(row); };
  for (const auto& [power, share] : std::vector<std::pair<double, double>>{{0, 0}, {0.5, 0.5}, {1, 1}}) {
    double mean = 0;
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const double exponent = power;
      const Leveled made = MakeLeveled(16, seed, level, [&](size_t row) { return std::pow(level(row), exponent); });
      const ErrorGrowth growth(made.past, Equal(made.past));
      ErrorUnits units;
      LearnLevelShare(made.past, made.forecasts, Equal(made.past), growth, units);
      mean += units.level_share / 10;
    }
    EXPECT_NEAR(mean, share, 0.15) << power;
  }
}

TEST(ErrorUnitsTest, FindsTheQuietAndTheBusyHours) {
  const auto deviation = [](size_t row) { return 1 + 0.8 * Wave(row); };
  double worst = 0;
  for (size_t phase = 0; phase < 24; ++phase) {
    double mean = 0;
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const Leveled made = MakeLeveled(
          30, seed, [](size_t) { return 1.0; }, deviation);
      ErrorUnits units;
      LearnPhases(made.past, 24, Equal(made.past), ErrorGrowth(made.past, Equal(made.past)), units);
      ASSERT_EQ(units.phases.size(), 24u);
      mean += std::log(units.At(0, phase) / units.At(0, 0)) / 10;
    }
    worst = std::max(worst, std::abs(mean - std::log(deviation(phase) / deviation(0))));
  }
  EXPECT_LT(worst, 0.2);
}

TEST(ErrorUnitsTest, RarelySeesPhasesWhereThereAreNone) {
  for (const double memory : {0.0, 0.9}) {
    int seen = 0;
    for (uint64_t seed = 0; seed < 200; ++seed) {
      const PastErrors past = Paths(10, kHorizon, seed, Remembering(memory));
      ErrorUnits units;
      LearnPhases(past, 24, Equal(past), ErrorGrowth(past, Equal(past)), units);
      seen += units.phases.empty() ? 0 : 1;
    }
    EXPECT_LE(seen, 10) << memory;
  }
}

TEST(ErrorUnitsTest, LongSeasonsHaveFewerPhasesThanRows) {
  const auto deviation = [](size_t row) { return 1 + 0.9 * std::sin(2 * M_PI * static_cast<double>(row) / 480); };
  const Leveled made = MakeLeveled(
      80, 5, [](size_t) { return 1.0; }, deviation);
  ErrorUnits units;
  LearnPhases(made.past, 480, Equal(made.past), ErrorGrowth(made.past, Equal(made.past)), units);
  ASSERT_EQ(units.phases.size(), 96u);
  EXPECT_NEAR(units.At(0, 120) / units.At(0, 0), 1.9, 0.4);
  EXPECT_EQ(units.At(0, 120), units.At(0, 120 + 480));
}

TEST(ErrorLawTest, ScaleOfAWalkGrowsWithTheRootOfTheDistance) {
  const PastErrors past = Paths(200, kHorizon, 7, Remembering(1));
  const ErrorLaw law = LearnErrorLaw(past, Equal(past), ErrorGrowth(past, Equal(past)));
  for (const size_t h : {0, 1, 4, 19}) {
    EXPECT_NEAR(law.scale[h] / std::sqrt(static_cast<double>(h + 1)), 1, 0.12) << h;
  }
  EXPECT_NEAR(law.shape->Quantile(0.975), 1.96, 0.15);
  EXPECT_NEAR(ExtendScale(law.scale, 80)[79], std::sqrt(80.0), 2);
}

TEST(ErrorLawTest, FewErrorsStretchFarStepsOfAWalk) {
  const PastErrors past = Paths(6, kHorizon, 8, Remembering(1));
  const ErrorLaw law = LearnErrorLaw(past, Equal(past), ErrorGrowth(past, Equal(past)));
  EXPECT_LT(law.freedom[23], 10);
  const PastErrors noise = Paths(6, kHorizon, 8, Remembering(0));
  EXPECT_GT(LearnErrorLaw(noise, Equal(noise), ErrorGrowth(noise, Equal(noise))).freedom[12], 15);
}

TEST(ErrorLawTest, OneOrNoForecastGivesALawAllTheSame) {
  for (const size_t origins : {size_t{0}, size_t{1}}) {
    const PastErrors past = Paths(origins, kHorizon, 9, Remembering(0));
    const ErrorLaw law = LearnErrorLaw(past, Equal(past), ErrorGrowth(past, Equal(past)));
    ASSERT_NE(law.shape, nullptr);
    EXPECT_EQ(law.scale.size(), kHorizon);
    EXPECT_EQ(law.freedom.size(), kHorizon);
    EXPECT_EQ(law.independent, 0);
  }
}

}  // namespace
}  // namespace bellwether
