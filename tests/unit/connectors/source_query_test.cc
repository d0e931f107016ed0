#include "server/connectors/source_query.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SourceQueryTest, ReadsEachKindOfKey) {
  const auto query = SourceQuery::Parse(R"({"a":"x","l":["x","y","x"],"n":7,"m":{"k":"v"},"z":null})");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(**query->String("a"), "x");
  EXPECT_THAT(*query->Strings("a"), ElementsAre("x"));
  EXPECT_THAT(*query->Strings("l"), ElementsAre("x", "y"));
  EXPECT_EQ(**query->Unsigned("n"), 7u);
  EXPECT_EQ(*query->LabelMap("m"), (Labels{{"k", "v"}}));
  EXPECT_EQ(*query->String("z"), std::nullopt);
  EXPECT_THAT(*query->Strings("absent"), IsEmpty());
}

TEST(SourceQueryTest, NamesTheKeyThatHasTheWrongType) {
  const auto query = SourceQuery::Parse(R"({"s":"x","n":-1,"f":1.5,"l":["x",1],"m":{"k":1},"nul":"a\u0000b"})");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->String("n").status().message(), "source.n must be a string.");
  EXPECT_EQ(OriginOf(query->String("n").status()), Origin::kDownstream);
  EXPECT_EQ(query->Strings("l").status().message(), "source.l must be a string or a list of strings.");
  EXPECT_FALSE(query->Strings("m").ok());
  EXPECT_FALSE(query->Unsigned("n").ok());
  EXPECT_FALSE(query->Unsigned("f").ok());
  EXPECT_FALSE(query->LabelMap("m").ok());
  EXPECT_FALSE(query->LabelMap("l").ok());
  EXPECT_FALSE(query->String("nul").ok());
}

TEST(SourceQueryTest, RefusesWhatIsNoObject) {
  for (const std::string& json : {std::string("[1]"), std::string("{"), std::string(), std::string(100'000, '['),
                                  std::string("nul"), "{\"a\":\"" + std::string(70'000, 'x') + "\"}"}) {
    EXPECT_EQ(SourceQuery::Parse(json).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(SourceQueryTest, ListsAndNumbersReadWell) {
  EXPECT_EQ(QuotedList({"a"}), "\"a\"");
  EXPECT_EQ(QuotedList({"a", "b", "c"}), "\"a\", \"b\" and \"c\"");
  EXPECT_THAT(QuotedList(std::vector<std::string>(30, "x")), HasSubstr("and 10 more"));
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
  EXPECT_EQ(WithThousands(999), "999");
}

}  // namespace
}  // namespace bellwether
