#include "server/base/time/step.h"

#include <limits>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(StepTest, RoundsTowardsTheClockOnBothSidesOfTheEpoch) {
  EXPECT_EQ(FloorToStep(17, 5), 15);
  EXPECT_EQ(FloorToStep(15, 5), 15);
  EXPECT_EQ(FloorToStep(-1, 5), -5);
  EXPECT_EQ(CeilToStep(16, 5), 20);
  EXPECT_EQ(CeilToStep(15, 5), 15);
  EXPECT_EQ(CeilToStep(-1, 5), 0);
}

TEST(StepTest, StaysRepresentableAtTheEdges) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(FloorToStep(kMin, 1'000'000) % 1'000'000, 0);
  EXPECT_EQ(CeilToStep(kMax, 1'000'000) % 1'000'000, 0);
  EXPECT_EQ(CeilToStep(kMin, 7) % 7, 0);
  EXPECT_EQ(FloorToStep(kMax, kMax), kMax);
}

}  // namespace
}  // namespace bellwether
