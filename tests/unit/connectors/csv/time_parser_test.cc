#include "server/connectors/csv/time_parser.h"

#include <string_view>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNoon = 1795178096;  // 2026-11-20T12:34:56Z, from `date -u -d ... +%s`

struct Case {
  std::string_view text;
  int64_t want_ns;
};

TEST(TimeParserTest, ReadsIsoAndCommonForms) {
  constexpr int64_t kMidnight = kNoon - (12 * 3600 + 34 * 60 + 56);
  const Case cases[] = {
      {"2026-11-20T12:34:56Z", kNoon * kSecond},
      {"2026-11-20t12:34:56z", kNoon * kSecond},
      {" 2026-11-20 12:34:56 ", kNoon * kSecond},
      {"2026-11-20 12:34:56 UTC", kNoon * kSecond},
      {"2026-11-20T12:34:56.5Z", kNoon * kSecond + kSecond / 2},
      {"2026-11-20T12:34:56,123456789Z", kNoon * kSecond + 123456789},
      {"2026-11-20T12:34:56.1234567891234Z", kNoon * kSecond + 123456789},
      {"2026-11-20T13:34:56+01:00", kNoon * kSecond},
      {"2026-11-20T13:34:56+0100", kNoon * kSecond},
      {"2026-11-20T07:34:56-05", kNoon * kSecond},
      {"2026-11-20 18:04:56 +05:30", kNoon * kSecond},
      {"2026-11-20 12:34", (kNoon - 56) * kSecond},
      {"2026-11-20", kMidnight * kSecond},
      {"2026-11-20T24:00:00Z", (kMidnight + 86400) * kSecond},
      {"2026/11/20 12:34:56", kNoon * kSecond},
      {"20.11.2026 12:34:56", kNoon * kSecond},
      {"20261120T123456Z", kNoon * kSecond},
      {"1969-12-31T23:59:59.5Z", -kSecond / 2},
      {"2000-02-29", 951782400 * kSecond},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(ParseTimestamp(c.text), c.want_ns);
  }
}

TEST(TimeParserTest, TellsEpochUnitsByMagnitude) {
  const Case cases[] = {
      {"1795178096", kNoon * kSecond},
      {"1795178096.25", kNoon * kSecond + kSecond / 4},
      {"1795178096000", kNoon * kSecond},
      {"1795178096000.5", kNoon * kSecond + 500'000},
      {"1795178096000000", kNoon * kSecond},
      {"1795178096000000001", kNoon * kSecond + 1},
      {"1.795178096e9", kNoon * kSecond},
      {"100000000000", 100'000'000 * kSecond},
      {"0", 0},
      {"-1.5", -kSecond - kSecond / 2},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(ParseTimestamp(c.text), c.want_ns);
  }
}

TEST(TimeParserTest, RefusesWhatIsNoTime) {
  for (const std::string_view text : {"",
                                      " ",
                                      "abc",
                                      "2026-13-01",
                                      "2026-02-29",
                                      "2026-11-20T25:00:00Z",
                                      "2026-11-20T12:60:00Z",
                                      "2026-11-20T12:34:56Q",
                                      "2026-11-20X",
                                      "2026-11",
                                      "12:34",
                                      "2026-11-20T12:34:56.Z",
                                      "2026-11-20T12:34:56+1",
                                      "2026-11-20T12:34:56+99:00",
                                      "3000-01-01",
                                      "1600-01-01",
                                      "99999999999999999999",
                                      "1e400",
                                      "nan",
                                      "inf",
                                      "--5",
                                      "1-2",
                                      "20/11/2026",
                                      "03/04/2026",
                                      "31.02.2026",
                                      "2026-11-20T12:34:56Zjunk",
                                      "9223372036854775808",
                                      "-9223372036854775808",
                                      ".",
                                      "-",
                                      "+"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ParseTimestamp(text), std::nullopt);
  }
}

TEST(TimeParserTest, ReadsDayAndMonthInTheGivenOrder) {
  TimeParser::Options options;
  options.date_order = DateOrder::kDayFirst;
  TimeParser day_first(options);
  options.date_order = DateOrder::kMonthFirst;
  TimeParser month_first(options);
  EXPECT_EQ(day_first.Parse("20/11/2026 12:34:56")->unix_ns, kNoon * kSecond);
  EXPECT_EQ(month_first.Parse("11/20/2026 12:34:56 PM")->unix_ns, kNoon * kSecond);
  EXPECT_EQ(month_first.Parse("11/20/2026 12:34:56 am")->unix_ns, (kNoon - 12 * 3600) * kSecond);
  EXPECT_FALSE(month_first.Parse("20/11/2026").has_value());
  EXPECT_FALSE(month_first.Parse("11/20/2026 13:00 PM").has_value());
}

TEST(TimeParserTest, AppliesTheZoneToTimesWithoutOne) {
  TimeParser::Options options;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &options.zone));
  TimeParser berlin(options);
  EXPECT_EQ(berlin.Parse("2026-11-20 13:34:56")->unix_ns, kNoon * kSecond);
  EXPECT_FALSE(berlin.Parse("2026-11-20 13:34:56")->has_zone);
  EXPECT_EQ(berlin.Parse("2026-11-20 12:34:56Z")->unix_ns, kNoon * kSecond);
  EXPECT_TRUE(berlin.Parse("2026-11-20 12:34:56Z")->has_zone);
  EXPECT_EQ(berlin.Parse("2026-07-01 02:00")->unix_ns, 1782864000 * kSecond);
  EXPECT_EQ(berlin.Parse("2026-10-25 02:30")->unix_ns, 1792888200 * kSecond) << "first pass of the repeated hour";
}

TEST(TimeParserTest, FollowsTheGivenFormatOnly) {
  TimeParser::Options options;
  options.format = "%d %b %Y %H:%M:%S";
  TimeParser parser(options);
  EXPECT_EQ(parser.Parse("20 Nov 2026 12:34:56")->unix_ns, kNoon * kSecond);
  EXPECT_FALSE(parser.Parse("2026-11-20").has_value());
}

TEST(TimeParserTest, TellsNumbersFromDates) {
  TimeParser parser;
  EXPECT_EQ(parser.Parse("1795178096")->kind, TimeKind::kEpoch);
  EXPECT_EQ(parser.Parse("2026-11-20")->kind, TimeKind::kCalendar);
}

TEST(TimeParserTest, HintsAtTheOrderOfDayAndMonth) {
  EXPECT_EQ(HintOf("20/11/2026"), DateOrderHint::kDayFirst);
  EXPECT_EQ(HintOf("11/20/2026 10:00"), DateOrderHint::kMonthFirst);
  EXPECT_EQ(HintOf("03/04/2026"), DateOrderHint::kAmbiguous);
  EXPECT_EQ(HintOf("2026-11-20"), DateOrderHint::kNone);
  EXPECT_EQ(HintOf("20.11.2026"), DateOrderHint::kNone);
  EXPECT_EQ(HintOf("text"), DateOrderHint::kNone);
}

}  // namespace
}  // namespace bellwether
