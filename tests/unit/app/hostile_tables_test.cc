// Tables that are not nice, through the commands that judge: every row is answered with numbers or empty cells, and
// what was taken in another way than it is written is said.

#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/app/cli/series_table.h"
#include "tests/unit/analytics/detector_carriers.h"
#include "tests/unit/app/run_command.h"

namespace bellwether {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string TableOf(const Carrier& carrier) {
  std::string table = "timestamp,value\n";
  for (size_t i = 0; i < carrier.values.size(); ++i) {
    table += FormatTime(carrier.times[i]) + ",";
    const double value = carrier.values[i];
    if (std::isinf(value)) {
      table += value > 0 ? "inf" : "-Infinity";
    } else {
      AppendNumber(table, value);
    }
    table += '\n';
  }
  return table;
}

std::vector<Carrier> AllCarriers() {
  std::vector<Carrier> all = BenignCarriers(300, 11);
  for (Carrier& carrier : HostileCarriers()) {
    all.push_back(std::move(carrier));
  }
  return all;
}

/// Every cell is text, a finite number or empty.
void ExpectSoundRows(const std::string& out, size_t rows) {
  std::istringstream lines(out);
  std::string line;
  size_t count = 0;
  std::getline(lines, line);
  for (; std::getline(lines, line); ++count) {
    std::istringstream cells(line);
    std::string cell;
    std::getline(cells, cell, ',');  // the time
    while (std::getline(cells, cell, ',')) {
      char* end = nullptr;
      const double number = std::strtod(cell.c_str(), &end);
      ASSERT_TRUE(end == cell.c_str() || std::isfinite(number)) << "row " << count << ": " << line;
      ASSERT_THAT(cell, Not(ContainsRegex("^-?(nan|inf)"))) << "row " << count;
    }
  }
  ASSERT_EQ(count, rows);
}

TEST(HostileTablesTest, DetectAnswersEveryRowWithNumbersOrSaysWhatIsWrong) {
  for (const Carrier& carrier : AllCarriers()) {
    const std::string table = TableOf(carrier);
    for (const char* mode : {"online", "batch"}) {
      SCOPED_TRACE(carrier.name + ", " + mode);
      const Outcome outcome = RunWith({"detect", "--mode", mode, "--missing", "alert"}, table);
      if (outcome.exit_code != kExitOk) {
        EXPECT_EQ(outcome.exit_code, kExitFailed);
        EXPECT_THAT(outcome.err, HasSubstr("line"));
        EXPECT_EQ(outcome.out, "");
        continue;
      }
      ASSERT_NO_FATAL_FAILURE(ExpectSoundRows(outcome.out, carrier.values.size()));
    }
  }
}

TEST(HostileTablesTest, TheOtherCommandsAnswerOrSayWhatIsWrong) {
  for (const Carrier& carrier : AllCarriers()) {
    const std::string table = TableOf(carrier);
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"backtest", "--output", "-"},
                                               {"analyze"},
                                               {"periods"},
                                               {"changepoints"},
                                               {"trend"},
                                               {"forecast", "--horizon", "5"}}) {
      SCOPED_TRACE(carrier.name + ", " + command.front());
      const Outcome outcome = RunWith(command, table);
      EXPECT_LE(outcome.exit_code, kExitFailed);
      if (outcome.exit_code == kExitFailed) {
        EXPECT_THAT(outcome.err, ContainsRegex("bellwether: .* .*\\."));
      }
      EXPECT_THAT(outcome.out, Not(ContainsRegex("[ ,:]-?(nan|inf)[ ,\n]")));
    }
  }
}

