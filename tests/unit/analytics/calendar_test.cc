#include "server/analytics/forecast/calendar.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

using absl::CivilDay;
using testing::HasSubstr;

bool Has(const std::vector<Holiday>& days, CivilDay day) {
  return std::any_of(days.begin(), days.end(), [&](const Holiday& one) { return one.day == day; });
}

TEST(HolidayTableTest, KnowsTheSundayOfEaster) {
  EXPECT_EQ(EasterSunday(2024), CivilDay(2024, 3, 31));
  EXPECT_EQ(EasterSunday(2025), CivilDay(2025, 4, 20));
  EXPECT_EQ(EasterSunday(2026), CivilDay(2026, 4, 5));
  EXPECT_EQ(EasterSunday(2038), CivilDay(2038, 4, 25));
}

TEST(HolidayTableTest, KnowsHolidaysOfEveryKindOfRule) {
  const std::vector<Holiday> us = CountryHolidays("US", 2026, 2026).value();
  EXPECT_TRUE(Has(us, CivilDay(2026, 11, 26)));  // fourth Thursday of November
  EXPECT_TRUE(Has(us, CivilDay(2026, 5, 25)));   // last Monday of May
  EXPECT_TRUE(Has(us, CivilDay(2026, 7, 3)));    // the Fourth is a Saturday
  EXPECT_TRUE(Has(us, CivilDay(2026, 6, 19)));
  EXPECT_FALSE(Has(CountryHolidays("US", 2020, 2020).value(), CivilDay(2020, 6, 19)));
  const std::vector<Holiday> gb = CountryHolidays("GB", 2022, 2022).value();
  EXPECT_TRUE(Has(gb, CivilDay(2022, 1, 3)));    // New Year's Day was a Saturday
  EXPECT_TRUE(Has(gb, CivilDay(2022, 12, 27)));  // Christmas Day was a Sunday, Boxing Day a Monday
  EXPECT_TRUE(Has(CountryHolidays("CA", 2026, 2026).value(), CivilDay(2026, 5, 18)));
  EXPECT_TRUE(Has(CountryHolidays("SE", 2026, 2026).value(), CivilDay(2026, 6, 20)));
  EXPECT_TRUE(Has(CountryHolidays("DE", 2026, 2026).value(), CivilDay(2026, 5, 14)));
  EXPECT_TRUE(Has(CountryHolidays("DK", 2023, 2023).value(), CivilDay(2023, 5, 5)));
  EXPECT_FALSE(Has(CountryHolidays("DK", 2024, 2024).value(), CivilDay(2024, 4, 26)));
}

TEST(HolidayTableTest, HoldsSomeDaysOfEveryCountryInOrder) {
  for (const HolidayCountry& country : HolidayCountries()) {
    const std::vector<Holiday> days = CountryHolidays(country.code, 2025, 2027).value();
    EXPECT_GE(days.size(), 3U * 7) << country.name;
    EXPECT_LE(days.size(), 3U * 16) << country.name;
    EXPECT_TRUE(
        std::is_sorted(days.begin(), days.end(), [](const Holiday& a, const Holiday& b) { return a.day < b.day; }));
    EXPECT_TRUE(Has(days, CivilDay(2026, 1, 1))) << country.name;
    EXPECT_TRUE(Has(days, CivilDay(2026, 12, 25))) << country.name;
  }
}

TEST(HolidayTableTest, NamesTheKnownCountriesWhereOneIsNot) {
  const absl::Status status = CountryHolidays("XX", 2026, 2026).status();
  EXPECT_EQ(HttpStatusOf(status), 400);
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"XX\" are not known. Known are: AT, AU"));
}

