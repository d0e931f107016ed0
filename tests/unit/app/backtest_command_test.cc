#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/app/run_command.h"

namespace bellwether {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr int64_t kStart = 1'700'006'400;  // a midnight
constexpr size_t kDay = 288;               // rows of five minutes

std::string Stamp(size_t row) { return std::to_string(kStart + 300 * static_cast<int64_t>(row)); }

// White noise with a spike at each of `spikes`; `prefix` names the series, with its comma.
std::string Rows(size_t count, const std::vector<size_t>& spikes, unsigned seed, const std::string& prefix = "") {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(50, 1);
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    const bool spike = std::find(spikes.begin(), spikes.end(), i) != spikes.end();
    text += prefix + Stamp(i) + "," + std::to_string(normal(random) + (spike ? 25 : 0)) + (spike ? ",1\n" : ",0\n");
  }
  return text;
}

std::string Table(size_t count, const std::vector<size_t>& spikes) {
  return "timestamp,value,label\n" + Rows(count, spikes, 4);
}

class BacktestCommandTest : public testing::Test {
 protected:
  BacktestCommandTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("backtest_") + test->name());
    std::filesystem::create_directories(folder_);
  }
  ~BacktestCommandTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Read(const std::string& name) const {
    std::ifstream stream(folder_ / name);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
};

// Labels where nothing is judged count neither as caught nor as missed: before the data, in the rows that are learned
// from, and after the data.
TEST_F(BacktestCommandTest, LabelsOutsideTheJudgedRowsDoNotCount) {
  const std::string input = Write("in.csv", Table(10 * kDay, {9 * kDay}));
  const auto caught = [&](const std::string& labels) {
    return RunWith({"backtest", "-i", input, "--labels", Write("labels.csv", "from,to\n" + labels),
                    "--false-alarms-per-week", "1"})
        .out;
  };
  const auto label = [&](size_t row) { return Stamp(row) + "," + Stamp(row + 1) + "\n"; };
  EXPECT_THAT(caught(label(9 * kDay)), HasSubstr(" 1 of 1 "));
  EXPECT_THAT(caught("2020-11-28T20:00:00Z,2020-11-28T21:00:00Z\n"), HasSubstr(" 0 of 0 "));
  EXPECT_THAT(caught(label(3)), HasSubstr(" 0 of 0 "));
  EXPECT_THAT(caught(label(3) + label(9 * kDay) + label(20 * kDay)), HasSubstr(" 1 of 1 "));
}

TEST_F(BacktestCommandTest, PrintsOneLineABudget) {
  const Outcome outcome = RunWith({"backtest"}, Table(21 * kDay, {}));
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 series, 3.0 series-weeks judged"));
  EXPECT_THAT(outcome.out, HasSubstr("\n        0.2333 "));
  EXPECT_THAT(outcome.out, HasSubstr("\n             1 "));
  EXPECT_THAT(outcome.out, HasSubstr("\n             7 "));
  EXPECT_THAT(outcome.out, Not(HasSubstr("recall")));
}

TEST_F(BacktestCommandTest, SaysWhatWasCaughtWhereRowsAreLabelled) {
  const Outcome outcome =
      RunWith({"backtest", "--label-column", "label", "--false-alarms-per-week", "1", "--output", "-"},
              Table(21 * kDay, {3000, 4000}));
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("false_alarms_per_week,weeks,alarms,achieved_per_week,alarm_seconds,true_alarms,"
                                      "false_alarms,anomalies,caught,recall,precision\n1,"));
  EXPECT_THAT(outcome.out, HasSubstr(",2,2,1,"));  // anomalies, caught, recall
}

