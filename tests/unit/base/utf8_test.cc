#include "server/base/text/utf8.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(Utf8Test, AcceptsWellFormedText) {
  for (const std::string_view text :
       {"", "plain ascii, longer than a word", "Grüße", "\u0800\uFFFD", "\U00010000\U0010FFFF", "\u007F\u0080\u07FF"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
}

TEST(Utf8Test, RefusesMalformedTextAtAnyPlace) {
  const std::string_view malformed[] = {"\x80",
                                        "\xC0\x80",
                                        "\xC1\xBF",
                                        "\xC3",
                                        "\xE0\x9F\xBF",
                                        "\xED\xA0\x80",
                                        "\xE2\x82",
                                        "\xE2\x28\xA1",
                                        "\xF0\x8F\xBF\xBF",
                                        "\xF4\x90\x80\x80",
                                        "\xF5\x80\x80\x80",
                                        "\xFF",
                                        "\xF0\x9F\x90"};
  for (const std::string_view bytes : malformed) {
    for (size_t before = 0; before < 18; ++before) {
      const std::string text = std::string(before, 'a') + std::string(bytes);
      EXPECT_FALSE(IsValidUtf8(text)) << before;
      EXPECT_FALSE(IsValidUtf8(text + "tail that is fine")) << before;
    }
  }
}

TEST(Utf8SequenceTest, MeasuresWellFormedSequencesOnly) {
  const struct {
    const char* text;
    size_t want;
  } cases[] = {
      {"a", 1},
      {"\xC2\x80", 2},
      {"\xE0\xA0\x80", 3},
      {"\xF0\x90\x80\x80", 4},
      {"\xF4\x8F\xBF\xBF", 4},
      {"\x80", 0},
      {"\xC1\xBF", 0},
      {"\xE0\x9F\xBF", 0},
      {"\xED\xA0\x80", 0},
      {"\xF4\x90\x80\x80", 0},
      {"\xF5\x80", 0},
      {"\xE2\x82", 0},
      {"\xC2", 0},
      {"", 0},
      {"\xF0\x8F\xBF\xBF", 0},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Utf8SequenceLength(c.text), c.want) << testing::PrintToString(c.text);
  }
}

TEST(Utf8SequenceTest, TruncatesBetweenCharacters) {
  const std::string euro = "\xE2\x82\xAC";
  EXPECT_EQ(TruncateUtf8(euro + euro, 5), euro);
  EXPECT_EQ(TruncateUtf8(euro + euro, 6), euro + euro);
  EXPECT_EQ(TruncateUtf8(euro, 2), "");
}

}  // namespace
}  // namespace bellwether
