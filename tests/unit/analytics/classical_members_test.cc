#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "server/analytics/forecast/arima_model.h"
#include "server/analytics/forecast/batch_search.h"
#include "server/analytics/forecast/deseasonalised_member.h"
#include "server/analytics/forecast/forecast_member.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr const char* kClassical[] = {"ets",        "theta",      "optimised-theta",      "arima",      "mstl-ets",
                                      "mstl-theta", "mstl-naive", "mstl-optimised-theta", "mstl-arima", "mstl-drift"};

std::vector<double> Ahead(const std::string& id, const std::vector<double>& history, size_t horizon,
                          std::vector<size_t> seasons = {}) {
  const auto member = MakeForecastMember(id, {.seasons = std::move(seasons)});
  std::vector<double> path(horizon);
  const size_t origin = history.size();
  member->ForecastFrom(history, std::span(&origin, 1), horizon, path);
  return path;
}

TEST(SearchCubeTest, FindsTheBottomOfAValley) {
  // Rosenbrock's valley from -2 to 2 and -1 to 3, as far down as the search goes.
  const auto losses = [](std::span<const double> points, size_t count, std::span<double> out) {
    EXPECT_EQ(count % 8, 0u);
    for (size_t i = 0; i < count; ++i) {
      const double x = 4 * points[i] - 2;
      const double y = 4 * points[count + i] - 1;
      out[i] = 100 * std::pow(y - x * x, 2) + std::pow(1 - x, 2);
    }
  };
  const std::vector<double> at = SearchCube(2, losses);
  EXPECT_NEAR(4 * at[0] - 2, 1, 0.3);
  EXPECT_NEAR(4 * at[1] - 1, 1, 0.6);
}

TEST(SearchCubeTest, FindsAMinimumInEachDimensionAndPassesOverNan) {
  for (const size_t dimensions : {1, 2, 3}) {
    const auto losses = [&](std::span<const double> points, size_t count, std::span<double> out) {
      for (size_t i = 0; i < count; ++i) {
        out[i] = points[i] > 0.9 ? std::nan("") : 0;
        for (size_t d = 0; d < dimensions; ++d) {
          out[i] += std::pow(points[d * count + i] - 0.2 - 0.3 * static_cast<double>(d), 2);
        }
      }
    };
    const std::vector<double> at = SearchCube(dimensions, losses);
    ASSERT_EQ(at.size(), dimensions);
    for (size_t d = 0; d < dimensions; ++d) {
      EXPECT_NEAR(at[d], 0.2 + 0.3 * static_cast<double>(d), 0.004) << dimensions;
    }
  }
}