TEST_F(BacktestCommandTest, ReadsLabelsOfSeveralSeriesFromAFile) {
  const std::string labels = Write("labels.csv", "series,from,to\na," + Stamp(2999) + "," + Stamp(3002) + "\n,\"" +
                                                     Stamp(4000) + "\"," + Stamp(4001) + "\n");
  const std::string input =
      "host,timestamp,value,label\n" + Rows(21 * kDay, {3000, 4000}, 1, "a,") + Rows(21 * kDay, {4000}, 2, "b,");
  const Outcome outcome = RunWith({"backtest", "--series-column", "host", "--labels", labels, "--false-alarms-per-week",
                                   "1", "--output", Path("curve.csv"), "--alarms", Path("alarms.csv")},
                                  input);
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("3 of 3"));
  EXPECT_THAT(Read("curve.csv"), HasSubstr("\na,1,"));
  EXPECT_THAT(Read("curve.csv"), HasSubstr("\nb,1,"));
  EXPECT_THAT(Read("alarms.csv"), StartsWith("host,false_alarms_per_week,start,end,seconds,type,severity,truth\n"));
  EXPECT_THAT(Read("alarms.csv"), HasSubstr(",true\n"));
}

TEST_F(BacktestCommandTest, JudgesTheLastDaysOnly) {
  const Outcome outcome =
      RunWith({"backtest", "--days", "7", "--label-column", "label"}, Table(21 * kDay, {3000, 5500}));
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1.0 series-weeks judged"));
  EXPECT_THAT(outcome.out, HasSubstr("1 of 1"));
}

TEST_F(BacktestCommandTest, ComparesWithFeedbackThatLiesInTheStretch) {
  const std::string feedback =
      Write("feedback.csv", "from,to,label\n" + Stamp(3000) + "," + Stamp(3001) + ",expected\n");
  const Outcome outcome = RunWith({"backtest", "--feedback", feedback, "--false-alarms-per-week", "1", "--output", "-"},
                                  Table(21 * kDay, {3000}));
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(",0,1,0,0,,0\n"));  // no true alarm, a false one, no anomaly, precision 0
}

TEST_F(BacktestCommandTest, NamesWhatIsWrongOnTheCommandLine) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--false-alarms-per-week", "0"}, "--false-alarms-per-week is 0. It must be at least 0.002 and at most 1000."},
      {{"--false-alarms-per-week", "1,nan"}, "--false-alarms-per-week is nan."},
      {{"--false-alarms-per-week", "1,2,3,4,5,6,7,8,9,10,11,12,13"}, "names 13 budgets"},
      {{"--days", "-1"}, "--days is -1."},
      {{"--days", "nan"}, "--days is nan."},
      {{"--direction", "left"}, "--direction \"left\" is not known"},
      {{"--missing", "panic"}, "--missing \"panic\" is not known. It must be one of: ignore, alert."},
      {{"--min-deviation", "nan"}, "--min-deviation is nan."},
      {{"--method", "magic"}, "There is no detection method \"magic\""},
      {{"--labels", "x.csv", "--label-column", "label"}, "Give one of them"},
      {{"--output", "-", "--alarms", "-"}, "cannot both be the standard output"}};
  for (auto [words, sentence] : cases) {
    words.insert(words.begin(), "backtest");
    const Outcome outcome = RunWith(words, Table(50, {}));
    EXPECT_EQ(outcome.exit_code, kExitUsage) << sentence;
    EXPECT_THAT(outcome.err, HasSubstr(sentence));
  }
}

TEST_F(BacktestCommandTest, NamesTheLineOfAFeedbackFileThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "needs a header line with the columns from, to and label"},
      {"from,to\n1,2\n", "needs a header line with the columns from, to and label"},
      {"from,to,label\nmorning,2,expected\n", "line 2: \"morning\" is no time"},
      {"from,to,label\n1,2,expected\n2,1,expected\n", "line 3: to must lie after from."},
      {"from,to,label\n1,2,fine\n", "line 2: the label \"fine\" is not known. It must be one of: expected, anomaly, "},
      {"from,to,label\n1\n", "line 2: \"\" is no time"}};
  for (const auto& [text, sentence] : cases) {
    const std::string path = Write("feedback.csv", text);
    for (const char* command : {"backtest", "detect"}) {
      const Outcome outcome = RunWith({command, "--feedback", path}, Table(50, {}));
      EXPECT_EQ(outcome.exit_code, kExitFailed) << sentence;
      EXPECT_THAT(outcome.err, HasSubstr(sentence));
    }
  }
  EXPECT_THAT(RunWith({"detect", "--feedback", Path("none.csv")}).err, HasSubstr("none.csv cannot be opened"));
}

