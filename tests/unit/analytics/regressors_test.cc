#include "server/analytics/forecast/regressors.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Sales with a daily wave, a trend, autocorrelated noise and an effect of -4 for each unit of price.
struct Shop {
  std::vector<double> price;
  std::vector<double> weather;
  std::vector<double> sales;
};

Shop MakeShop(uint64_t seed, double memory, size_t steps = 600) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Shop shop;
  double noise = 0;
  double price = 20;
  for (size_t i = 0; i < steps; ++i) {
    price += 0.3 * normal(random) - 0.05 * (price - 20);
    noise = memory * noise + normal(random);
    shop.price.push_back(price);
    shop.weather.push_back(normal(random));
    shop.sales.push_back(500 + 0.05 * static_cast<double>(i) + 30 * std::sin(2 * M_PI * static_cast<double>(i) / 24) -
                         4 * price + 2 * noise);
  }
  return shop;
}

ExplainedSeries Explain(const Shop& shop, std::vector<double> price_ahead = {},
                        UnknownFuture unknown = UnknownFuture::kHold) {
  const std::vector<Regressor> regressors = {{"price", shop.price, price_ahead, 0}, {"weather", shop.weather, {}, 0}};
  const std::vector<size_t> seasons = {24};
  auto explained = ExplainByRegressors(shop.sales, regressors, seasons, 10, unknown);
  EXPECT_TRUE(explained.ok()) << explained.status();
  return *std::move(explained);
}

TEST(RegressorsTest, FindsTheEffectAndTellsNoiseFromIt) {
  const ExplainedSeries explained = Explain(MakeShop(1, 0.7));
  const RegressorEffect& price = explained.effects[0];
  EXPECT_NEAR(price.per_unit, -4, 1);
  EXPECT_LT(price.upper, 0);
  EXPECT_TRUE(price.is_used);
  EXPECT_LT(price.p_value, 1e-4);
}

TEST(RegressorsTest, ItsIntervalHoldsTheEffectAsOftenAsItSays) {
  for (const double memory : {0.0, 0.8}) {
    int price_held = 0;
    int weather_held = 0;
    constexpr int kShops = 300;
    for (int i = 0; i < kShops; ++i) {
      const ExplainedSeries explained = Explain(MakeShop(static_cast<uint64_t>(i) + 10, memory, 400));
      price_held += explained.effects[0].lower <= -4 && explained.effects[0].upper >= -4 ? 1 : 0;
      weather_held += explained.effects[1].lower <= 0 && explained.effects[1].upper >= 0 ? 1 : 0;
    }
    EXPECT_GE(price_held, kShops * 89 / 100) << memory;
    EXPECT_GE(weather_held, kShops * 89 / 100) << memory;
    EXPECT_LE(weather_held, kShops * 99 / 100) << memory;
  }
}

TEST(RegressorsTest, TakesTheExplainedPartOutAndPutsItBackAhead) {
  const Shop shop = MakeShop(3, 0.5);
  const double last = shop.price.back();
  const ExplainedSeries held = Explain(shop);
  ASSERT_TRUE(held.effects[0].is_held);
  for (const double part : held.future_part) {
    EXPECT_EQ(part, held.future_part[0]);
  }
  const ExplainedSeries planned = Explain(shop, std::vector<double>(10, last + 5));
  EXPECT_FALSE(planned.effects[0].is_held);
  EXPECT_NEAR(planned.future_part[3] - held.future_part[3], 5 * held.effects[0].per_unit, 1e-6);
  double mean = 0;
  for (const double part : held.past_part) {
    mean += part / static_cast<double>(held.past_part.size());
  }
  EXPECT_NEAR(mean, 0, 0.5);
}

TEST(RegressorsTest, DoesWithoutWhatIsNotKnownAheadWhereAsked) {
  const ExplainedSeries explained = Explain(MakeShop(4, 0.5), {}, UnknownFuture::kLeaveOut);
  EXPECT_FALSE(explained.effects[0].is_used);
  EXPECT_THAT(explained.effects[0].note, HasSubstr("not known ahead"));
  EXPECT_NEAR(explained.effects[0].per_unit, -4, 1);
  for (const double part : explained.past_part) {
    EXPECT_EQ(part, 0);
  }
}

TEST(RegressorsTest, LeavesOutWhatTeachesNothing) {
  const Shop shop = MakeShop(5, 0.5, 100);
  const std::vector<double> constant(100, 7);
  std::vector<double> scarce(100, kNan);
  scarce[50] = 1;
  const std::vector<Regressor> regressors = {
      {"constant", constant, {}}, {"scarce", scarce, {}}, {"price", shop.price, {}}, {"again", shop.price, {}}};
  const auto explained = ExplainByRegressors(shop.sales, regressors, {}, 5, UnknownFuture::kHold);
  ASSERT_TRUE(explained.ok());
  EXPECT_THAT(explained->effects[0].note, HasSubstr("never changed"));
  EXPECT_THAT(explained->effects[1].note, HasSubstr("has 1 value beside"));
  // The same regressor twice: neither breaks anything, together they have the effect of one.
  for (size_t i = 0; i < explained->past_part.size(); ++i) {
    EXPECT_TRUE(std::isfinite(explained->past_part[i]));
    EXPECT_LT(std::abs(explained->past_part[i]), 60);
  }
}

TEST(RegressorsTest, UsesAGroupTogetherOrNotAtAll) {
  const Shop shop = MakeShop(6, 0.5);
  const std::vector<Regressor> regressors = {{"price", shop.price, {}, 1}, {"weather", shop.weather, {}, 1}};
  const auto explained = ExplainByRegressors(shop.sales, regressors, {}, 5, UnknownFuture::kHold);
  ASSERT_TRUE(explained.ok());
  EXPECT_TRUE(explained->effects[0].is_used);
  EXPECT_TRUE(explained->effects[1].is_used);
}

TEST(RegressorsTest, SurvivesHostileNumbers) {
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<double> wild(200);
  std::vector<double> huge(200);
  for (size_t i = 0; i < wild.size(); ++i) {
    wild[i] = i % 7 == 0 ? kNan : i % 11 == 0 ? inf : i % 2 == 0 ? 1e308 : -1e308;
    huge[i] = i % 2 == 0 ? 1e-308 : -1e308;
  }
  const std::vector<Regressor> regressors = {{"wild", wild, wild}, {"huge", huge, {}}};
  for (const std::vector<double>& values : {wild, huge, std::vector<double>(200, 5.0), std::vector<double>{}}) {
    std::vector<Regressor> fitting = regressors;
    for (Regressor& one : fitting) {
      one.past = one.past.subspan(0, values.size());
    }
    const auto explained = ExplainByRegressors(values, fitting, {}, 20, UnknownFuture::kHold);
    ASSERT_TRUE(explained.ok());
    for (const RegressorEffect& effect : explained->effects) {
      EXPECT_TRUE(std::isfinite(effect.per_unit) && std::isfinite(effect.lower) && std::isfinite(effect.upper));
    }
    for (const std::vector<double>* part : {&explained->past_part, &explained->future_part}) {
      for (const double value : *part) {
        EXPECT_TRUE(std::isfinite(value));
      }
    }
  }
  const std::vector<Regressor> many(33, Regressor{"x", wild, {}});
  EXPECT_EQ(HttpStatusOf(ExplainByRegressors(wild, many, {}, 1, UnknownFuture::kHold).status()), 400);
}

}  // namespace
}  // namespace bellwether
