#include "server/analytics/forecast/first_passage.h"

#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/analytics/forecast/distribution.h"

namespace bellwether {
namespace {

// One path of errors with the dependence given, each standard normal.
std::vector<double> Path(double persistent, double memory, size_t steps, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> path(steps);
  double kept = normal(random);
  for (double& error : path) {
    error = std::sqrt(persistent) * kept + std::sqrt(1 - persistent) * normal(random);
    kept = memory * kept + std::sqrt(1 - memory * memory) * normal(random);
  }
  return path;
}

TEST(FirstPassageTest, AgreesWithSimulatedPathsForEveryDependence) {
  constexpr size_t kSteps = 168;
  constexpr int kPaths = 20'000;
  for (const auto& [persistent, memory] : std::vector<std::pair<double, double>>{
           {0, 0}, {0.9, 0.5}, {0.9, 0.95}, {0.5, 0.99}, {0.94, 0.999}, {0.985, 0.97}, {1, 0.98}, {1, 0.9}}) {
    for (const double threshold : {1.0, 2.5}) {
      std::mt19937_64 random(7);
      int crossed = 0;
      for (int path = 0; path < kPaths; ++path) {
        for (const double error : Path(persistent, memory, kSteps, random)) {
          if (error >= threshold) {
            ++crossed;
            break;
          }
        }
      }
      const std::vector<double> by_step =
          FirstPassage(std::vector<double>(kSteps, NormalCdf(-threshold)), {{persistent}, {memory}});
      EXPECT_NEAR(by_step.back(), static_cast<double>(crossed) / kPaths, 0.02)
          << persistent << " " << memory << " " << threshold;
    }
  }
}

TEST(FirstPassageTest, FollowsAWalkFromItsStart) {
  constexpr size_t kSteps = 48;
  constexpr int kPaths = 20'000;
  for (const double threshold : {3.0, 8.0, 16.0}) {
    ErrorDependence walk{std::vector<double>(kSteps, 1.0), {}};
    std::vector<double> at_step;
    for (size_t h = 1; h <= kSteps; ++h) {
      const auto steps = static_cast<double>(h);
      walk.memory.push_back(std::sqrt(steps / (steps + 1)));
      at_step.push_back(NormalCdf(-threshold / std::sqrt(steps)));
    }
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal;
    int crossed = 0;
    for (int path = 0; path < kPaths; ++path) {
      double level = 0;
      bool is_beyond = false;
      for (size_t h = 0; h < kSteps; ++h) {
        level += normal(random);
        is_beyond = is_beyond || level >= threshold;
      }
      crossed += is_beyond ? 1 : 0;
    }
    EXPECT_NEAR(FirstPassage(at_step, walk).back(), static_cast<double>(crossed) / kPaths, 0.02) << threshold;
  }
}

TEST(FirstPassageTest, LiesBetweenTheLikeliestStepAndTheSum) {
  const std::vector<double> at_step = {0.01, 0.3, 0, 0.2, 1e-15, 0.05};
  for (const ErrorDependence& dependence : {ErrorDependence{{0}, {0}}, {{1}, {1}}, {{0.5}, {0.5}}}) {
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

TEST(FirstPassageTest, TakesOddDependences) {
  EXPECT_TRUE(FirstPassage({}, {}).empty());
  EXPECT_EQ(FirstPassage(std::vector<double>{1, 0}, {}).back(), 1);
  EXPECT_EQ(FirstPassage(std::vector<double>{0, 0}, {}).back(), 0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const ErrorDependence& odd :
       {ErrorDependence{{}, {}}, {{nan}, {nan}}, {{7}, {-3}}, {{1}, {1}}, {{0.5, nan}, {0.5, nan}}}) {
    const double by_end = FirstPassage(std::vector<double>(10, 0.1), odd).back();
    EXPECT_GE(by_end, 0.1);
    EXPECT_LE(by_end, 1);
  }
}

}  // namespace
}  // namespace bellwether
