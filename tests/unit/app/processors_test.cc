#include "server/app/processors.h"

#include <string>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(ProcessorsTest, ReadsTheQuotaOfAContainer) {
  EXPECT_EQ(ProcessorsOfQuota("200000 100000\n"), 2U);
  EXPECT_EQ(ProcessorsOfQuota("150000 100000\n"), 2U);
  EXPECT_EQ(ProcessorsOfQuota("10000 100000"), 1U);
}

TEST(ProcessorsTest, FindsNoBoundWhereThereIsNone) {
  for (const char* text : {"max 100000\n", "", " ", "-1 100000", "100000", "1 0", "junk", "1e300 1e-300"}) {
    EXPECT_EQ(ProcessorsOfQuota(text), 0U) << text;
  }
}

TEST(ProcessorsTest, AllowsAtLeastOne) { EXPECT_GE(AllowedProcessors(), 1U); }

}  // namespace
}  // namespace bellwether
