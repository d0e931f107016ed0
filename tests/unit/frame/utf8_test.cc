#include "server/frame/utf8.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(Utf8Test, AcceptsWellFormedText) {
  for (const std::string_view text : {"", "plain ascii, longer than a word", "Grüße", "\u0800\uFFFD", "\U00010000\U0010FFFF",
                                      "\u007F\u0080\u07FF"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
}

TEST(Utf8Test, RefusesMalformedTextAtAnyPlace) {
  const std::string_view malformed[] = {"\x80",         "\xC0\x80",         "\xC1\xBF",     "\xC3",
                                        "\xE0\x9F\xBF", "\xED\xA0\x80",     "\xE2\x82",     "\xE2\x28\xA1",
                                        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
                                        "\xF0\x9F\x90"};
  for (const std::string_view bytes : malformed) {
    for (size_t before = 0; before < 18; ++before) {
      const std::string text = std::string(before, 'a') + std::string(bytes);
      EXPECT_FALSE(IsValidUtf8(text)) << before;
      EXPECT_FALSE(IsValidUtf8(text + "tail that is fine")) << before;
    }
  }
}

}  // namespace
}  // namespace bellwether
