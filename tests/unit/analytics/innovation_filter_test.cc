#include "server/analytics/anomaly/innovation_filter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

/// Root mean square of the innovations in the second half of the values.
double Left(const std::vector<double>& values, const std::function<double(size_t)>& usual) {
  InnovationFilter<> filter;
  double power = 0;
  double count = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double last = values[i > 0 ? i - 1 : 0];
    const double before = values[i > 1 ? i - 2 : 0];
    const float innovation =
        filter.Observe(static_cast<float>(values[i]), static_cast<float>(usual(i)), static_cast<float>(last),
                       static_cast<float>(before), true, true, static_cast<int32_t>(i + 1));
    if (i >= values.size() / 2) {
      power += static_cast<double>(innovation) * static_cast<double>(innovation);
      count += 1;
    }
  }
  return std::sqrt(power / count);
}

std::vector<double> Autoregression(double coefficient) {
  std::vector<double> values = Noise(4000, 31);
  for (size_t i = 1; i < values.size(); ++i) {
    values[i] += coefficient * values[i - 1];
  }
  return values;
}

TEST(InnovationFilterTest, LeavesTheShocksOfAWalkThoughWhatIsUsualJumpsAbout) {
  const std::vector<double> jumps = Noise(4000, 32);
  EXPECT_NEAR(Left(Autoregression(1), [&](size_t i) { return 5 * jumps[i]; }), 1, 0.06);
}

TEST(InnovationFilterTest, LeavesTheShocksOfAnAutoregressionAroundItsLevel) {
  EXPECT_NEAR(Left(Autoregression(0.6), [](size_t) { return 0; }), 1, 0.06);
}

TEST(InnovationFilterTest, LeavesTheNoiseAroundASeason) {
  const auto season = [](size_t i) { return 10 * std::sin(0.26 * static_cast<double>(i)); };
  std::vector<double> values = Noise(4000, 33);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += season(i);
  }
  EXPECT_NEAR(Left(values, season), 1, 0.06);
}

TEST(InnovationFilterTest, StaysFiniteWhateverComes) {
  InnovationFilter<> filter;
  const std::vector<float> wild = {0, 1e30f, -1e30f, 1e-38f, 0, 0, 1e30f, 1, 2, -1e30f};
  for (int32_t row = 0; row < 500; ++row) {
    const auto at = [&](int32_t back) { return wild[static_cast<size_t>(row + 10 - back) % wild.size()]; };
    EXPECT_TRUE(std::isfinite(filter.Observe(at(0), at(3), at(1), at(2), true, true, row + 1)));
    ASSERT_TRUE(filter.Valid());
  }
}

}  // namespace
}  // namespace bellwether
