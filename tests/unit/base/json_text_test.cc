#include "server/base/text/json_text.h"

#include <string>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

std::string Escape(char c) {
  std::string out;
  AppendJsonEscape(out, c);
  return out;
}

TEST(JsonTextTest, EscapesQuotesBackslashesAndControlCharacters) {
  EXPECT_EQ(Escape('"'), "\\\"");
  EXPECT_EQ(Escape('\\'), "\\\\");
  EXPECT_EQ(Escape('\n'), "\\n");
  EXPECT_EQ(Escape('\x01'), "\\u0001");
  EXPECT_EQ(Escape('\0'), "\\u0000");
}

TEST(JsonTextTest, KnowsWhichCharactersNeedIt) {
  EXPECT_TRUE(NeedsJsonEscape('"'));
  EXPECT_TRUE(NeedsJsonEscape('\x1F'));
  EXPECT_FALSE(NeedsJsonEscape('a'));
  EXPECT_FALSE(NeedsJsonEscape('\xC3'));
}

}  // namespace
}  // namespace bellwether
