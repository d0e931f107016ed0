#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/app/cli/number_range.h"
#include "tests/unit/app/run_command.h"

namespace bellwether {
namespace {

using testing::HasSubstr;

std::string Table() {
  std::string text = "timestamp,value\n";
  for (int i = 0; i < 60; ++i) {
    text += std::to_string(300 * i) + "," + std::to_string(10 + i % 7) + "\n";
  }
  return text;
}

TEST(NumberOptionsTest, NumbersMayHaveBlanksAndASign) {
  EXPECT_EQ(NumberOf(" +2.5"), 2.5);
  EXPECT_TRUE(std::isnan(NumberOf("2 ")));  // CLI11 refuses it
  EXPECT_TRUE(std::isnan(NumberOf(" ")));
  EXPECT_EQ(NumberOf("-2"), -2);
  EXPECT_TRUE(std::isnan(NumberOf("+-2")));
  EXPECT_TRUE(std::isnan(NumberOf("+")));
  EXPECT_TRUE(std::isnan(NumberOf("2 3")));
  EXPECT_TRUE(std::isnan(NumberOf("")));
}

// What one command takes as a number, each takes.
TEST(NumberOptionsTest, TheCommandsAgree) {
  for (const char* number : {"2", "+2", " 2", " +2"}) {
    for (const char* command : {"detect", "analyze", "backtest"}) {
      const Outcome outcome = RunWith({command, "--false-alarms-per-week", number}, Table());
      EXPECT_EQ(outcome.exit_code, kExitOk) << command << " \"" << number << "\": " << outcome.err;
    }
    EXPECT_EQ(RunWith({"forecast", "--horizon", number}, Table()).exit_code, kExitOk) << number;
    EXPECT_EQ(RunWith({"forecast", "--capacity", number}, Table()).exit_code, kExitOk) << number;
  }
  EXPECT_EQ(RunWith({"forecast", "--horizon", "+3"}, Table()).out,
            RunWith({"forecast", "--horizon", "3"}, Table()).out);
}

TEST(NumberOptionsTest, SaysWhetherItIsNoNumberOrOutOfTheRange) {
  for (const char* command : {"forecast", "analyze"}) {
    EXPECT_THAT(RunWith({command, "--horizon", "abc"}).err,
                HasSubstr("--horizon: \"abc\" is no whole number. It must be one from 1 to 10000."));
    EXPECT_THAT(RunWith({command, "--horizon", "2.5"}).err, HasSubstr("\"2.5\" is no whole number."));
    EXPECT_THAT(RunWith({command, "--horizon", "0"}).err, HasSubstr("--horizon: 0 is not from 1 to 10000."));
    EXPECT_EQ(RunWith({command, "--horizon", "abc"}).exit_code, kExitUsage);
  }
  EXPECT_THAT(RunWith({"outliers", "--tolerance", "x"}).err, HasSubstr("\"x\" is no number."));
}

}  // namespace
}  // namespace bellwether
