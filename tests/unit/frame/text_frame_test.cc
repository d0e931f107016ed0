#include "server/frame/text/text_frame.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/frame/sample_frames.h"

namespace bellwether {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TextFrameTest, ShowsTheFirstAndLastRowsOfALongFrame) {
  const std::string text = FrameToText(WideFrame(1, 1000), 5);
  EXPECT_THAT(text, HasSubstr("frame \"wide\" refId \"A\": 2 fields, 1000 rows\n"));
  EXPECT_THAT(text, HasSubstr("\n0 | 2023-11-14T22:13:20Z | 50\n"));
  EXPECT_THAT(text, HasSubstr("\n2 | "));
  EXPECT_THAT(text, HasSubstr("… 995 rows left out\n998 | "));
  EXPECT_THAT(text, HasSubstr("\n999 | 2023-11-15T14:52:20Z | null\n"));
  EXPECT_THAT(text, Not(HasSubstr("\n3 | ")));
}

TEST(TextFrameTest, LeavesOutNothingOfAFrameThatFits) {
  const std::string text = FrameToText(WideFrame(1, 4), 4);
  EXPECT_THAT(text, Not(HasSubstr("left out")));
  EXPECT_THAT(text, HasSubstr("\n1 | "));
  EXPECT_THAT(text, HasSubstr("\n2 | "));
}

TEST(TextFrameTest, ShowsNoRowsWhenNoneAreAskedFor) {
  EXPECT_THAT(FrameToText(WideFrame(1, 4), 0), HasSubstr("… 4 rows left out\n"));
}

}  // namespace
}  // namespace bellwether
