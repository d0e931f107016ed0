#include "server/app/command_line.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/app/run_command.h"

namespace bellwether {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Table(size_t rows) {
  std::string text = "timestamp,value\n";
  for (size_t i = 0; i < rows; ++i) {
    text += std::to_string(1'700'000'000 + 300 * i) + "," + std::to_string(10 + static_cast<int>(i % 12)) + "\n";
  }
  return text;
}

size_t Lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

TEST(CommandLineTest, EveryCommandHasHelpWithAnExample) {
  for (const char* command :
       {"detect", "backtest", "forecast", "changepoints", "periods", "trend", "demo", "serve", "version"}) {
    const Outcome outcome = RunWith({command, "--help"});
    EXPECT_EQ(outcome.exit_code, kExitOk) << command;
    EXPECT_THAT(outcome.out, HasSubstr(std::string("Example: bellwether ") + command));
  }
}

TEST(CommandLineTest, TellsWrongUsageFromFailure) {
  EXPECT_EQ(RunWith({"divine"}).exit_code, kExitUsage);
  EXPECT_THAT(RunWith({"divine"}).err, HasSubstr("There is no command \"divine\""));
  EXPECT_EQ(RunWith({"detect", "--frobnicate"}).exit_code, kExitUsage);
  EXPECT_EQ(RunWith({"forecast", "--input", "-", "--horizon", "0"}, Table(50)).exit_code, kExitUsage);
  const Outcome missing = RunWith({"detect", "--input", "no/such/file.csv"});
  EXPECT_EQ(missing.exit_code, kExitFailed);
  EXPECT_THAT(missing.err, HasSubstr("no/such/file.csv"));
}

TEST(CommandLineTest, PrintsTheVersion) { EXPECT_THAT(RunWith({"version"}).out, StartsWith("bellwether ")); }

TEST(CommandLineTest, DetectKeepsEveryRowInItsPlace) {
  const std::string input = "timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:00:00Z,\n2025-12-31 23:00:00,3\n";
  const Outcome outcome = RunWith({"detect"}, input);
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(
      outcome.out,
      StartsWith("timestamp,value,expected,lower,upper,score,p_value,is_anomaly,severity\n2026-01-01T00:00:00Z,1,"));
  EXPECT_EQ(Lines(outcome.out), 4U);
}

TEST(CommandLineTest, ForecastContinuesTheTimes) {
  const Outcome outcome = RunWith({"forecast", "--horizon", "3", "--level", "0.9"}, Table(100));
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("timestamp,forecast,lower,upper\n2023-11-15T06:33:20Z,"));
  EXPECT_EQ(Lines(outcome.out), 4U);
}

TEST(CommandLineTest, ForecastRefusesRowsFromNewToOld) {
  const Outcome outcome = RunWith({"forecast"}, "timestamp,value\n300,1\n200,2\n100,3\n0,4\n");
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_THAT(outcome.err, HasSubstr("oldest first"));
}

TEST(CommandLineTest, RefusesNumbersThatAreNone) {
  EXPECT_EQ(RunWith({"demo", "--sample-seconds", "nan"}).exit_code, kExitUsage);
  EXPECT_EQ(RunWith({"forecast", "--level", "nan"}, Table(50)).exit_code, kExitUsage);
}

TEST(CommandLineTest, PeriodsFindsTheSaw) {
  const Outcome outcome = RunWith({"periods"}, Table(600));
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("period,strength\n12,"));
}

TEST(CommandLineTest, SplitsATableByItsSeriesColumn) {
  std::string input = "host,timestamp,value\n";
  for (const char* host : {"a", "b"}) {
    for (int i = 0; i < 40; ++i) {
      input += std::string(host) + "," + std::to_string(1'700'000'000 + 60 * i) + "," + std::to_string(i) + "\n";
    }
  }
  const Outcome outcome = RunWith({"trend", "--series-column", "host"}, input);
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\na,"));
  EXPECT_THAT(outcome.out, HasSubstr("\nb,"));
}

TEST(CommandLineTest, SaysWhichLineIsWrong) {
  const Outcome outcome = RunWith({"detect"}, "timestamp,value\n2026-01-01T00:00:00Z,1\nyesterday,2\n");
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_THAT(outcome.err, HasSubstr("3"));
  EXPECT_THAT(outcome.err, HasSubstr("yesterday"));
}

}  // namespace
}  // namespace bellwether