TEST_F(BacktestCommandTest, SaysWhichFeedbackIsOfNoSeries) {
  const std::string path =
      Write("feedback.csv", "from,to,label,series\n1,2,expected,web-1\n1,2,expected,\n3,4,ignore,web-1\n");
  const std::string notice = "note: No series of the table is named \"web-1\": what is said of it has no effect.";
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"detect", "--feedback", path}, {"backtest", "--feedback", path}, {"backtest", "--labels", path}}) {
    EXPECT_THAT(RunWith(words, Table(50, {})).err, HasSubstr(notice + " Leave the column series empty")) << words[1];
    const std::vector<std::string> column = {"--series-column", "host"};
    std::vector<std::string> named = words;
    named.insert(named.end(), column.begin(), column.end());
    EXPECT_THAT(RunWith(named, "host,timestamp,value\nweb-2,1,1\n").err, HasSubstr(notice + " Check the column"))
        << words[1];
    EXPECT_THAT(RunWith(named, "host,timestamp,value\nweb-1,1,1\n").err, Not(HasSubstr("No series"))) << words[1];
  }
}

TEST_F(BacktestCommandTest, AnswersTablesWithoutAnythingToJudge) {
  for (const std::string input : {"timestamp,value\n", "timestamp,value\n1,1\n", "timestamp,value\n1,\n2,\n"}) {
    const Outcome outcome = RunWith({"backtest"}, input);
    EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("note: Nothing was judged"));
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(DetectCommandTest, RefusesBudgetsAndOptionsBeforeReadingAnything) {
  for (const char* budget : {"0", "-1", "nan", "inf", "1e9", "0.001"}) {
    const Outcome outcome = RunWith({"detect", "--false-alarms-per-week", budget});
    EXPECT_EQ(outcome.exit_code, kExitUsage) << budget;
    EXPECT_THAT(outcome.err, HasSubstr("It must be at least 0.002 and at most 1000."));
  }
}

TEST(DetectCommandTest, ObeysDirectionAndLeastDeviation) {
  const std::string input = Table(14 * kDay, {3000});
  const auto anomalies = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "detect");
    const std::string out = RunWith(words, input).out;
    const size_t row = out.find("\n" + Stamp(3000) + ",");
    return !out.substr(row + 1, out.find('\n', row + 1) - row - 1).ends_with(",0,none");
  };
  EXPECT_TRUE(anomalies({}));
  EXPECT_TRUE(anomalies({"--direction", "up"}));
  EXPECT_FALSE(anomalies({"--direction", "down"}));
  EXPECT_FALSE(anomalies({"--min-deviation", "100"}));
  EXPECT_FALSE(anomalies({"--min-relative-deviation", "0.9"}));
}

TEST(DetectCommandTest, AlertsOnMissingRowsWhereAsked) {
  std::string input = "timestamp,value\n";
  std::mt19937 random(3);
  std::normal_distribution<double> normal(50, 1);
  for (size_t i = 0; i < 10 * kDay; ++i) {
    const double value = normal(random);
    input += Stamp(i) + "," + (i >= 2500 && i < 2600 ? "" : std::to_string(value)) + "\n";
  }
  const auto alarms = [&](const std::string& missing) {
    const std::string out = RunWith({"detect", "--missing", missing}, input).out;
    const size_t begin = out.find("\n" + Stamp(2500) + ",");
    const std::string gap = out.substr(begin, out.find("\n" + Stamp(2600) + ",") - begin);
    size_t count = 0;
    for (size_t at = gap.find(",1,"); at != std::string::npos; at = gap.find(",1,", at + 1)) {
      count += gap.compare(at, 8, ",1,none\n") != 0 && gap.compare(at, 9, ",1,0,none") != 0 ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(alarms("ignore"), 0U);
  EXPECT_GT(alarms("alert"), 0U);
}

TEST(DetectCommandTest, ListsMethodsWithWhatTheyAreFor) {
  const Outcome outcome = RunWith({"detect", "--list-methods"});
  EXPECT_EQ(outcome.exit_code, kExitOk);
  for (const char* word : {"robust-seasonal: ", "assumes: ", "for: ", "options: ", "auto means "}) {
    EXPECT_THAT(outcome.out, HasSubstr(word));
  }
}

}  // namespace
}  // namespace bellwether
