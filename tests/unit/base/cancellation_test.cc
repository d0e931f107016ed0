#include "server/base/time/cancellation.h"

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(CancellationTest, IsNeverCancelledByItself) {
  EXPECT_FALSE(Cancellation().cancelled());
  EXPECT_TRUE(Cancellation().Check().ok());
}

TEST(CancellationTest, AsksEachTime) {
  bool gone = false;
  const Cancellation cancellation([&gone] { return gone; });
  EXPECT_TRUE(cancellation.Check().ok());
  gone = true;
  EXPECT_EQ(cancellation.Check().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace bellwether
