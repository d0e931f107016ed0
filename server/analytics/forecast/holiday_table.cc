#include "server/analytics/forecast/holiday_table.h"

#include <algorithm>
#include <array>

#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

using absl::Weekday;

enum class RuleKind {
  kFixed,      // month, day
  kEaster,     // day = days after Easter Sunday
  kNth,        // month, the day-th `weekday` of it; -1 = the last
  kOnOrAfter,  // the first `weekday` on or after month, day
  kOnOrBefore  // the last `weekday` on or before month, day
};

// What the law does when the day falls on a weekend.
enum class Lieu { kNone, kNextWorkday, kNearestWorkday };

struct Rule {
  std::string_view country;
  std::string_view name;
  RuleKind kind;
  int month = 0;
  int day = 0;
  Weekday weekday = Weekday::monday;
  Lieu lieu = Lieu::kNone;
  int from_year = 0;
  int to_year = 9999;
};

constexpr std::array kCountries = {
    HolidayCountry{"AT", "Austria"},
    HolidayCountry{"AU", "Australia"},
    HolidayCountry{"BE", "Belgium"},
    HolidayCountry{"BR", "Brazil"},
    HolidayCountry{"CA", "Canada"},
    HolidayCountry{"CH", "Switzerland"},
    HolidayCountry{"CZ", "Czech Republic"},
    HolidayCountry{"DE", "Germany"},
    HolidayCountry{"DK", "Denmark"},
    HolidayCountry{"ES", "Spain"},
    HolidayCountry{"FI", "Finland"},
    HolidayCountry{"FR", "France"},
    HolidayCountry{"GB", "England and Wales"},
    HolidayCountry{"HU", "Hungary"},
    HolidayCountry{"IE", "Ireland"},
    HolidayCountry{"IT", "Italy"},
    HolidayCountry{"LU", "Luxembourg"},
    HolidayCountry{"MX", "Mexico"},
    HolidayCountry{"NL", "Netherlands"},
    HolidayCountry{"NO", "Norway"},
    HolidayCountry{"PL", "Poland"},
    HolidayCountry{"PT", "Portugal"},
    HolidayCountry{"SE", "Sweden"},
    HolidayCountry{"US", "United States"},
};

// Days that many countries share. A country appears once for each day that it keeps.
struct Shared {
  std::string_view name;
  RuleKind kind;
  int month;
  int day;
  std::string_view countries;
};

constexpr std::array kShared = {
    Shared{"New Year's Day", RuleKind::kFixed, 1, 1, "AT BE BR CA CH CZ DE DK ES FI FR HU IE IT LU MX NL NO PL PT SE"},
    Shared{"Epiphany", RuleKind::kFixed, 1, 6, "AT ES FI IT SE"},
    Shared{"Maundy Thursday", RuleKind::kEaster, 0, -3, "DK NO"},
    Shared{"Good Friday", RuleKind::kEaster, 0, -2, "AU BR CA CH DE DK ES FI GB NO PT SE"},
    Shared{"Easter Sunday", RuleKind::kEaster, 0, 0, "IT NL NO PL"},
    Shared{"Easter Monday", RuleKind::kEaster, 0, 1, "AT AU BE CH CZ DE DK FI FR GB HU IE IT LU NL NO PL SE"},
    Shared{"Labour Day", RuleKind::kFixed, 5, 1, "AT BE BR CZ DE ES FI FR HU IT LU MX NO PL PT SE"},
    Shared{"Ascension Day", RuleKind::kEaster, 0, 39, "AT BE CH DE DK FI FR LU NL NO SE"},
    Shared{"Whit Monday", RuleKind::kEaster, 0, 50, "AT BE CH DE DK FR HU LU NL NO"},
    Shared{"Corpus Christi", RuleKind::kEaster, 0, 60, "AT BR PL PT"},
    Shared{"Assumption of Mary", RuleKind::kFixed, 8, 15, "AT BE ES FR IT LU PL PT"},
    Shared{"All Saints' Day", RuleKind::kFixed, 11, 1, "AT BE ES FR HU IT LU PL PT"},
    Shared{"Immaculate Conception", RuleKind::kFixed, 12, 8, "AT ES IT PT"},
    Shared{"Christmas Day", RuleKind::kFixed, 12, 25, "AT BE BR CA CH CZ DE DK ES FI FR HU IE IT LU MX NL NO PL PT SE"},
    Shared{"Boxing Day", RuleKind::kFixed, 12, 26, "AT CA CH CZ DE DK FI HU IE IT LU NL NO PL SE"},
};

constexpr Weekday kMonday = Weekday::monday;

