#include "server/analytics/forecast/calendar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr size_t kMostEvents = 10'000;
constexpr int kLongestEvent = 366;  // days
constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr std::array<const char*, 6> kWeekdays = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// One content line: name, parameters (not split) and value.
struct IcsLine {
  std::string_view name;
  std::string value;
};

// Lines that begin with a space or a tab go on from the one before.
class IcsLines {
 public:
  explicit IcsLines(std::string_view text) : rest_(text) {}

  std::optional<IcsLine> Next() {
    if (rest_.empty()) {
      return std::nullopt;
    }
    line_ = std::string(Take());
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      line_ += Take().substr(1);
    }
    const std::string_view line = line_;
    const size_t name_end = std::min(line.find_first_of(";:"), line.size());
    const size_t colon = line.find(':', name_end);
    return IcsLine{line.substr(0, name_end),
                   colon == std::string_view::npos ? std::string() : std::string(line.substr(colon + 1))};
  }

 private:
  std::string_view Take() {
    const size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    return line;
  }

  std::string_view rest_;
  std::string line_;
};

std::optional<int> Number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// The day of "20261224" or "20261224T120000Z".
std::optional<absl::CivilDay> Day(std::string_view text) {
  if (text.size() < 8 || (text.size() > 8 && text[8] != 'T')) {
    return std::nullopt;
  }
  const std::optional<int> year = Number(text.substr(0, 4));
  const std::optional<int> month = Number(text.substr(4, 2));
  const std::optional<int> day = Number(text.substr(6, 2));
  if (!year || !month || !day) {
    return std::nullopt;
  }
  const absl::CivilDay civil(*year, *month, *day);
  const bool exists = civil.year() == *year && civil.month() == *month && civil.day() == *day;
  return exists ? std::optional(civil) : std::nullopt;
}

// The value of a part of a rule, such as FREQ in "FREQ=YEARLY;COUNT=3".
std::string_view RulePart(std::string_view rule, std::string_view name) {
  while (!rule.empty()) {
    const std::string_view part = rule.substr(0, rule.find(';'));
    rule.remove_prefix(std::min(rule.size(), part.size() + 1));
    if (part.size() > name.size() && part.substr(0, name.size()) == name && part[name.size()] == '=') {
      return part.substr(name.size() + 1);
    }
  }
  return {};
}

struct Event {
  std::string start;
  std::string end;
  std::string name;
  std::string rule;
};

std::string Unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      plain += text[i] == 'n' || text[i] == 'N' ? ' ' : text[i];
    } else {
      plain += text[i];
    }
  }
  return plain;
}

void AddDays(absl::CivilDay first, int length, const std::string& name, absl::CivilDay from, absl::CivilDay to,
             std::vector<Holiday>& days) {
  for (int i = 0; i < length; ++i) {
    if (const absl::CivilDay day = first + i; day >= from && day <= to) {
      days.push_back({day, name});
    }
  }
}

void AddEvent(const Event& event, absl::CivilDay from, absl::CivilDay to, IcsHolidays& found) {
  const std::optional<absl::CivilDay> start = Day(event.start);
  if (!start.has_value()) {
    ++found.skipped;
    return;
  }
  // DTEND is the day after the last; a time of day on it counts as part of it.
  const std::optional<absl::CivilDay> end = Day(event.end);
  const bool ends_within_day = event.end.size() > 8 && event.end.substr(8, 7) != "T000000";
  const int64_t length = end.has_value() ? *end - *start + (ends_within_day ? 1 : 0) : 1;
  const int days = static_cast<int>(std::clamp<int64_t>(length, 1, kLongestEvent));
  if (event.rule.empty()) {
    return AddDays(*start, days, event.name, from, to, found.days);
  }
  const bool is_yearly = RulePart(event.rule, "FREQ") == "YEARLY" && RulePart(event.rule, "BYDAY").empty() &&
                         RulePart(event.rule, "BYMONTHDAY").empty();
  if (!is_yearly) {
    ++found.simplified;
    return AddDays(*start, days, event.name, from, to, found.days);
  }
  const int interval = std::clamp(Number(RulePart(event.rule, "INTERVAL")).value_or(1), 1, 1000);
  const int count = Number(RulePart(event.rule, "COUNT")).value_or(1'000'000);
  const absl::CivilDay until = Day(RulePart(event.rule, "UNTIL")).value_or(to);
  // Years before the range are passed over at once: a calendar may begin in the year 1, ten thousand times.
  const absl::civil_year_t before = (from.year() - 2 - start->year()) / interval;
  for (int i = static_cast<int>(std::clamp<absl::civil_year_t>(before, 0, count)); i < count; ++i) {
    const absl::civil_year_t year = start->year() + static_cast<absl::civil_year_t>(i) * interval;
    const absl::CivilDay day(year, start->month(), start->day());
    if (day > to || day > until) {
      break;
    }
    if (day.month() == start->month()) {  // 29 February exists every fourth year
      AddDays(day, days, event.name, from, to, found.days);
    }
  }
}

}  // namespace

