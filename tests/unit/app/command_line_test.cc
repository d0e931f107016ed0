#include "server/app/command_line.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
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
       {"detect", "backtest", "forecast", "changepoints", "periods", "analyze", "trend", "demo", "serve", "version"}) {
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

TEST(CommandLineTest, WrongWordsAreAnsweredWithTheHelpThatListsTheRightOnes) {
  const std::string file = RunWith({"detect", "metric.csv"}).err;
  EXPECT_EQ(file,
            "bellwether: The following argument was not expected: metric.csv. A file to read is named with --input. "
            "See `bellwether detect --help`.\n");
  const std::string number = RunWith({"detect", "--false-alarms-per-week", "few"}).err;
  EXPECT_EQ(number, "bellwether: Could not convert: --false-alarms-per-week = few. See `bellwether detect --help`.\n");
  EXPECT_EQ(RunWith({"--divine"}).exit_code, kExitUsage);
  EXPECT_EQ(RunWith({"--divine"}).err,
            "bellwether: \"--divine\" stands where a command is expected. See `bellwether --help`.\n");
  EXPECT_THAT(RunWith({"detect", "--level", "2"}).err, testing::EndsWith("See `bellwether detect --help`.\n"));
}

TEST(CommandLineTest, PrintsTheVersion) {
  const Outcome command = RunWith({"version"});
  EXPECT_THAT(command.out, StartsWith("bellwether "));
  const Outcome option = RunWith({"--version"});
  EXPECT_EQ(option.exit_code, kExitOk) << option.err;
  EXPECT_EQ(option.out, command.out);
}

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

TEST(CommandLineTest, ForecastTellsSeveralLevelsAndAThreshold) {
  const Outcome outcome =
      RunWith({"forecast", "--horizon", "6", "--level", "0.95,0.5,0.8", "--threshold", "15"}, Table(200));
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out,
              StartsWith("timestamp,forecast,lower_50,upper_50,lower_80,upper_80,lower_95,upper_95,beyond,reached\n"));
  EXPECT_EQ(Lines(outcome.out), 7U);
}

TEST(CommandLineTest, ForecastTellsWhenACapacityIsReached) {
  std::string table = "timestamp,value\n";
  for (int i = 0; i < 400; ++i) {
    table += std::to_string(1'700'000'000 + 3600 * i) + "," + std::to_string(10 + 0.1 * i) + "\n";
  }
  const Outcome outcome = RunWith({"forecast", "--horizon", "24", "--capacity", "80", "--look-ahead", "1000"}, table);
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("capacity,reached,earliest,latest,rows_left,rows_left_lower,rows_left_upper,"
                                      "probability\n80,2023-12-1"));
  const Outcome never = RunWith({"forecast", "--capacity", "0", "--below", "--look-ahead", "1000"}, table);
  EXPECT_EQ(never.exit_code, kExitOk) << never.err;
  EXPECT_THAT(never.out, HasSubstr("\n0,,,,,,,"));
  EXPECT_THAT(never.err, HasSubstr("0 is not likely to be reached within 1000 rows"));
  EXPECT_THAT(never.err, HasSubstr("--look-ahead looks further"));
}

TEST(CommandLineTest, ForecastRefusesWhatCannotBeAnswered) {
  for (const std::vector<std::string>& options : {std::vector<std::string>{"--threshold", "nan"},
                                                  {"--capacity", "inf"},
                                                  {"--level", "0"},
                                                  {"--level", "0.8,1"},
                                                  {"--min", "5", "--max", "5"},
                                                  {"--threshold", "1", "--capacity", "2"},
                                                  {"--look-ahead", "0"}}) {
    std::vector<std::string> words = {"forecast"};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = RunWith(words, Table(50));
    EXPECT_EQ(outcome.exit_code, kExitUsage) << options[0] << " " << options[1];
    EXPECT_NE(outcome.err, "");
  }
}