constexpr std::array kRules = {
    Rule{"AT", "National Day", RuleKind::kFixed, 10, 26},
    Rule{"AU", "New Year's Day", RuleKind::kFixed, 1, 1, kMonday, Lieu::kNextWorkday},
    Rule{"AU", "Australia Day", RuleKind::kFixed, 1, 26, kMonday, Lieu::kNextWorkday},
    Rule{"AU", "Anzac Day", RuleKind::kFixed, 4, 25},
    Rule{"AU", "King's Birthday", RuleKind::kNth, 6, 2, kMonday},
    Rule{"AU", "Christmas Day", RuleKind::kFixed, 12, 25, kMonday, Lieu::kNextWorkday},
    Rule{"AU", "Boxing Day", RuleKind::kFixed, 12, 26, kMonday, Lieu::kNextWorkday},
    Rule{"BE", "National Day", RuleKind::kFixed, 7, 21},
    Rule{"BE", "Armistice Day", RuleKind::kFixed, 11, 11},
    Rule{"BR", "Carnival Monday", RuleKind::kEaster, 0, -48},
    Rule{"BR", "Carnival Tuesday", RuleKind::kEaster, 0, -47},
    Rule{"BR", "Tiradentes", RuleKind::kFixed, 4, 21},
    Rule{"BR", "Independence Day", RuleKind::kFixed, 9, 7},
    Rule{"BR", "Our Lady of Aparecida", RuleKind::kFixed, 10, 12},
    Rule{"BR", "All Souls' Day", RuleKind::kFixed, 11, 2},
    Rule{"BR", "Republic Day", RuleKind::kFixed, 11, 15},
    Rule{"BR", "Black Awareness Day", RuleKind::kFixed, 11, 20, kMonday, Lieu::kNone, 2024},
    Rule{"CA", "Victoria Day", RuleKind::kOnOrBefore, 5, 24, kMonday},
    Rule{"CA", "Canada Day", RuleKind::kFixed, 7, 1},
    Rule{"CA", "Labour Day", RuleKind::kNth, 9, 1, kMonday},
    Rule{"CA", "Truth and Reconciliation", RuleKind::kFixed, 9, 30, kMonday, Lieu::kNone, 2021},
    Rule{"CA", "Thanksgiving", RuleKind::kNth, 10, 2, kMonday},
    Rule{"CA", "Remembrance Day", RuleKind::kFixed, 11, 11},
    Rule{"CH", "National Day", RuleKind::kFixed, 8, 1},
    Rule{"CZ", "Good Friday", RuleKind::kEaster, 0, -2, kMonday, Lieu::kNone, 2016},
    Rule{"CZ", "Victory Day", RuleKind::kFixed, 5, 8},
    Rule{"CZ", "Cyril and Methodius", RuleKind::kFixed, 7, 5},
    Rule{"CZ", "Jan Hus Day", RuleKind::kFixed, 7, 6},
    Rule{"CZ", "Statehood Day", RuleKind::kFixed, 9, 28},
    Rule{"CZ", "Independence Day", RuleKind::kFixed, 10, 28},
    Rule{"CZ", "Freedom Day", RuleKind::kFixed, 11, 17},
    Rule{"CZ", "Christmas Eve", RuleKind::kFixed, 12, 24},
    Rule{"DE", "German Unity Day", RuleKind::kFixed, 10, 3, kMonday, Lieu::kNone, 1990},
    Rule{"DK", "Great Prayer Day", RuleKind::kEaster, 0, 26, kMonday, Lieu::kNone, 0, 2023},
    Rule{"ES", "National Day", RuleKind::kFixed, 10, 12},
    Rule{"ES", "Constitution Day", RuleKind::kFixed, 12, 6},
    Rule{"FI", "Midsummer Day", RuleKind::kOnOrAfter, 6, 20, Weekday::saturday},
    Rule{"FI", "All Saints' Day", RuleKind::kOnOrAfter, 10, 31, Weekday::saturday},
    Rule{"FI", "Independence Day", RuleKind::kFixed, 12, 6},
    Rule{"FR", "Victory Day", RuleKind::kFixed, 5, 8},
    Rule{"FR", "Bastille Day", RuleKind::kFixed, 7, 14},
    Rule{"FR", "Armistice Day", RuleKind::kFixed, 11, 11},
    Rule{"GB", "New Year's Day", RuleKind::kFixed, 1, 1, kMonday, Lieu::kNextWorkday},
    Rule{"GB", "Early May bank holiday", RuleKind::kNth, 5, 1, kMonday},
    Rule{"GB", "Spring bank holiday", RuleKind::kNth, 5, -1, kMonday},
    Rule{"GB", "Summer bank holiday", RuleKind::kNth, 8, -1, kMonday},
    Rule{"GB", "Christmas Day", RuleKind::kFixed, 12, 25, kMonday, Lieu::kNextWorkday},
    Rule{"GB", "Boxing Day", RuleKind::kFixed, 12, 26, kMonday, Lieu::kNextWorkday},
    Rule{"HU", "Revolution Day", RuleKind::kFixed, 3, 15},
    Rule{"HU", "Good Friday", RuleKind::kEaster, 0, -2, kMonday, Lieu::kNone, 2017},
    Rule{"HU", "State Foundation Day", RuleKind::kFixed, 8, 20},
    Rule{"HU", "Republic Day", RuleKind::kFixed, 10, 23},
    Rule{"IE", "St Brigid's Day", RuleKind::kNth, 2, 1, kMonday, Lieu::kNone, 2023},
    Rule{"IE", "St Patrick's Day", RuleKind::kFixed, 3, 17},
    Rule{"IE", "May bank holiday", RuleKind::kNth, 5, 1, kMonday},
    Rule{"IE", "June bank holiday", RuleKind::kNth, 6, 1, kMonday},
    Rule{"IE", "August bank holiday", RuleKind::kNth, 8, 1, kMonday},
    Rule{"IE", "October bank holiday", RuleKind::kNth, 10, -1, kMonday},
    Rule{"IT", "Liberation Day", RuleKind::kFixed, 4, 25},
    Rule{"IT", "Republic Day", RuleKind::kFixed, 6, 2},
    Rule{"LU", "Europe Day", RuleKind::kFixed, 5, 9, kMonday, Lieu::kNone, 2019},
    Rule{"LU", "National Day", RuleKind::kFixed, 6, 23},
    Rule{"MX", "Constitution Day", RuleKind::kNth, 2, 1, kMonday},
    Rule{"MX", "Benito Juárez's birthday", RuleKind::kNth, 3, 3, kMonday},
    Rule{"MX", "Independence Day", RuleKind::kFixed, 9, 16},
    Rule{"MX", "Revolution Day", RuleKind::kNth, 11, 3, kMonday},
    Rule{"NL", "King's Day", RuleKind::kFixed, 4, 27, kMonday, Lieu::kNone, 2014},
    Rule{"NO", "Constitution Day", RuleKind::kFixed, 5, 17},
    Rule{"PL", "Epiphany", RuleKind::kFixed, 1, 6, kMonday, Lieu::kNone, 2011},
    Rule{"PL", "Constitution Day", RuleKind::kFixed, 5, 3},
    Rule{"PL", "Independence Day", RuleKind::kFixed, 11, 11},
    Rule{"PL", "Christmas Eve", RuleKind::kFixed, 12, 24, kMonday, Lieu::kNone, 2025},
    Rule{"PT", "Freedom Day", RuleKind::kFixed, 4, 25},
    Rule{"PT", "Portugal Day", RuleKind::kFixed, 6, 10},
    Rule{"PT", "Republic Day", RuleKind::kFixed, 10, 5},
    Rule{"PT", "Restoration of Independence", RuleKind::kFixed, 12, 1},
    Rule{"SE", "National Day", RuleKind::kFixed, 6, 6, kMonday, Lieu::kNone, 2005},
    Rule{"SE", "Midsummer Day", RuleKind::kOnOrAfter, 6, 20, Weekday::saturday},
    Rule{"SE", "All Saints' Day", RuleKind::kOnOrAfter, 10, 31, Weekday::saturday},
    Rule{"US", "New Year's Day", RuleKind::kFixed, 1, 1, kMonday, Lieu::kNearestWorkday},
    Rule{"US", "Martin Luther King Jr. Day", RuleKind::kNth, 1, 3, kMonday},
    Rule{"US", "Presidents' Day", RuleKind::kNth, 2, 3, kMonday},
    Rule{"US", "Memorial Day", RuleKind::kNth, 5, -1, kMonday},
    Rule{"US", "Juneteenth", RuleKind::kFixed, 6, 19, kMonday, Lieu::kNearestWorkday, 2021},
    Rule{"US", "Independence Day", RuleKind::kFixed, 7, 4, kMonday, Lieu::kNearestWorkday},
    Rule{"US", "Labor Day", RuleKind::kNth, 9, 1, kMonday},
    Rule{"US", "Columbus Day", RuleKind::kNth, 10, 2, kMonday},
    Rule{"US", "Veterans Day", RuleKind::kFixed, 11, 11, kMonday, Lieu::kNearestWorkday},
    Rule{"US", "Thanksgiving", RuleKind::kNth, 11, 4, Weekday::thursday},
    Rule{"US", "Christmas Day", RuleKind::kFixed, 12, 25, kMonday, Lieu::kNearestWorkday},
};

