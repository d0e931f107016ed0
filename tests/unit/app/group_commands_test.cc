// `outliers` and `multivariate`: commands that look at the series of a table together.

#include <cmath>
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
using testing::StartsWith;

std::string Stamp(size_t row) { return std::to_string(1'700'006'400 + 300 * static_cast<int64_t>(row)); }

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

/// Six hosts with noise around one wave; h3 is far above from row 100 to 159.
std::string Hosts() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::string text = "host,timestamp,value\n";
  for (size_t host = 0; host < 6; ++host) {
    for (size_t i = 0; i < 300; ++i) {
      const double off = host == 3 && i >= 100 && i < 160 ? 40 : 0;
      text += "h" + std::to_string(host) + "," + Stamp(i) + "," +
              std::to_string(50 + 5 * std::sin(static_cast<double>(i) / 30) + normal(random) + off) + "\n";
    }
  }
  return text;
}

/// Three features of a host over `rows` rows; CPU and latency jump together at row 900.
std::string Features(size_t rows) {
  std::mt19937 random(2);
  std::normal_distribution<double> normal;
  std::string text = "metric,timestamp,value\n";
  for (const std::string metric : {"cpu", "request_latency", "memory"}) {
    for (size_t i = 0; i < rows; ++i) {
      const bool incident = i == 900 && metric != "memory";
      text += metric + "," + Stamp(i) + "," + std::to_string(30 + normal(random) + (incident ? 25 : 0)) + "\n";
    }
  }
  return text;
}

TEST(OutliersCommandTest, ListsWhoLeftTheGroupAndWhen) {
  for (const std::string method : {"mad", "dbscan"}) {
    SCOPED_TRACE(method);
    const Outcome outcome = RunWith({"outliers", "--series-column", "host", "--method", method}, Hosts());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::vector<std::string> lines = Lines(outcome.out);
    ASSERT_EQ(lines.size(), 2U) << outcome.out;
    EXPECT_EQ(lines[0], "host,start,end,deviation,spreads,score");
    EXPECT_THAT(lines[1], StartsWith("h3," + Stamp(100) + "," + Stamp(159) + ","));
  }
}

TEST(OutliersCommandTest, WritesTheBandAndTheScoreOfEveryRow) {
  const auto path = std::filesystem::path(testing::TempDir()) / "outlier_scores.csv";
  const Outcome outcome = RunWith({"outliers", "--series-column", "host", "--scores", path.string()}, Hosts());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  const std::vector<std::string> lines = Lines(text.str());
  ASSERT_EQ(lines.size(), 1U + 6 * 300);
  EXPECT_EQ(lines[0], "host,timestamp,value,median,lower,upper,score,is_outlier");
  EXPECT_THAT(lines[1 + 3 * 300 + 150], testing::EndsWith(",1,1"));
  EXPECT_THAT(lines[1 + 3 * 300 + 50], testing::EndsWith(",0,0"));
  std::filesystem::remove(path);
}

TEST(OutliersCommandTest, SaysWhatIsWrong) {
  EXPECT_EQ(RunWith({"outliers"}, Hosts()).exit_code, 2);
  EXPECT_EQ(RunWith({"outliers", "--series-column", "host", "--window", "0"}, Hosts()).exit_code, 2);
  EXPECT_EQ(RunWith({"outliers", "--series-column", "host", "--min-share", "1.5"}, Hosts()).exit_code, 2);
  EXPECT_EQ(RunWith({"outliers", "--series-column", "host", "--method", "lof"}, Hosts()).exit_code, 2);
  EXPECT_EQ(RunWith({"outliers", "--series-column", "nobody"}, Hosts()).exit_code, 1);
  const Outcome two = RunWith({"outliers", "--series-column", "host"}, "host,timestamp,value\na,1,1\nb,1,900\n");
  EXPECT_EQ(two.exit_code, 0);
  EXPECT_THAT(two.err, HasSubstr("at least 3 are needed"));
  const Outcome wide = RunWith({"outliers", "--series-column", "host", "--window", "1000"}, Hosts());
  EXPECT_EQ(wide.exit_code, 0);
  EXPECT_THAT(wide.err, HasSubstr("The table has 300 times"));
  EXPECT_THAT(wide.err, HasSubstr("Give a smaller --window."));
}

TEST(MultivariateCommandTest, NamesTheKindTheFeaturesAndTheAction) {
  for (const std::string method : {"ensemble", "isolation-forest", "extended-isolation-forest", "one-class-svm"}) {
    SCOPED_TRACE(method);
    const Outcome outcome =
        RunWith({"multivariate", "--series-column", "metric", "--method", method, "--false-alarms-per-week", "20"},
                Features(2000));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::vector<std::string> lines = Lines(outcome.out);
    ASSERT_EQ(lines.size(), 2001U);
    EXPECT_EQ(lines[0], "timestamp,score,p_value,is_anomaly,kind,contributions,action");
    EXPECT_THAT(lines[901], HasSubstr(",1,service_overload,"));
    EXPECT_THAT(lines[901], HasSubstr("request_latency"));
    EXPECT_THAT(lines[901], HasSubstr("Scale out"));
  }
}

TEST(MultivariateCommandTest, LearnsFromTheFirstRowsAlone) {
  const Outcome outcome = RunWith({"multivariate", "--series-column", "metric", "--train-rows", "800"}, Features(1000));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(Lines(outcome.out)[901], HasSubstr(",1,service_overload,"));
}

TEST(MultivariateCommandTest, SaysWhatIsWrong) {
  EXPECT_EQ(RunWith({"multivariate"}, Features(100)).exit_code, 2);
  EXPECT_EQ(RunWith({"multivariate", "--series-column", "metric", "--trees", "0"}, Features(100)).exit_code, 2);
  EXPECT_EQ(
      RunWith({"multivariate", "--series-column", "metric", "--false-alarms-per-week", "-1"}, Features(100)).exit_code,
      2);
  const Outcome few = RunWith({"multivariate", "--series-column", "metric"}, Features(10));
  EXPECT_EQ(few.exit_code, 1);
  EXPECT_THAT(few.err, HasSubstr("at least 30 are needed"));
}

TEST(GroupCommandsTest, ListTheirMethodsWithWhatTheyAssume) {
  for (const std::string command : {"outliers", "multivariate"}) {
    const Outcome list = RunWith({command, "--list-methods"});
    EXPECT_EQ(list.exit_code, 0) << list.err;
    EXPECT_THAT(list.out, HasSubstr("\n  assumes: ")) << command;
    EXPECT_THAT(list.out, HasSubstr(command == "outliers" ? "dbscan: By density" : "one-class-svm: One-class"));
    const Outcome missing = RunWith({command}, Hosts());
    EXPECT_EQ(missing.exit_code, 2);
    EXPECT_THAT(missing.err, HasSubstr("--series-column"));
  }
}

}  // namespace
}  // namespace bellwether
