#include "server/connectors/csv/time_scanner.h"

namespace bellwether {
namespace {

bool IsValid(const Date& date) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month < 1 || date.month > 12 || date.day < 1) {
    return false;
  }
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  return date.day <= kDays[date.month - 1] + (date.month == 2 && leap ? 1 : 0);
}

}  // namespace

int64_t DaysFromCivil(const Date& date) {
  const int64_t y = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

std::optional<YearLast> TakeYearLast(TimeScanner& in) {
  YearLast date;
  const int digits = in.TakeDigits(2, date.first);
  date.separator = in.peek();
  if (digits == 0 || (date.separator != '/' && date.separator != '.' && date.separator != '-')) {
    return std::nullopt;
  }
  in.Skip();
  if (in.TakeDigits(2, date.second) == 0 || !in.Take(date.separator) || in.TakeDigits(4, date.year) != 4) {
    return std::nullopt;
  }
  return date;
}

std::optional<Date> TakeDate(TimeScanner& in, DateOrder order) {
  TimeScanner probe = in;
  Date date;
  if (probe.TakeDigits(4, date.year) == 4) {
    const char separator = probe.peek();
    const bool compact = absl::ascii_isdigit(static_cast<unsigned char>(separator)) != 0;
    if (!compact) {
      if (separator != '-' && separator != '/' && separator != '.') {
        return std::nullopt;
      }
      probe.Skip();
    }
    const int month_digits = probe.TakeDigits(2, date.month);
    if (month_digits == 0 || (!compact && !probe.Take(separator))) {
      return std::nullopt;
    }
    const int day_digits = probe.TakeDigits(2, date.day);
    if (day_digits == 0 || (compact && (month_digits != 2 || day_digits != 2))) {
      return std::nullopt;
    }
  } else {
    probe = in;
    const std::optional<YearLast> parts = TakeYearLast(probe);
    if (!parts.has_value()) {
      return std::nullopt;
    }
    if (parts->separator == '.') {
      order = DateOrder::kDayFirst;  // Nobody writes month.day.year.
    }
    if (order == DateOrder::kUnknown) {
      return std::nullopt;
    }
    const bool day_first = order == DateOrder::kDayFirst;
    date = {parts->year, day_first ? parts->second : parts->first, day_first ? parts->first : parts->second};
  }
  if (!IsValid(date)) {
    return std::nullopt;
  }
  in = probe;
  return date;
}

bool TakeTimeOfDay(TimeScanner& in, int64_t& seconds, int64_t& ns) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  ns = 0;
  const int hour_digits = in.TakeDigits(2, hour);
  if (hour_digits == 0) {
    return false;
  }
  const bool colon = in.Take(':');
  if (!colon && hour_digits != 2) {
    return false;
  }
  if (in.TakeDigits(2, minute) != 2) {
    return false;
  }
  if (colon ? in.Take(':') : absl::ascii_isdigit(static_cast<unsigned char>(in.peek())) != 0) {
    if (in.TakeDigits(2, second) != 2) {
      return false;
    }
    if ((in.Take('.') || in.Take(',')) && !in.TakeFraction(ns)) {
      return false;
    }
  }
  TimeScanner probe = in;
  probe.SkipSpaces();
  const bool am = probe.TakeWord("am");
  const bool pm = !am && probe.TakeWord("pm");
  if (am || pm) {
    if (hour < 1 || hour > 12) {
      return false;
    }
    hour = hour % 12 + (pm ? 12 : 0);
    in = probe;
  }
  const bool midnight_after = hour == 24 && minute == 0 && second == 0 && ns == 0;
  if ((hour > 23 && !midnight_after) || minute > 59 || second > 60) {
    return false;
  }
  seconds = hour * 3600 + minute * 60 + second;
  return true;
}

bool TakeZone(TimeScanner& in, int64_t& offset_s) {
  offset_s = 0;
  if (in.TakeWord("z") || in.TakeWord("utc") || in.TakeWord("gmt")) {
    return true;
  }
  const bool minus = in.peek() == '-';
  if (!minus && in.peek() != '+') {
    return false;
  }
  in.Skip();
  int hours = 0;
  int minutes = 0;
  if (in.TakeDigits(2, hours) != 2) {
    return false;
  }
  const bool colon = in.Take(':');
  const int digits = in.TakeDigits(2, minutes);
  if ((colon && digits != 2) || digits == 1 || hours > 18 || minutes > 59) {
    return false;
  }
  offset_s = (minus ? -1 : 1) * (hours * 3600 + minutes * 60);
  return true;
}

}  // namespace bellwether