absl::StatusOr<IcsHolidays> ReadIcs(std::string_view text, absl::CivilDay from, absl::CivilDay to) {
  IcsHolidays found;
  IcsLines lines(text);
  bool is_calendar = false;
  size_t events = 0;
  std::optional<Event> event;
  while (std::optional<IcsLine> line = lines.Next()) {
    if (line->name == "BEGIN" && line->value == "VCALENDAR") {
      is_calendar = true;
    } else if (line->name == "BEGIN" && line->value == "VEVENT") {
      event = Event();
      if (++events > kMostEvents) {
        return BadQueryError(
            Concat("The calendar holds more than ", kMostEvents, " events. Name one with holidays alone."));
      }
    } else if (line->name == "END" && line->value == "VEVENT" && event.has_value()) {
      AddEvent(*event, from, to, found);
      event.reset();
    } else if (event.has_value()) {
      if (line->name == "DTSTART") {
        event->start = std::move(line->value);
      } else if (line->name == "DTEND") {
        event->end = std::move(line->value);
      } else if (line->name == "SUMMARY") {
        event->name = Unescape(line->value);
      } else if (line->name == "RRULE") {
        event->rule = std::move(line->value);
      }
    }
  }
  if (!is_calendar) {
    return BadQueryError("The file is no calendar: it has no line BEGIN:VCALENDAR. Name an iCalendar (.ics) file.");
  }
  std::stable_sort(found.days.begin(), found.days.end(),
                   [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
  return found;
}

absl::StatusOr<IcsHolidays> FindHolidays(std::string_view country, const std::optional<std::string>& ics,
                                         absl::CivilDay from, absl::CivilDay to) {
  IcsHolidays found;
  if (ics.has_value()) {
    BELLWETHER_ASSIGN_OR_RETURN(found, ReadIcs(*ics, from, to));
  }
  if (!country.empty()) {
    BELLWETHER_ASSIGN_OR_RETURN(const std::vector<Holiday> days,
                                CountryHolidays(country, static_cast<int>(from.year()), static_cast<int>(to.year())));
    found.days.insert(found.days.end(), days.begin(), days.end());
    std::stable_sort(found.days.begin(), found.days.end(),
                     [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
  }
  return found;
}

std::string PassedOver(const IcsHolidays& holidays) {
  return holidays.skipped + holidays.simplified == 0
             ? std::string()
             : Concat(holidays.skipped, " events without a day were skipped, and of ", holidays.simplified,
                      " that repeat in another way than yearly only the first counts.");
}

std::vector<CalendarColumn> CalendarColumns(const CalendarOptions& options, int64_t start_unix_ns, int64_t step_ns,
                                            size_t count) {
  std::vector<int64_t> times(count);
  for (size_t i = 0; i < count; ++i) {
    times[i] = start_unix_ns + static_cast<int64_t>(i) * step_ns;
  }
  return CalendarColumns(options, times, step_ns);
}

std::vector<CalendarColumn> CalendarColumns(const CalendarOptions& options, std::span<const int64_t> begin_unix_ns,
                                            int64_t step_ns) {
  const size_t count = begin_unix_ns.size();
  std::vector<CalendarColumn> columns;
  const bool weekdays = options.weekdays && step_ns <= kDayNs;
  if (weekdays) {
    for (const char* name : kWeekdays) {
      columns.push_back({name, std::vector<double>(count, 0.0)});
    }
  }
  const size_t holiday = columns.size();
  if (!options.holidays.empty()) {
    columns.push_back({kHolidayColumn, std::vector<double>(count, 0.0)});
  }
  const auto is_holiday = [&](absl::CivilDay day) {
    const auto place = std::lower_bound(options.holidays.begin(), options.holidays.end(), day,
                                        [](const Holiday& known, absl::CivilDay wanted) { return known.day < wanted; });
    return place != options.holidays.end() && place->day == day;
  };
  const auto day_at = [&](int64_t unix_ns) { return absl::ToCivilDay(absl::FromUnixNanos(unix_ns), options.zone); };
  for (size_t i = 0; i < count && !columns.empty(); ++i) {
    const int64_t begin = begin_unix_ns[i];
    const absl::CivilDay day = day_at(begin + step_ns / 2);
    if (weekdays) {
      const int index = static_cast<int>(absl::GetWeekday(day));  // Monday is 0
      for (int k = 0; k < static_cast<int>(kWeekdays.size()); ++k) {
        columns[static_cast<size_t>(k)].values[i] = index == k ? 1 : index == 6 ? -1 : 0;
      }
    }
    if (holiday < columns.size()) {
      const int64_t days = std::max<int64_t>(1, step_ns / kDayNs);
      const absl::CivilDay first = days == 1 ? day : day_at(begin);
      int64_t held = 0;
      for (int64_t d = 0; d < days; ++d) {
        held += is_holiday(first + d) ? 1 : 0;
      }
      columns[holiday].values[i] = static_cast<double>(held) / static_cast<double>(days);
    }
  }
  return columns;
}

}  // namespace bellwether