TEST(CommandLineTest, ChangepointsTellOnlineWhenTheyWereKnown) {
  std::string table = "timestamp,value\n";
  for (int i = 0; i < 120; ++i) {
    table += std::to_string(1'700'000'000 + 60 * i) + "," + std::to_string((i * 7919 % 13) + (i >= 70 ? 60 : 0)) + "\n";
  }
  const Outcome batch = RunWith({"changepoints"}, table);
  EXPECT_EQ(batch.exit_code, kExitOk) << batch.err;
  EXPECT_THAT(batch.out, StartsWith("timestamp,index,kind,confidence,before,after,size\n1700004200,70,level,"));
  const Outcome online = RunWith({"changepoints", "--mode", "online"}, table);
  EXPECT_EQ(online.exit_code, kExitOk) << online.err;
  EXPECT_THAT(online.out,
              StartsWith("timestamp,index,kind,confidence,before,after,size,told_at\n1700004200,70,level,"));
  EXPECT_THAT(online.out, testing::EndsWith(",72\n"));
  const Outcome misplaced = RunWith({"changepoints", "--season", "24"}, table);
  EXPECT_EQ(misplaced.exit_code, kExitUsage);
  EXPECT_THAT(misplaced.err, HasSubstr("--mode online"));
  EXPECT_EQ(RunWith({"changepoints", "--mode", "online", "--season", "1"}, table).exit_code, kExitUsage);
  EXPECT_EQ(RunWith({"changepoints", "--mode", "online", "--expected-run", "nan"}, table).exit_code, kExitUsage);
}

TEST(CommandLineTest, AnalyzeTellsTheWholeStory) {
  std::string table = "timestamp,host,value\n";
  for (int i = 0; i < 24 * 28; ++i) {
    const double day = 10 * std::sin(2 * M_PI * i / 24) + 0.3 * ((i * 7919) % 13);
    const std::string time = std::to_string(1'700'006'400 + 3600 * i);
    table += time + ",web," + std::to_string(50 + 0.05 * i + day + (i == 500 ? 40 : 0)) + "\n";
    table += time + ",db," + std::to_string(20 - day) + "\n";
  }
  const Outcome words =
      RunWith({"analyze", "--series-column", "host", "--unit", "percent", "--capacity", "100"}, table);
  EXPECT_EQ(words.exit_code, kExitOk) << words.err;
  for (const char* subject : {"web\nData: 672 values", "Patterns: a daily pattern", "; highest between ",
                              "Trend: it rises", "Changes of level, slope or scatter: none.",
                              "Anomalies: ", "Forecast: web is expected at ", "The limit of 100 %", "\ndb\n"}) {
    EXPECT_THAT(words.out, HasSubstr(subject));
  }
  const Outcome facts = RunWith({"analyze", "--series-column", "host", "--json", "--horizon", "48"}, table);
  EXPECT_EQ(facts.exit_code, kExitOk) << facts.err;
  const nlohmann::json list = nlohmann::json::parse(facts.out);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["series"], "web");
  EXPECT_EQ(list[0]["patterns"][0]["name"], "daily");
  EXPECT_EQ(list[0]["trend"]["direction"], "up");
  EXPECT_EQ(list[0]["forecast"]["horizonSeconds"], 48 * 3600);
  EXPECT_FALSE(list[0]["anomalies"].empty());
}

TEST(CommandLineTest, AnalyzeSaysWhatItCannotTell) {
  const Outcome few = RunWith({"analyze"}, "timestamp,value\n1,2\n2,\n3,4\n");
  EXPECT_EQ(few.exit_code, kExitFailed);
  EXPECT_THAT(few.err, HasSubstr("at least 3 values"));
  const Outcome jumbled = RunWith({"analyze"}, "timestamp,value\n300,1\n100,2\n200,3\n100,9\n400,5\n500,4\n");
  EXPECT_EQ(jumbled.exit_code, kExitOk) << jumbled.err;
  const Outcome constant = RunWith({"analyze", "--json"}, "timestamp,value\n100,7\n200,7\n300,7\n400,7\n");
  EXPECT_EQ(constant.exit_code, kExitOk) << constant.err;
  EXPECT_TRUE(nlohmann::json::accept(constant.out));
}

// Rows of 40 days: 24 of them are more than a forecast may reach, which nobody asked for.
TEST(CommandLineTest, AnalyzeFitsItsHorizonToTheLongest) {
  const auto table = [](int days) {
    std::string rows = "timestamp,value\n";
    for (int i = 0; i < 40; ++i) {
      rows += std::to_string(int64_t{86'400} * days * i) + "," + std::to_string(i + (i * 7919) % 13) + "\n";
    }
    return rows;
  };
  const Outcome fitted = RunWith({"analyze"}, table(40));
  EXPECT_EQ(fitted.exit_code, kExitOk) << fitted.err;
  EXPECT_THAT(fitted.out,
              HasSubstr("  It goes 9 rows ahead instead of 24: a forecast reaches at most 366 days ahead.\n"));
  EXPECT_EQ(RunWith({"analyze", "--horizon", "9"}, table(40)).out.find("instead of 24"), std::string::npos);
  const Outcome refused = RunWith({"analyze", "--horizon", "10"}, table(40));
  EXPECT_EQ(refused.exit_code, kExitFailed);
  EXPECT_EQ(refused.err,
            "bellwether: --horizon 10 reaches further ahead than 366 days with one row every 40 days. Ask for at most "
            "9.\n");
  EXPECT_THAT(RunWith({"analyze"}, table(400)).out,
              HasSubstr("Forecast: none. One row ahead is further than 366 days"));
  EXPECT_THAT(RunWith({"analyze", "--horizon", "1"}, table(400)).err,
              HasSubstr("with one row every 400 days. Leave it out."));
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

TEST(CommandLineTest, SaysWhatIsTooShortToBeSearched) {
  const Outcome periods = RunWith({"periods"}, Table(9));
  EXPECT_EQ(periods.exit_code, kExitOk);
  EXPECT_THAT(periods.err, HasSubstr("note: Finding periods takes at least 16 values, but the table has 9."));
  EXPECT_THAT(RunWith({"changepoints"}, Table(9)).err,
              HasSubstr("note: Finding changes takes at least 10 values, but the table has 9."));
  EXPECT_EQ(RunWith({"changepoints"}, Table(16)).err, "");
  EXPECT_EQ(RunWith({"periods"}, Table(16)).err, "");
  EXPECT_EQ(RunWith({"changepoints", "--mode", "online"}, Table(9)).err, "");
  std::string table = "timestamp,host,value\n";
  for (int i = 0; i < 60; ++i) {
    table += std::to_string(60 * i) + ",sparse," + (i % 3 == 0 ? "1" : "") + "\n";
    table += std::to_string(60 * i) + ",whole,1\n";
  }
  table += "1,a,1\n1,b,1\n2,b,3\n1,c,4\n";
  const Outcome several = RunWith({"periods", "--series-column", "host"}, table);
  EXPECT_THAT(several.err, HasSubstr("at least 16 values, but a has 1 and 2 more series have too few.\n"));
  EXPECT_THAT(several.err, HasSubstr("takes values in at least half of the rows, but sparse has fewer.\n"));
}

TEST(CommandLineTest, AnalyzeSaysThatAUnitIsNotKnown) {
  const Outcome unknown = RunWith({"analyze", "--unit", "parsecs"}, Table(50));
  EXPECT_EQ(unknown.exit_code, kExitOk);
  EXPECT_THAT(unknown.err, HasSubstr("note: The unit parsecs is not one of Grafana's ids"));
  EXPECT_THAT(unknown.err, HasSubstr("--unit \"suffix: parsecs\"."));
  const Outcome own = RunWith({"analyze", "--unit", "suffix: parsecs"}, Table(50));
  EXPECT_EQ(own.err, "");
  EXPECT_THAT(own.out, HasSubstr(" parsecs"));
  EXPECT_EQ(RunWith({"analyze", "--unit", "short"}, Table(50)).err, "");
}

TEST(CommandLineTest, AnalyzeTellsWhatBecameOfChanges) {
  std::string table = "timestamp,value\n";
  for (int i = 0; i < 900; ++i) {
    const int level = i < 300 ? 50 : i < 500 ? 20 : i < 700 ? 50 : 80;
    table += std::to_string(3600 * i) + "," + std::to_string(level + 0.2 * ((i * 7919) % 13)) + "\n";
  }
  const Outcome words = RunWith({"analyze"}, table);
  EXPECT_THAT(words.out, HasSubstr("Changes: 3:"));
  EXPECT_THAT(words.out, HasSubstr("It came back after 8.3 days."));
  EXPECT_THAT(words.out, HasSubstr("That brings back what was before 1970-01-13T12:00:00Z."));
  EXPECT_THAT(words.out, HasSubstr("It lasts to the end of the data, 8.3 days later."));
  EXPECT_THAT(RunWith({"analyze", "--json"}, table).out, HasSubstr("\"end\":\"taken back\""));
}

// A change that takes another back has an end of its own.
TEST(CommandLineTest, AnalyzeTellsBothSidesOfChangesThatGoUpAndDown) {
  std::string table = "timestamp,value\n";
  for (int i = 0; i < 1000; ++i) {
    table +=
        std::to_string(3600 * i) + "," + std::to_string((i / 200 % 2 == 0 ? 50 : 20) + 0.2 * ((i * 7919) % 13)) + "\n";
  }
  const nlohmann::json facts = nlohmann::json::parse(RunWith({"analyze", "--json"}, table).out);
  const nlohmann::json& changes = facts[0]["changes"];
  ASSERT_EQ(changes.size(), 4U);
  for (size_t i = 0; i < changes.size(); ++i) {
    const std::string text = changes[i]["text"];
    EXPECT_EQ(changes[i]["end"], i < 3 ? "taken back" : "lasts") << text;
    EXPECT_THAT(text,
                HasSubstr(i < 3 ? "It came back after 8.3 days." : "It lasts to the end of the data, 8.3 days later."));
    EXPECT_EQ(text.find("That brings back what was before") != std::string::npos, i > 0) << text;
  }
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
