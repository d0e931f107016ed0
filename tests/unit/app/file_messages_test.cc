#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/app/run_command.h"

namespace bellwether {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Hourly(int rows, double slope = 0) {
  std::string text = "timestamp,value\n";
  for (int i = 0; i < rows; ++i) {
    text += std::to_string(3600 * i) + "," + std::to_string(50 + slope * i + 0.2 * ((i * 7919) % 13)) + "\n";
  }
  return text;
}

std::string Hosts(int hosts, int rows) {
  std::string text = "timestamp,host,value\n";
  for (int i = 0; i < rows; ++i) {
    for (int h = 0; h < hosts; ++h) {
      const int spike = h == 3 && i == rows - 20 ? 60 : 0;
      text += std::to_string(3600 * i) + ",web-" + std::to_string(h) + "," +
              std::to_string(50 + ((i * 7919 + h * 31) % 13) + spike) + "\n";
    }
  }
  return text;
}

TEST(FileMessagesTest, AnIntervalThatLeavesTooFewIsAnError) {
  const Outcome outcome = RunWith({"analyze", "--interval", "30d"}, Hourly(336));
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_EQ(outcome.err,
            "bellwether: --interval 30d leaves 0 whole steps of the 14 days of the series; at least 4 are needed. "
            "Choose a shorter --interval.\n");
  EXPECT_EQ(RunWith({"analyze", "--interval", "1d"}, Hourly(336)).exit_code, kExitOk);
}

TEST(FileMessagesTest, TooFewSeriesAreToldAsANote) {
  EXPECT_THAT(RunWith({"multivariate", "--series-column", "host"}, Hosts(1, 60)).err,
              StartsWith("bellwether: note: The table has 1 series; it takes at least 2"));
  EXPECT_THAT(RunWith({"outliers", "--series-column", "host"}, Hosts(2, 60)).err,
              StartsWith("bellwether: note: The table has 2 series; at least 3"));
  EXPECT_THAT(RunWith({"outliers", "--series-column", "host", "--window", "500"}, Hosts(4, 60)).err,
              StartsWith("bellwether: note: The table has 60 times"));
}

TEST(FileMessagesTest, TheSeriesColumnIsNotThatOfTimesOrValues) {
  for (const char* column : {"value", "timestamp"}) {
    const Outcome outcome = RunWith({"outliers", "--series-column", column}, Hosts(4, 60));
    EXPECT_EQ(outcome.exit_code, kExitFailed);
    EXPECT_THAT(outcome.err, HasSubstr(std::string("--series-column names the column \"") + column + "\""));
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(FileMessagesTest, OutliersSayWhoIsFurthestWhereNobodyIsOne) {
  const Outcome outcome = RunWith({"outliers", "--series-column", "host"}, Hosts(4, 200));
  EXPECT_THAT(outcome.err, HasSubstr("note: No series is unlike the others. The furthest is web-"));
  EXPECT_THAT(outcome.err, HasSubstr(" are tolerated."));
}

TEST(FileMessagesTest, AdviceIsFitForFiles) {
  EXPECT_THAT(RunWith({"trend"}, Hourly(1)).err, HasSubstr("the series has 1. Give a longer table."));
  EXPECT_THAT(RunWith({"forecast"}, Hourly(1)).err, HasSubstr("the series has 1. Give a longer table."));
}

TEST(FileMessagesTest, DatesWithoutDashesAreTold) {
  EXPECT_THAT(RunWith({"trend"}, "timestamp,value\n20260201,1\n20260202,2\n20260203,3\n").err,
              HasSubstr("note: The time stamps, such as 20260201, are read as seconds since 1970."));
  EXPECT_THAT(RunWith({"trend"}, "timestamp,value\n20260201,1\n20269901,2\n20270203,3\n").err,
              Not(HasSubstr("seconds since 1970")));
}

TEST(FileMessagesTest, ManySeriesBeginWithASummary) {
  const Outcome many = RunWith({"analyze", "--series-column", "host"}, Hosts(6, 400));
  EXPECT_THAT(many.out, StartsWith("6 series: "));
  EXPECT_THAT(many.out, HasSubstr("The worst first:\n  web-3: 1 anomaly, the worst "));
  EXPECT_THAT(many.out, HasSubstr("\n\nweb-0\nData: "));
  EXPECT_THAT(RunWith({"analyze", "--series-column", "host"}, Hosts(2, 400)).out, StartsWith("web-0\n"));
}

TEST(FileMessagesTest, ALimitReachedAlreadyNamesTheOptionForTheOtherSide) {
  for (const char* command : {"analyze", "forecast"}) {
    const Outcome above = RunWith({command, "--capacity", "0"}, Hourly(200, -0.2));
    EXPECT_THAT(above.out + above.err, HasSubstr("comes to it from above, add --below."));
    const Outcome below = RunWith({command, "--capacity", "0", "--below"}, Hourly(200, -0.2));
    EXPECT_THAT(below.out + below.err, Not(HasSubstr("comes to it from")));
  }
}

TEST(FileMessagesTest, RowsAheadAreToldAsTimeToo) {
  EXPECT_THAT(RunWith({"forecast", "--capacity", "1000", "--look-ahead", "50"}, Hourly(200)).err,
              HasSubstr("1000 is not likely to be reached within 50 rows, 2.1 days"));
}

TEST(FileMessagesTest, ShortRowsAndZerosAreWrittenAsPeopleDo) {
  EXPECT_THAT(RunWith({"trend"}, "timestamp,value\n1\n").err, HasSubstr("the row has 1 cell where"));
  std::string table = "timestamp,value\n";
  for (int i = 0; i < 60; ++i) {
    table += std::to_string(60 * i) + ",-0\n";
  }
  EXPECT_THAT(RunWith({"detect"}, table).out, Not(HasSubstr("-0")));
}

TEST(FileMessagesTest, TheStoryClaimsNoMoreThanItsNumbersDo) {
  // Mostly zeros: no share of a usual size of 0.
  std::string counts = "timestamp,value\n";
  std::mt19937 random(7);
  for (int i = 0; i < 600; ++i) {
    counts += std::to_string(300 * i) + "," + std::to_string(random() % 17 == 0 ? 1 + random() % 3 : 0) + "\n";
  }
  const std::string sparse = RunWith({"analyze"}, counts).out;
  EXPECT_THAT(sparse, HasSubstr("far more than its usual size"));
  EXPECT_THAT(sparse, Not(HasSubstr("00000 %")));
  EXPECT_THAT(sparse, HasSubstr("In the last 12 h there is none that can be told from chance."));
  // A file does not go on.
  EXPECT_THAT(sparse, HasSubstr("They are what it learns from."));
  EXPECT_THAT(sparse, Not(HasSubstr("once more data have come in")));
  // A slope of a percentage is told in points.
  const std::string rising = RunWith({"analyze", "--unit", "percent"}, Hourly(400, 0.05)).out;
  EXPECT_THAT(rising, HasSubstr("it rises by 1.2 percentage points a day"));
}

}  // namespace
}  // namespace bellwether