absl::CivilDay OnOrAfter(absl::CivilDay day, Weekday weekday) { return absl::NextWeekday(day - 1, weekday); }
absl::CivilDay OnOrBefore(absl::CivilDay day, Weekday weekday) { return absl::PrevWeekday(day + 1, weekday); }

absl::CivilDay DayOf(RuleKind kind, int month, int day, Weekday weekday, int year) {
  switch (kind) {
    case RuleKind::kFixed:
      return absl::CivilDay(year, month, day);
    case RuleKind::kEaster:
      return EasterSunday(year) + day;
    case RuleKind::kNth:
      return day > 0 ? OnOrAfter(absl::CivilDay(year, month, 1), weekday) + 7 * (day - 1)
                     : OnOrBefore(absl::CivilDay(absl::CivilMonth(year, month) + 1) - 1, weekday);
    case RuleKind::kOnOrAfter:
      return OnOrAfter(absl::CivilDay(year, month, day), weekday);
    case RuleKind::kOnOrBefore:
      return OnOrBefore(absl::CivilDay(year, month, day), weekday);
  }
  return absl::CivilDay(year, month, 1);
}

bool IsWeekend(absl::CivilDay day) {
  const Weekday weekday = absl::GetWeekday(day);
  return weekday == Weekday::saturday || weekday == Weekday::sunday;
}