TEST(HostileTablesTest, WhatIsTakenInAnotherWayIsSaid) {
  const auto notes = [](const std::string& rows) { return RunWith({"detect"}, "timestamp,value\n" + rows).err; };
  EXPECT_THAT(notes(""), HasSubstr("note: The table has a header and no rows."));
  EXPECT_THAT(
      notes("60,inf\n120,1e400\n180,\n240,NaN\n300,1\n"),
      HasSubstr("note: 4 of 5 values are no numbers (empty, NaN, infinite or too large) and count as missing."));
  EXPECT_THAT(notes("60,1\n60,2\n60,3\n30,4\n120,5\n"),
              HasSubstr("note: 2 time stamps repeat the one before and 1 steps back: rows are taken in the order"));
  EXPECT_THAT(notes("60,1\n120,2\n180,3\n31536180,4\n31536240,5\n"),
              HasSubstr("note: Data are missing for up to 365 days, from 180 on."));
  EXPECT_THAT(notes("60,1\n"), HasSubstr("note: Nothing was judged in 1 series: too few values to learn from."));
  EXPECT_THAT(notes("60,1\n120,2\n"), HasSubstr("Nothing was judged in 1 series"));
  const Outcome equal = RunWith({"detect"}, TableOf(BenignCarriers(600, 3)[2]));
  EXPECT_EQ(equal.err, "") << "nothing is odd about a series that stays as it is";
  EXPECT_THAT(RunWith({"backtest"}, "timestamp,value\n60,1\n60,inf\n").err, HasSubstr("1 of 2 values is no number"));
  EXPECT_THAT(RunWith({"detect"}, "timestamp,value\n60,true\n").err,
              AllOf(HasSubstr("line 2"), HasSubstr("no number")));
}

TEST(HostileTablesTest, TablesOfAnotherKindAreToldHowToBecomeOne) {
  for (const char* header : {"timestamp;value\n", "timestamp\tvalue\n", "timestamp|value\n"}) {
    const Outcome outcome = RunWith({"detect"}, std::string(header) + "60;1,5\n");
    EXPECT_EQ(outcome.exit_code, kExitFailed);
    EXPECT_THAT(outcome.err, HasSubstr("Separate the columns by commas, and write numbers with a point.")) << header;
  }
  EXPECT_THAT(RunWith({"detect"}, "time,revenue\n60,1\n").err, HasSubstr("Rename the columns to timestamp and value."));
  const Outcome folder = RunWith({"detect", "--input", testing::TempDir()});
  EXPECT_EQ(folder.exit_code, kExitFailed);
  EXPECT_THAT(folder.err, HasSubstr("is a folder. Name one of the CSV files in it."));
  EXPECT_THAT(RunWith({"detect"}, "timestamp,value\n60,1\n120,\"" + std::string(1, '\0') + "\"\n").err,
              HasSubstr("The standard input, line 3 holds a NUL byte: the file is binary."));
}

TEST(HostileTablesTest, SeriesBelowOneAnotherAreToldOfTheirColumn) {
  const std::string rows = "timestamp,host,value\n60,a,1\n60,b,2\n120,a,1\n120,b,2\n";
  const std::string hint = "If a column tells series apart, name it with --series-column.";
  EXPECT_THAT(RunWith({"detect"}, rows).err, HasSubstr(hint));
  EXPECT_THAT(RunWith({"detect", "--series-column", "host"}, rows).err, Not(HasSubstr(hint)));
  EXPECT_THAT(RunWith({"detect"}, "timestamp,value\n60,1\n60,2\n").err, Not(HasSubstr(hint)));
}

TEST(HostileTablesTest, ForecastsOfNothingAreRefused) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"forecast"}, {"forecast", "--stream"}, {"forecast", "--weekdays"}}) {
    const Outcome outcome = RunWith(words, "timestamp,value\n");
    EXPECT_EQ(outcome.exit_code, kExitFailed) << words.back();
    EXPECT_THAT(outcome.err, HasSubstr("The table has no rows to forecast from.")) << words.back();
  }
  const Outcome unknown = RunWith({"forecast", "--weekdays"}, "timestamp,value\n60,\n120,\n180,\n");
  EXPECT_EQ(unknown.exit_code, kExitFailed);
  EXPECT_THAT(unknown.err, HasSubstr("value"));
}

