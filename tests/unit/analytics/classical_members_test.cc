#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "server/analytics/forecast/deseasonalised_member.h"
#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/simplex_search.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr const char* kClassical[] = {"ets", "theta", "optimised-theta", "mstl-ets", "mstl-theta"};

std::vector<double> Ahead(const std::string& id, const std::vector<double>& history, size_t horizon,
                          std::vector<size_t> seasons = {}) {
  const auto member = MakeForecastMember(id, {.seasons = std::move(seasons)});
  std::vector<double> path(horizon);
  const size_t origin = history.size();
  member->ForecastFrom(history, std::span(&origin, 1), horizon, path);
  return path;
}

TEST(SearchSimplexTest, FindsTheBottomOfAValleyWithinItsRange) {
  const std::vector<SearchRange> ranges = {{-2, 2, -1.2}, {-1, 3, 1}};
  const auto rosenbrock = [](std::span<const double> p) {
    return 100 * std::pow(p[1] - p[0] * p[0], 2) + std::pow(1 - p[0], 2);
  };
  const std::vector<double> at = SearchSimplex(ranges, rosenbrock, 500);
  EXPECT_NEAR(at[0], 1, 0.02);
  EXPECT_NEAR(at[1], 1, 0.04);
  const std::vector<SearchRange> narrow = {{-2, 0.5, 0}, {-1, 3, 1}};
  EXPECT_LE(SearchSimplex(narrow, rosenbrock, 500)[0], 0.5);
}

TEST(TakeSeasonsOutTest, GivesBackTheSeasonOfARisingSeries) {
  std::vector<double> values;
  for (int i = 0; i < 96; ++i) {
    values.push_back(0.1 * i + 5 * std::sin(i * M_PI / 6));
  }
  const std::vector<size_t> seasons = {12};
  const std::vector<double> ahead = TakeSeasonsOut(values, seasons, 12);
  for (int h = 0; h < 12; ++h) {
    EXPECT_NEAR(ahead[static_cast<size_t>(h)], 5 * std::sin((96 + h) * M_PI / 6), 0.3);
  }
  for (int i = 12; i < 84; ++i) {
    EXPECT_NEAR(values[static_cast<size_t>(i)], 0.1 * i, 0.3);
  }
}

TEST(ClassicalMembersTest, CarryOnALevelAndASeason) {
  std::vector<double> history;
  const std::vector<double> noise = Noise(240, 41);
  for (size_t i = 0; i < 240; ++i) {
    history.push_back(100 + 20 * std::sin(static_cast<double>(i) * M_PI / 12) + noise[i]);
  }
  for (const char* id : kClassical) {
    const std::vector<double> path = Ahead(id, history, 24, {24});
    for (size_t h = 0; h < 24; ++h) {
      EXPECT_NEAR(path[h], 100 + 20 * std::sin(static_cast<double>(240 + h) * M_PI / 12), 2.5) << id << ", step " << h;
    }
  }
}

TEST(ClassicalMembersTest, EtsKeepsAStraightTrendAndThetaHalfOfIt) {
  std::vector<double> history;
  const std::vector<double> noise = Noise(200, 42);
  for (size_t i = 0; i < 200; ++i) {
    history.push_back(50 + 2 * static_cast<double>(i) + noise[i]);
  }
  const std::vector<double> ets = Ahead("ets", history, 20);
  EXPECT_NEAR(ets[19], 50 + 2 * 219, 6);
  const std::vector<double> theta = Ahead("theta", history, 20);
  EXPECT_NEAR((theta[19] - theta[0]) / 19, 1, 0.05);  // half of the slope of 2
  // Chosen freely the weight of the line goes towards 1.
  EXPECT_GT(Ahead("optimised-theta", history, 20)[19], theta[19] + 5);
}

TEST(ClassicalMembersTest, EtsSeesGrowthThatMultiplies) {
  std::vector<double> history;
  const std::vector<double> noise = Noise(120, 43);
  for (size_t i = 0; i < 120; ++i) {
    history.push_back(10 * std::exp(0.03 * static_cast<double>(i) + 0.02 * noise[i]));
  }
  EXPECT_NEAR(Ahead("ets", history, 12)[11] / (10 * std::exp(0.03 * 131)), 1, 0.12);
}

TEST(ClassicalMembersTest, OnlyUseWhatIsBeforeAnOrigin) {
  std::vector<double> history = Noise(300, 44);
  for (const char* id : kClassical) {
    const auto member = MakeForecastMember(id, {.seasons = {12}});
    const std::vector<size_t> origins = {150, 200};
    std::vector<double> one(2 * 6);
    std::vector<double> two(2 * 6);
    member->ForecastFrom(history, origins, 6, one);
    std::vector<double> other(history);
    for (size_t i = 200; i < other.size(); ++i) {
      other[i] += 1000;
    }
    member->ForecastFrom(other, origins, 6, two);
    EXPECT_EQ(one, two) << id;
  }
}

TEST(ClassicalMembersTest, StayFiniteOnHostileSeries) {
  const std::vector<std::vector<double>> hostile = {std::vector<double>(50, 0.0),
                                                    std::vector<double>(50, 7.0),
                                                    {1, 2, 3, 4, 5, 6},
                                                    {0, 0, 0, 0, 0, 0, 300, 0, 0, 0},
                                                    {-5, 3, -2, 8, -1, 0, 4, -6}};
  for (const char* id : kClassical) {
    for (const std::vector<double>& history : hostile) {
      for (const double value : Ahead(id, history, 100, {3})) {
        EXPECT_TRUE(std::isfinite(value)) << id;
      }
    }
  }
}

}  // namespace
}  // namespace bellwether