bool Holds(const std::vector<Holiday>& days, absl::CivilDay day) {
  return std::any_of(days.begin(), days.end(), [&](const Holiday& known) { return known.day == day; });
}

// The day off in lieu of one on a weekend.
void AddLieu(const Rule& rule, absl::CivilDay day, std::vector<Holiday>& days) {
  if (rule.lieu == Lieu::kNone || !IsWeekend(day)) {
    return;
  }
  absl::CivilDay off = day;
  if (rule.lieu == Lieu::kNearestWorkday) {
    off = absl::GetWeekday(day) == Weekday::saturday ? day - 1 : day + 1;
  } else {
    while (IsWeekend(off) || Holds(days, off)) {
      off = off + 1;
    }
  }
  days.push_back({off, Concat(rule.name, " (day off in lieu)")});
}

}  // namespace

std::span<const HolidayCountry> HolidayCountries() { return kCountries; }

absl::CivilDay EasterSunday(int year) {
  const int a = year % 19;
  const int b = year / 100;
  const int c = year % 100;
  const int d = b / 4;
  const int e = b % 4;
  const int f = (b + 8) / 25;
  const int g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4;
  const int k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return absl::CivilDay(year, n / 31, n % 31 + 1);
}

absl::StatusOr<std::vector<Holiday>> CountryHolidays(std::string_view code, int from_year, int to_year) {
  const auto known = std::find_if(kCountries.begin(), kCountries.end(),
                                  [&](const HolidayCountry& country) { return country.code == code; });
  if (known == kCountries.end()) {
    std::string codes;
    for (const HolidayCountry& country : kCountries) {
      codes += Concat(codes.empty() ? "" : ", ", country.code);
    }
    return BadQueryError(Concat("The holidays of the country \"", code.substr(0, 20),
                                "\" are not known. Known are: ", codes, ". For others, name an ICS file."));
  }
  from_year = std::max(from_year, 1900);
  to_year = std::min(to_year, 2200);
  std::vector<Holiday> days;
  for (int year = from_year; year <= to_year; ++year) {
    for (const Shared& shared : kShared) {
      if (shared.countries.find(code) != std::string_view::npos) {
        days.push_back({DayOf(shared.kind, shared.month, shared.day, kMonday, year), std::string(shared.name)});
      }
    }
    const size_t before_lieu = days.size();
    for (const Rule& rule : kRules) {
      if (rule.country == code && year >= rule.from_year && year <= rule.to_year) {
        days.push_back({DayOf(rule.kind, rule.month, rule.day, rule.weekday, year), std::string(rule.name)});
      }
    }
    const size_t regular = days.size();
    size_t at = before_lieu;
    for (const Rule& rule : kRules) {
      if (rule.country == code && year >= rule.from_year && year <= rule.to_year && at < regular) {
        AddLieu(rule, days[at].day, days);
        ++at;
      }
    }
  }
  std::stable_sort(days.begin(), days.end(), [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
  return days;
}

}  // namespace bellwether
