#include "server/analytics/changepoint/change_regression.h"

#include <gtest/gtest.h>

#include <cmath>

#include "server/analytics/changepoint/noise_filter.h"
#include "server/analytics/changepoint/student_noise.h"
#include "server/analytics/changepoint/variance_changes.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

const std::vector<NoiseShape> kShapes = {{0, 0, 0},      {0.7, 0, 0}, {0.9, 0.6, 0},
                                         {0.95, 0, 0.6}, {1, 0, 0},   {-0.3, 0, 0}};

TEST(NoiseFilterTest, ItsTransposeSwapsTheSidesOfAnInnerProduct) {
  for (const NoiseShape& shape : kShapes) {
    const NoiseFilter filter(shape);
    std::vector<double> values = Noise(40, 1);
    values[0] = values[1] = 0;
    const std::vector<double> numbers = Noise(40, 2);
    std::vector<double> innovations(40);
    std::vector<double> transposed(40);
    filter.Apply(values, innovations);
    filter.ApplyTransposed(numbers, transposed);
    double left = 0;
    double right = 0;
    for (size_t i = 0; i < 40; ++i) {
      left += innovations[i] * numbers[i];
      right += values[i] * transposed[i];
    }
    EXPECT_NEAR(left, right, 1e-9);
  }
}

TEST(ChangeRegressionTest, GainsAreWhatFittingTheAdditionTakesOff) {
  const std::vector<double> values = Noise(90, 3, 0.8);
  std::vector<double> weights(90, 1.0);
  for (size_t i = 50; i < 90; ++i) {
    weights[i] = 0.25;
  }
  for (const NoiseShape& shape : kShapes) {
    for (const bool weighed : {false, true}) {
      ChangeRegression regression(values, weighed ? std::span<const double>(weights) : std::span<const double>());
      regression.SetNoise(shape);
      const MeanModel mean = {1, {{20, ChangeForm::kBoth}, {60, ChangeForm::kStep}}};
      regression.Fit(mean);
      regression.ComputeGains();
      const double before = regression.squares();
      const std::vector<double> steps(regression.step_gains().begin(), regression.step_gains().end());
      const std::vector<double> bends(regression.bend_gains().begin(), regression.bend_gains().end());
      const std::vector<double> both(regression.both_gains().begin(), regression.both_gains().end());
      for (const size_t place : {7, 33, 47, 75}) {
        const auto gain_of = [&](ChangeForm form) {
          MeanModel more = mean;
          more.changes.push_back({place, form});
          regression.Fit(more);
          return before - regression.squares();
        };
        EXPECT_NEAR(steps[place], gain_of(ChangeForm::kStep), 1e-7);
        EXPECT_NEAR(bends[place], gain_of(ChangeForm::kBend), 1e-7);
        EXPECT_NEAR(both[place], gain_of(ChangeForm::kBoth), 1e-6);
      }
    }
  }
}

TEST(ChangeRegressionTest, FittingWithoutAChangeIsFittingTheOthers) {
  const std::vector<double> values = Noise(120, 6, 0.7);
  const MeanModel mean = {
      2, {{15, ChangeForm::kBoth}, {40, ChangeForm::kStep}, {70, ChangeForm::kBend}, {95, ChangeForm::kBoth}}};
  for (const NoiseShape& shape : kShapes) {
    ChangeRegression regression(values, {});
    ChangeRegression plain(values, {});
    regression.SetNoise(shape);
    plain.SetNoise(shape);
    regression.Fit(mean);
    for (const size_t k : {2, 0, 3, 1, 0}) {
      MeanModel others = mean;
      others.changes.erase(others.changes.begin() + static_cast<ptrdiff_t>(k));
      plain.Fit(others);
      regression.FitWithout(k);
      EXPECT_NEAR(regression.squares(), plain.squares(), 1e-9);
      EXPECT_EQ(regression.columns(), plain.columns());
      regression.ComputeGains();
      plain.ComputeGains();
      for (size_t i = 0; i < 120; ++i) {
        EXPECT_NEAR(regression.residuals()[i], plain.residuals()[i], 1e-9);
        EXPECT_NEAR(regression.step_gains()[i], plain.step_gains()[i], 1e-7);
      }
    }
  }
}

TEST(ChangeRegressionTest, CoefficientsAreThoseThatMadeTheMean) {
  std::vector<double> values(60);
  for (size_t i = 0; i < 60; ++i) {
    const double t = static_cast<double>(i) / 60 - 0.5;
    values[i] = 2 + 3 * t + (i >= 25 ? 4 : 0) + (i >= 40 ? -5 * static_cast<double>(i - 40) / 60 : 0);
  }
  for (const NoiseShape& shape : kShapes) {
    if (shape.slow == 1) {
      continue;  // has no level
    }
    ChangeRegression regression(values, {});
    regression.SetNoise(shape);
    regression.Fit({1, {{25, ChangeForm::kStep}, {40, ChangeForm::kBend}}});
    const std::vector<double> numbers = regression.Coefficients();
    ASSERT_EQ(numbers.size(), 4u);
    EXPECT_NEAR(numbers[0], 2, 1e-6);
    EXPECT_NEAR(numbers[1], 3, 1e-6);
    EXPECT_NEAR(numbers[2], 4, 1e-6);
    EXPECT_NEAR(numbers[3], -5, 1e-6);
    EXPECT_NEAR(regression.squares(), 0, 1e-12);
  }
}

TEST(StudentDevianceTest, IsBelowTheNormalOneForHeavyTailsAlone) {
  const std::vector<double> normal = Noise(400, 4);
  std::vector<double> heavy = normal;
  for (size_t i = 0; i < heavy.size(); i += 25) {
    heavy[i] *= 9;
  }
  for (const std::vector<double>* values : std::vector<const std::vector<double>*>{&normal, &heavy}) {
    double squares = 0;
    for (const double value : *values) {
      squares += value * value;
    }
    const double count = static_cast<double>(values->size());
    std::vector<double> weights;
    const double gain = count * std::log(squares / count) - StudentDeviance(*values, {}, 0, values->size(), 0, weights);
    if (values == &normal) {
      EXPECT_LT(gain, 4);
      EXPECT_NEAR(Kurtosis(*values, values->size()), 3, 0.6);
    } else {
      EXPECT_GT(gain, 100);
      EXPECT_GT(Kurtosis(*values, values->size()), 8);
    }
  }
}

TEST(FindVarianceChangesTest, FindsBothAndIsNotFooledByWildNumbers) {
  std::vector<double> numbers = Noise(300, 5);
  for (size_t i = 100; i < 180; ++i) {
    numbers[i] *= 3;
  }
  numbers[40] = 50;
  numbers[250] = -80;
  const auto changes = FindVarianceChanges(numbers);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_NEAR(static_cast<double>(changes[0].place), 100, 4);
  EXPECT_NEAR(static_cast<double>(changes[1].place), 180, 4);
  EXPECT_NEAR(changes[0].after / changes[0].before, 3, 0.7);
  EXPECT_GT(changes[0].gain, 30);
}

TEST(FindVarianceChangesTest, IsSilentOnNoiseAndZeros) {
  size_t reported = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    reported += FindVarianceChanges(Noise(200, seed)).size();
  }
  EXPECT_LE(reported, 1u);
  EXPECT_TRUE(FindVarianceChanges(std::vector<double>(200, 0.0)).empty());
  EXPECT_TRUE(FindVarianceChanges(std::vector<double>(3, 1.0)).empty());
}

}  // namespace
}  // namespace bellwether
