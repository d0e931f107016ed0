// What `forecast` does beyond continuing a series: explaining columns and series, the calendar, replays.

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/app/run_command.h"

namespace bellwether {
namespace {

using testing::HasSubstr;

const absl::Time kStart = absl::FromUnixSeconds(1'735'689'600);  // 1 January 2025, a Wednesday

double Noise(size_t i) {
  uint64_t hash = (i + 1) * 0x9E3779B97F4A7C15ULL;
  hash ^= hash >> 31;
  hash *= 0xBF58476D1CE4E5B9ULL;
  return static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
}

// Changes every five days.
double Price(size_t day) { return 10 + 8 * Noise(1'000 + day / 5); }

std::string DayText(size_t day) {
  return absl::FormatTime("%Y-%m-%d", kStart + absl::Hours(24 * static_cast<int64_t>(day)), absl::UTCTimeZone());
}

// The cells of a table, by column.
std::map<std::string, std::vector<std::string>> Columns(const std::string& text) {
  std::map<std::string, std::vector<std::string>> columns;
  std::vector<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    size_t at = 0;
    const bool is_header = names.empty();
    for (std::string cell; std::getline(cells, cell, ','); ++at) {
      if (is_header) {
        names.push_back(cell);
      } else {
        columns[names.at(at)].push_back(cell);
      }
    }
    for (; !is_header && at < names.size(); ++at) {
      columns[names[at]].emplace_back();
    }
  }
  return columns;
}

// Sales of 100 a day, three more for each unit the price is lower; nothing is known of the last `ahead` days but
// prices.
std::string Sales(size_t days, size_t ahead) {
  std::string text = "timestamp,value,price\n";
  for (size_t d = 0; d < days + ahead; ++d) {
    const double sales = 100 - 3 * (Price(d) - 10) + Noise(d);
    text += DayText(d) + "," + (d < days ? std::to_string(sales) : "") + "," + std::to_string(Price(d)) + "\n";
  }
  return text;
}

class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name, const std::string& text = "")
      : path_(std::filesystem::path(testing::TempDir()) / name) {
    std::ofstream(path_) << text;
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string Text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

TEST(ForecastCommandTest, AColumnExplainsTheSeriesAndItsRowsAheadAreTheFuture) {
  const ScratchFile effects("effects.csv");
  const Outcome outcome =
      RunWith({"forecast", "--regressors", "price", "--horizon", "20", "--effects", effects.path()}, Sales(200, 20));
  ASSERT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  auto columns = Columns(outcome.out);
  ASSERT_EQ(columns["forecast"].size(), 20u);
  EXPECT_EQ(columns["timestamp"][0], DayText(200) + "T00:00:00Z");
  for (size_t h = 0; h < 20; ++h) {
    EXPECT_NEAR(std::stod(columns["forecast"][h]), 100 - 3 * (Price(200 + h) - 10), 1.5) << h;
  }
  auto told = Columns(effects.Text());
  ASSERT_EQ(told["regressor"], std::vector<std::string>{"price"});
  EXPECT_NEAR(std::stod(told["per_unit"][0]), -3, 0.2);
  EXPECT_LT(std::stod(told["lower"][0]), std::stod(told["per_unit"][0]));
  EXPECT_EQ(told["used"][0], "1");
  EXPECT_EQ(told["note"][0], "");
}

TEST(ForecastCommandTest, ARegressorThatStopsNowIsHeldOrLeftOut) {
  const ScratchFile effects("held.csv");
  const std::string input = Sales(200, 0);
  const std::vector<std::string> words = {"forecast", "--regressors", "price",       "--horizon",
                                          "5",        "--effects",    effects.path()};
  auto held = Columns(RunWith(words, input).out);
  EXPECT_NEAR(std::stod(held["forecast"][4]), 100 - 3 * (Price(199) - 10), 2);
  EXPECT_THAT(effects.Text(), HasSubstr("is not known ahead, so its last value goes on"));
  std::vector<std::string> without = words;
  without.insert(without.end(), {"--unknown-future", "leave-out"});
  const Outcome outcome = RunWith(without, input);
  EXPECT_THAT(outcome.err, HasSubstr("price is not known ahead, so the forecast does without it"));
  EXPECT_THAT(effects.Text(), HasSubstr(",0,"));
}

TEST(ForecastCommandTest, AnotherSeriesOfTheTableExplains) {
  std::string text = "item,timestamp,value\n";
  for (size_t d = 0; d < 220; ++d) {
    text += "price," + DayText(d) + "," + std::to_string(Price(d)) + "\n";
    if (d < 200) {
      text += "sales," + DayText(d) + "," + std::to_string(100 - 3 * (Price(d) - 10) + Noise(d)) + "\n";
    }
  }
  const ScratchFile effects("series.csv");
  const Outcome outcome = RunWith(
      {"forecast", "--series-column", "item", "--regressors", "price", "--horizon", "20", "--effects", effects.path()},
      text);
  ASSERT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  auto columns = Columns(outcome.out);
  ASSERT_EQ(columns["item"], std::vector<std::string>(20, "sales"));
  for (size_t h = 0; h < 20; ++h) {
    EXPECT_NEAR(std::stod(columns["forecast"][h]), 100 - 3 * (Price(200 + h) - 10), 1.5) << h;
  }
  EXPECT_THAT(effects.Text(), testing::StartsWith("item,regressor,per_unit,"));
  EXPECT_THAT(effects.Text(), HasSubstr("\nsales,price,"));
}

// A shop that sells little on German holidays and nothing on days of its own.
std::string Shop(size_t days) {
  std::string text = "timestamp,value\n";
  const std::vector<std::string> holidays = {"2025-01-01", "2025-04-18", "2025-04-21", "2025-05-01", "2025-05-29",
                                             "2025-06-09", "2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01",
                                             "2026-04-03", "2026-04-06", "2026-05-01"};
  for (size_t d = 0; d < days; ++d) {
    const bool closed = std::find(holidays.begin(), holidays.end(), DayText(d)) != holidays.end();
    const double weekly = (d + 2) % 7 >= 5 ? -20 : 5;
    text += DayText(d) + "," + std::to_string(100 + weekly - (closed ? 60 : 0) + Noise(d)) + "\n";
  }
  return text;
}

TEST(ForecastCommandTest, HolidaysOfACountryAreFollowed) {
  // The next day but nine is 1 May 2026, a Friday.
  const std::string input = Shop(475);
  const std::vector<std::string> words = {"forecast", "--horizon", "14", "--country", "DE"};
  for (const char* method : {"auto", "piecewise"}) {
    SCOPED_TRACE(method);
    std::vector<std::string> asked = words;
    const ScratchFile effects("holidays.csv");
    asked.insert(asked.end(), {"--method", method, "--effects", effects.path()});
    const Outcome outcome = RunWith(asked, input);
    ASSERT_EQ(outcome.exit_code, kExitOk) << outcome.err;
    // Whether it is taken out beforehand or part of the model, the effect is told, and counts once.
    auto told = Columns(effects.Text());
    ASSERT_EQ(told["regressor"], std::vector<std::string>{"holiday"});
    EXPECT_NEAR(std::stod(told["per_unit"][0]), -60, 12);
    EXPECT_EQ(told["used"][0], "1");
    auto columns = Columns(outcome.out);
    for (size_t h = 0; h < 14; ++h) {
      const bool closed = columns["timestamp"][h] == "2026-05-01T00:00:00Z";
      const double weekly = (475 + h + 2) % 7 >= 5 ? -20 : 5;
      EXPECT_NEAR(std::stod(columns["forecast"][h]), 100 + weekly - (closed ? 60 : 0), closed ? 15 : 6) << h;
    }
  }
}

TEST(ForecastCommandTest, DaysOfACalendarFileAndWeekdaysAreFollowed) {
  const ScratchFile calendar("closed.ics",
                             "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20250501\nRRULE:FREQ=YEARLY\n"
                             "SUMMARY:Closed\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20250101\n"
                             "RRULE:FREQ=YEARLY\nSUMMARY:New year\nEND:VEVENT\nEND:VCALENDAR\n");
  const ScratchFile effects("days.csv");
  const Outcome outcome = RunWith({"forecast", "--horizon", "14", "--weekdays", "--calendar", calendar.path(),
                                   "--timezone", "UTC", "--effects", effects.path()},
                                  Shop(475));
  ASSERT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  auto told = Columns(effects.Text());
  ASSERT_EQ(told["regressor"].size(), 7u);
  EXPECT_EQ(told["regressor"].front(), "Monday");
  EXPECT_EQ(told["regressor"].back(), "holiday");
  EXPECT_NEAR(std::stod(told["per_unit"].back()), -60, 12);
  // Saturdays differ by -20 - (5 * 5 - 2 * 20) / 7 from the average day.
  EXPECT_NEAR(std::stod(told["per_unit"][5]), -20 + 15.0 / 7, 2.5);
}

TEST(ForecastCommandTest, WrongExplanationsAreSentences) {
  const std::string input = Sales(60, 0);
  const Outcome unknown = RunWith({"forecast", "--regressors", "weather"}, input);
  EXPECT_EQ(unknown.exit_code, kExitFailed);
  EXPECT_THAT(unknown.err, HasSubstr("--regressors names \"weather\", but the input has no such column. Its header "
                                     "reads: timestamp, value, price."));
  const Outcome country = RunWith({"forecast", "--country", "XX"}, input);
  EXPECT_EQ(country.exit_code, kExitUsage);
  EXPECT_THAT(country.err, HasSubstr("DE"));
  EXPECT_EQ(RunWith({"forecast", "--weekdays", "--timezone", "Mars/Olympus"}, input).exit_code, kExitUsage);
  EXPECT_EQ(RunWith({"forecast", "--unknown-future", "guess"}, input).exit_code, kExitUsage);
  EXPECT_EQ(RunWith({"forecast", "--effects", "e.csv"}, input).exit_code, kExitUsage);
  EXPECT_EQ(RunWith({"forecast", "--regressors", "value"}, input).exit_code, kExitUsage);
  const Outcome file = RunWith({"forecast", "--calendar", "no/such/file.ics"}, input);
  EXPECT_EQ(file.exit_code, kExitFailed);
  EXPECT_THAT(file.err, HasSubstr("no/such/file.ics"));
  const ScratchFile text("no.ics", "hello");
  EXPECT_THAT(RunWith({"forecast", "--calendar", text.path()}, input).err, HasSubstr("no calendar"));
  EXPECT_THAT(RunWith({"forecast", "--weekdays", "--effects", "-"}, input).err, HasSubstr("standard output"));
  const Outcome number = RunWith({"forecast", "--regressors", "note"}, "timestamp,value,note\n2026-01-01,1,high\n");
  EXPECT_EQ(number.exit_code, kExitFailed);
  EXPECT_THAT(number.err, HasSubstr("line 2: \"high\" is no number"));
}

TEST(ForecastCommandTest, AStreamIsReplayedWithBandsThatAdapt) {
  std::string text = "timestamp,value\n";
  for (size_t i = 0; i < 600; ++i) {
    const double noise = Noise(i) * (i < 300 ? 2 : 8);
    text += std::to_string(1'700'000'000 + 3'600 * i) + "," +
            std::to_string(50 + 10 * std::sin(2 * M_PI * static_cast<double>(i) / 24) + noise) + "\n";
  }
  const Outcome outcome = RunWith({"forecast", "--stream", "--horizon", "24", "--level", "0.8,0.95"}, text);
  ASSERT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, testing::StartsWith("timestamp,value,forecast,lower_80,upper_80,lower_95,upper_95\n"
                                               "1700000000,"));
  EXPECT_THAT(outcome.err, HasSubstr("of 552 rows that were forecast"));
  auto columns = Columns(outcome.out);
  ASSERT_EQ(columns["forecast"].size(), 624u);
  EXPECT_EQ(columns["forecast"][47], "");
  EXPECT_EQ(columns["value"][600], "");
  double inside = 0;
  for (size_t t = 48; t < 600; ++t) {
    const double value = std::stod(columns["value"][t]);
    const double lower = std::stod(columns["lower_95"][t]);
    const double upper = std::stod(columns["upper_95"][t]);
    EXPECT_LE(lower, std::stod(columns["lower_80"][t]));
    EXPECT_GE(upper, std::stod(columns["upper_80"][t]));
    inside += value >= lower && value <= upper;
  }
  EXPECT_NEAR(inside / 552, 0.95, 0.025);
  EXPECT_EQ(RunWith({"forecast", "--stream", "--threshold", "3"}, text).exit_code, kExitUsage);
  EXPECT_EQ(RunWith({"forecast", "--stream", "--weekdays"}, text).exit_code, kExitUsage);
}

}  // namespace
}  // namespace bellwether