constexpr char kIcs[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Company\r\n  closed\\, "
    "really\r\n"
    "END:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200229\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Leap\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/"
    "Berlin:20260110T090000\r\nDTEND:20260110T170000\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART:2026-01-10\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n";

TEST(IcsTest, ReadsEventsRulesAndFoldedLines) {
  const auto found = ReadIcs(kIcs, CivilDay(2024, 1, 1), CivilDay(2028, 12, 31));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(Has(found->days, CivilDay(2026, 12, 24)));
  EXPECT_TRUE(Has(found->days, CivilDay(2026, 12, 26)));
  EXPECT_FALSE(Has(found->days, CivilDay(2026, 12, 27)));
  EXPECT_TRUE(Has(found->days, CivilDay(2024, 2, 29)));
  EXPECT_TRUE(Has(found->days, CivilDay(2028, 2, 29)));
  EXPECT_FALSE(Has(found->days, CivilDay(2025, 3, 1)));
  EXPECT_TRUE(Has(found->days, CivilDay(2026, 1, 10)));
  EXPECT_EQ(found->skipped, 1U);
  EXPECT_EQ(found->simplified, 1U);
  const auto company = std::find_if(found->days.begin(), found->days.end(),
                                    [](const Holiday& day) { return day.day == CivilDay(2026, 12, 25); });
  ASSERT_NE(company, found->days.end());
  EXPECT_EQ(company->name, "Company closed, really");
}

TEST(IcsTest, RefusesWhatIsNoCalendarAndSurvivesRubbish) {
  EXPECT_EQ(HttpStatusOf(ReadIcs("timestamp,value\n1,2\n", CivilDay(2020, 1, 1), CivilDay(2021, 1, 1)).status()), 400);
  EXPECT_EQ(HttpStatusOf(ReadIcs("", CivilDay(2020, 1, 1), CivilDay(2021, 1, 1)).status()), 400);
  std::string many = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < 10'001; ++i) {
    many += "BEGIN:VEVENT\nDTSTART:20200101\nEND:VEVENT\n";
  }
  EXPECT_EQ(HttpStatusOf(ReadIcs(many, CivilDay(2020, 1, 1), CivilDay(2021, 1, 1)).status()), 400);
  const char kAbsurd[] =
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:00010101\nDTEND:99991231\n"
      "RRULE:FREQ=YEARLY;INTERVAL=-5;COUNT=2147483647\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART";
  const auto found = ReadIcs(kAbsurd, CivilDay(2020, 1, 1), CivilDay(2021, 1, 1));
  ASSERT_TRUE(found.ok());
  EXPECT_LE(found->days.size(), 1500U);
}

TEST(IcsTest, CountsYearsFromTheFirstWhereverTheRangeBegins) {
  const char kBiennial[] =
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20000704\nRRULE:FREQ=YEARLY;INTERVAL=2;COUNT=13\nEND:VEVENT\n"
      "END:VCALENDAR\n";
  const auto found = ReadIcs(kBiennial, CivilDay(2021, 1, 1), CivilDay(2030, 12, 31));
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->days.size(), 2U);  // the thirteenth is that of 2024
  EXPECT_EQ(found->days[0].day, CivilDay(2022, 7, 4));
  EXPECT_EQ(found->days[1].day, CivilDay(2024, 7, 4));
}

TEST(IcsTest, ReadsTenThousandAncientEventsAtOnce) {
  std::string many = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < 10'000; ++i) {
    many += "BEGIN:VEVENT\nDTSTART:00010101\nDTEND:00020101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n";
  }
  const auto found = ReadIcs(many, CivilDay(2020, 1, 1), CivilDay(2020, 1, 2));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->days.size(), 20'000U);
}

TEST(CalendarColumnsTest, FollowsTheClockOfTheZone) {
  CalendarOptions options;
  options.weekdays = true;
  options.holidays = {{CivilDay(2026, 1, 1), "New Year's Day"}};
  ASSERT_TRUE(absl::LoadTimeZone("America/New_York", &options.zone));
  const int64_t start = absl::ToUnixNanos(absl::FromCivil(CivilDay(2026, 1, 1), absl::UTCTimeZone()));
  const std::vector<CalendarColumn> columns = CalendarColumns(options, start, 3'600'000'000'000, 48);
  ASSERT_EQ(columns.size(), 7U);
  EXPECT_EQ(columns[6].name, "holiday");
  EXPECT_EQ(columns[6].values[4], 0);  // still the last evening of December there
  EXPECT_EQ(columns[6].values[5], 1);
  EXPECT_EQ(columns[6].values[28], 1);
  EXPECT_EQ(columns[6].values[29], 0);
  EXPECT_EQ(columns[3].name, "Thursday");
  EXPECT_EQ(columns[3].values[5], 1);
  EXPECT_EQ(columns[2].values[4], 1);
}

TEST(CalendarColumnsTest, TellsSundaysByMinusOneAndWeeksByTheirShare) {
  CalendarOptions options;
  options.weekdays = true;
  options.holidays = {{CivilDay(2026, 12, 25), "a"}, {CivilDay(2026, 12, 26), "b"}};
  constexpr int64_t kDay = 86'400'000'000'000;
  const int64_t monday = absl::ToUnixNanos(absl::FromCivil(CivilDay(2026, 12, 21), absl::UTCTimeZone()));
  const std::vector<CalendarColumn> days = CalendarColumns(options, monday, kDay, 7);
  for (size_t k = 0; k < 6; ++k) {
    EXPECT_EQ(days[k].values[k], 1);
    EXPECT_EQ(days[k].values[6], -1);
  }
  const std::vector<CalendarColumn> week = CalendarColumns(options, monday, 7 * kDay, 1);
  ASSERT_EQ(week.size(), 1U);
  EXPECT_DOUBLE_EQ(week[0].values[0], 2.0 / 7);
}

}  // namespace
}  // namespace bellwether
