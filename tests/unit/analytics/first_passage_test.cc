#include "server/analytics/forecast/first_passage.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "server/analytics/forecast/distribution.h"

namespace bellwether {
namespace {

// One path of errors with the dependence given, each standard normal.
std::vector<double> Path(const ErrorDependence& dependence, size_t steps, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> path(steps);
  double kept = normal(random);
  for (double& error : path) {
    error = std::sqrt(dependence.persistent) * kept + std::sqrt(1 - dependence.persistent) * normal(random);
    kept = dependence.memory * kept + std::sqrt(1 - dependence.memory * dependence.memory) * normal(random);
  }
  return path;
}

TEST(FirstPassageTest, AgreesWithSimulatedPathsForEveryDependence) {
  constexpr size_t kSteps = 168;
  constexpr int kPaths = 20'000;
  for (const ErrorDependence& dependence : {ErrorDependence{0, 0},
                                            {0.9, 0.5},
                                            {0.9, 0.95},
                                            {0.5, 0.99},
                                            {0.94, 0.999},
                                            {0.985, 0.97},
                                            {0.985, 0.999},
                                            {0.9, 0.9999}}) {
    for (const double threshold : {1.0, 2.5}) {
      std::mt19937_64 random(7);
      int crossed = 0;
      for (int path = 0; path < kPaths; ++path) {
        for (const double error : Path(dependence, kSteps, random)) {
          if (error >= threshold) {
            ++crossed;
            break;
          }
        }
      }
      const std::vector<double> by_step = FirstPassage(std::vector<double>(kSteps, NormalCdf(-threshold)), dependence);
      EXPECT_NEAR(by_step.back(), static_cast<double>(crossed) / kPaths, 0.025)
          << dependence.persistent << " " << dependence.memory << " " << threshold;
    }
  }
}

TEST(FirstPassageTest, FindsTheDependenceOfPastErrors) {
  constexpr size_t kHorizon = 48;
  for (const ErrorDependence& truth : {ErrorDependence{0.8, 0.98}, {0.5, 0.9}, {0.9, 0.7}}) {
    std::mt19937_64 random(3);
    std::vector<double> errors;
    for (int origin = 0; origin < 200; ++origin) {
      std::vector<double> path = Path(truth, kHorizon, random);
      for (size_t h = 0; h < kHorizon; ++h) {
        errors.push_back(path[h] * std::sqrt(static_cast<double>(h + 1)));  // the scale of each step is its own
      }
    }
    const ErrorDependence found = EstimateErrorDependence(errors, kHorizon);
    EXPECT_NEAR(found.persistent, truth.persistent, 0.1) << truth.memory;
    EXPECT_NEAR(found.memory, truth.memory, 0.06) << truth.memory;
  }
  std::mt19937_64 random(4);
  const std::vector<double> noise = Path({0, 0}, 4800, random);
  EXPECT_LT(EstimateErrorDependence(noise, kHorizon).persistent, 0.15);
}

TEST(FirstPassageTest, LiesBetweenTheLikeliestStepAndTheSum) {
  const std::vector<double> at_step = {0.01, 0.3, 0, 0.2, 1e-15, 0.05};
  for (const ErrorDependence& dependence : {ErrorDependence{0, 0}, {1, 1}, {0.5, 0.5}}) {
    const std::vector<double> by_step = FirstPassage(at_step, dependence);
    double sum = 0;
    double most = 0;
    for (size_t h = 0; h < at_step.size(); ++h) {
      sum += at_step[h];
      most = std::max(most, at_step[h]);
      EXPECT_GE(by_step[h], most);
      EXPECT_LE(by_step[h], sum + 1e-12);
      EXPECT_TRUE(h == 0 || by_step[h] >= by_step[h - 1]);
    }
  }
}

TEST(FirstPassageTest, SurvivesHostileErrors) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::vector<double>& errors :
       {std::vector<double>{}, std::vector<double>(100, nan), std::vector<double>(100, 0.0),
        std::vector<double>(100, 1e308), std::vector<double>{1, 2, 3}}) {
    const ErrorDependence found = EstimateErrorDependence(errors, 10);
    EXPECT_TRUE(found.persistent >= 0 && found.persistent <= 1);
    EXPECT_TRUE(found.memory >= 0 && found.memory <= 1);
  }
  EXPECT_TRUE(FirstPassage({}, {}).empty());
  EXPECT_EQ(FirstPassage(std::vector<double>{1, 0}, {}).back(), 1);
  EXPECT_EQ(FirstPassage(std::vector<double>{0, 0}, {}).back(), 0);
}

}  // namespace
}  // namespace bellwether
