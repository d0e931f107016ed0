#include <gtest/gtest.h>

#include <string>

#include "server/telemetry/log/utf8.h"

namespace bellwether {
namespace {

TEST(TelemetryUtf8Test, MeasuresWellFormedSequencesOnly) {
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

TEST(TelemetryUtf8Test, TruncatesBetweenCharacters) {
  const std::string euro = "\xE2\x82\xAC";
  EXPECT_EQ(TruncateUtf8(euro + euro, 5), euro);
  EXPECT_EQ(TruncateUtf8(euro + euro, 6), euro + euro);
  EXPECT_EQ(TruncateUtf8(euro, 2), "");
}

}  // namespace
}  // namespace bellwether
