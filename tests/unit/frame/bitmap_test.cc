#include "server/frame/bitmap.h"

#include <array>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(BitmapTest, KeepsBitsBeyondTheSizeZero) {
  const Bitmap ones(11, true);
  ASSERT_EQ(ones.bytes().size(), 2U);
  EXPECT_EQ(ones.bytes()[0], 0xFF);
  EXPECT_EQ(ones.bytes()[1], 0x07);
  EXPECT_EQ(ones.CountZeros(), 0U);

  constexpr std::array<uint8_t, 3> kBytes = {0xFF, 0xFF, 0xFF};
  EXPECT_EQ(Bitmap::FromBytes(kBytes, 11), ones);
}

TEST(BitmapTest, PushBackAgreesWithSet) {
  Bitmap pushed;
  Bitmap set(200, true);
  for (size_t i = 0; i < 200; ++i) {
    pushed.PushBack(i % 3 != 0);
    set.Set(i, i % 3 != 0);
  }
  EXPECT_EQ(pushed, set);
  EXPECT_EQ(pushed.CountZeros(), 67U);
  EXPECT_FALSE(pushed[198]);
  EXPECT_TRUE(pushed[199]);
}

TEST(BitmapTest, AnEmptyOneHasNoZeros) {
  EXPECT_EQ(Bitmap().CountZeros(), 0U);
  EXPECT_EQ(Bitmap(0, true), Bitmap());
  EXPECT_EQ(Bitmap::FromBytes({}, 0), Bitmap());
}

}  // namespace
}  // namespace bellwether