TEST(TakeSeasonsOutTest, GivesBackTheSeasonOfARisingSeries) {
  std::vector<double> values(96);
  for (int i = 0; i < 96; ++i) {
    values[static_cast<size_t>(i)] = 0.1 * i + 5 * std::sin(i * M_PI / 6);
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

TEST(ClassicalMembersTest, EtsSeesGrowthThatMultipliesOnAShiftedScaleToo) {
  std::vector<double> history;
  const std::vector<double> noise = Noise(120, 43);
  for (size_t i = 0; i < 120; ++i) {
    history.push_back(std::exp(0.03 * static_cast<double>(i) + 0.02 * noise[i]) - 5);
  }
  const auto member = MakeForecastMember("ets", {.seasons = {}, .zero = -5});
  std::vector<double> path(12);
  member->ForecastFrom(history, std::vector<size_t>{120}, 12, path);
  EXPECT_NEAR((path[11] + 5) / std::exp(0.03 * 131), 1, 0.12);
}

/// Innovations of deviation 1 through the recursion of an ARMA with a constant.
std::vector<double> Arma(const std::vector<double>& ar, const std::vector<double>& ma, double constant, uint64_t seed) {
  const std::vector<double> e = Noise(2'000, seed);
  std::vector<double> w(e.size());
  for (size_t t = 0; t < w.size(); ++t) {
    w[t] = constant + e[t];
    for (size_t i = 0; i < std::min(ar.size(), t); ++i) {
      w[t] += ar[i] * w[t - 1 - i];
    }
    for (size_t j = 0; j < std::min(ma.size(), t); ++j) {
      w[t] += ma[j] * e[t - 1 - j];
    }
  }
  return w;
}

std::vector<double> Sums(std::vector<double> values) {
  std::partial_sum(values.begin(), values.end(), values.begin());
  return values;
}

TEST(ArimaModelTest, FindsTheDifferencesThatMakeTheLevelSteady) {
  size_t right[3] = {};
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const std::vector<double> noise = Noise(300, 60 + seed, 0.3);
    right[0] += DifferencesNeeded(noise) == 0;
    right[1] += DifferencesNeeded(Sums(noise)) == 1;
    right[2] += DifferencesNeeded(Sums(Sums(noise))) == 2;
  }
  EXPECT_GE(right[0], 35u);  // a test at 5 %
  EXPECT_GE(right[1], 34u);
  EXPECT_GE(right[2], 34u);
}

TEST(ArimaModelTest, FindsTheCoefficientsOfAKnownLaw) {
  const struct {
    std::vector<double> ar, ma;
    double constant;
    bool is_summed;
  } laws[] = {{{0.6, -0.3}, {}, 5, false},
              {{}, {0.7}, 0, false},
              {{0.5}, {0.4}, 3, false},
              {{}, {-0.6}, 0, true},
              {{0.5}, {}, 0.4, true}};
  for (size_t l = 0; l < std::size(laws); ++l) {
    SCOPED_TRACE(l);
    const auto& law = laws[l];
    std::vector<double> values = Arma(law.ar, law.ma, law.constant, 90 + l);
    values = law.is_summed ? Sums(values) : values;
    const ArimaModel model = ChooseArima(values);
    EXPECT_EQ(model.differences, law.is_summed ? 1u : 0u);
    // Orders may be larger than the truth, but not what they foretell: compare the weights of past misses.
    const auto responses = [](const std::vector<double>& ar, const std::vector<double>& ma) {
      std::vector<double> psi(8, 0.0);
      psi[0] = 1;
      for (size_t k = 1; k < psi.size(); ++k) {
        psi[k] = k <= ma.size() ? ma[k - 1] : 0;
        for (size_t i = 0; i < std::min(ar.size(), k); ++i) {
          psi[k] += ar[i] * psi[k - 1 - i];
        }
      }
      return psi;
    };
    const std::vector<double> found = responses(model.arma.ar, model.arma.ma);
    const std::vector<double> truth = responses(law.ar, law.ma);
    for (size_t k = 0; k < truth.size(); ++k) {
      EXPECT_NEAR(found[k], truth[k], 0.12) << k;
    }
    const double gain = 1 - std::accumulate(model.arma.ar.begin(), model.arma.ar.end(), 0.0);
    const double true_gain = 1 - std::accumulate(law.ar.begin(), law.ar.end(), 0.0);
    EXPECT_NEAR(model.arma.constant / gain, law.constant / true_gain, 0.25);
  }
}

TEST(ArimaModelTest, ExtendsByItsRecursion) {
  // One difference: w(t) = 1 + 0.5 w(t-1), so that changes tend to 2.
  const ArimaModel model{.differences = 1, .arma = {.ar = {0.5}, .constant = 1}};
  const std::vector<double> values = {0, 1, 2, 6};
  std::vector<double> path(3);
  ExtendArima(model, values, path);
  EXPECT_EQ(path, (std::vector<double>{9, 11.5, 13.75}));
  // Two differences and no more: the last slope goes on.
  ExtendArima({.differences = 2}, values, path);
  EXPECT_EQ(path, (std::vector<double>{10, 14, 18}));
}

TEST(ArimaModelTest, FollowsASteadyRise) {
  std::vector<double> values(60);
  for (int i = 0; i < 60; ++i) {
    values[static_cast<size_t>(i)] = 3 + 0.5 * i;
  }
  std::vector<double> path(10);
  ExtendArima(ChooseArima(values), values, path);
  for (int h = 0; h < 10; ++h) {
    EXPECT_NEAR(path[static_cast<size_t>(h)], 3 + 0.5 * (60 + h), 1e-6);
  }
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
