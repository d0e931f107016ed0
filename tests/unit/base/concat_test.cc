#include "server/base/text/concat.h"

#include <array>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(ConcatTest, JoinsViewsStringsAndNumbers) {
  const std::string_view view = "rows";
  EXPECT_EQ(Concat(std::string("all "), 12, " ", view, "."), "all 12 rows.");
  EXPECT_EQ(Concat(), "");
}

TEST(ConcatTest, KeepsNulBytes) { EXPECT_EQ(Concat(std::string_view("a\0b", 3)).size(), 3U); }

TEST(JoinNamesTest, PutsCommasBetween) {
  const std::array<std::string_view, 3> names = {"up", "down", "both"};
  EXPECT_EQ(JoinNames(names), "up, down, both");
  EXPECT_EQ(JoinNames({}), "");
}

}  // namespace
}  // namespace bellwether