TEST(HostileTablesTest, CommandsThatSortSayThatTheyDo) {
  const std::string rows = "60,1\n120,2\n120,inf\n90,4\n180,5\n240,6\n";
  std::string group = "name,timestamp,value\n";
  for (const char* name : {"a", "b", "c"}) {
    std::istringstream lines(rows);
    for (std::string line; std::getline(lines, line);) {
      group += std::string(name) + "," + line + "\n";
    }
  }
  const std::string sorted = ": rows are sorted, and of those with the same time the last counts.";
  EXPECT_THAT(RunWith({"analyze"}, "timestamp,value\n" + rows).err,
              AllOf(HasSubstr("1 time stamp repeats the one before and 1 steps back"), HasSubstr(sorted),
                    HasSubstr("1 of 6 values")));
  for (const char* command : {"outliers", "multivariate"}) {
    const Outcome outcome = RunWith({command, "--series-column", "name"}, group);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("3 time stamps repeat"), HasSubstr(sorted), HasSubstr("3 of 18 values")))
        << command;
  }
}

TEST(HostileTablesTest, BudgetsOutsideTheRangeAreRefusedWithIt) {
  const std::string table = TableOf(BenignCarriers(50, 5)[0]);
  for (const char* command : {"detect", "backtest"}) {
    for (const char* budget : {"0", "-1", "-0", "1e-9", "0.0019", "1000.1", "1e300", "1e400", "inf", "nan"}) {
      SCOPED_TRACE(std::string(command) + " " + budget);
      const Outcome outcome = RunWith({command, "--false-alarms-per-week", budget}, table);
      EXPECT_EQ(outcome.exit_code, kExitUsage);
      EXPECT_THAT(outcome.err, HasSubstr("at least 0.002 and at most 1000"));
    }
  }
  for (const char* budget : {"0", "-1", "1000.1", "nan"}) {
    const Outcome outcome =
        RunWith({"multivariate", "--series-column", "x", "--false-alarms-per-week", budget}, "x,timestamp,value\n");
    EXPECT_EQ(outcome.exit_code, kExitUsage) << budget;
    EXPECT_THAT(outcome.err, HasSubstr("0.002")) << budget;
  }
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"detect", "--level", "nan"},
                                             {"analyze", "--false-alarms-per-week", "nan"},
                                             {"outliers", "--series-column", "x", "--tolerance", "nan"},
                                             {"outliers", "--series-column", "x", "--min-share", "nan"}}) {
    const Outcome outcome = RunWith(words, table);
    EXPECT_EQ(outcome.exit_code, kExitUsage) << words[0] << " " << words[words.size() - 2];
    EXPECT_THAT(outcome.err, HasSubstr("\"nan\" is no number. It must be one from")) << words[0];
  }
}

/// The columns of a table side by side: groups are sound as well.
TEST(HostileTablesTest, GroupsOfHostileSeriesAreAnsweredSoundly) {
  for (const Carrier& carrier : AllCarriers()) {
    if (carrier.values.empty()) {
      continue;
    }
    SCOPED_TRACE(carrier.name);
    std::string table = "name,timestamp,value\n";
    for (const char* name : {"a", "b", "c"}) {
      std::istringstream rows(TableOf(carrier));
      std::string row;
      std::getline(rows, row);
      while (std::getline(rows, row)) {
        table += std::string(name) + "," + row + "\n";
      }
    }
    for (const char* command : {"outliers", "multivariate"}) {
      const Outcome outcome = RunWith({command, "--series-column", "name"}, table);
      EXPECT_LE(outcome.exit_code, kExitFailed) << command;
      EXPECT_THAT(outcome.out, Not(ContainsRegex("[ ,:]-?(nan|inf)[ ,\n]"))) << command;
      if (outcome.exit_code == kExitFailed) {
        EXPECT_THAT(outcome.err, ContainsRegex("bellwether: .* .*\\.")) << command;
      }
    }
  }
}

}  // namespace
}  // namespace bellwether
