#include "server/connectors/csv/time_parser.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"

namespace bellwether {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kMaxSeconds = INT64_MAX / kNsPerSecond - 1;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

/// A cursor over the text; every method takes what it names or leaves the cursor alone.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return pos_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[pos_]; }
  void Skip() { ++pos_; }
  bool Take(char c) {
    if (peek() != c || done()) {
      return false;
    }
    ++pos_;
    return true;
  }
  void SkipSpaces() {
    while (Take(' ')) {
    }
  }
  /// Up to `max` digits as a number; the count of digits taken.
  int TakeDigits(int max, int& value) {
    int count = 0;
    value = 0;
    while (count < max && pos_ < text_.size() && absl::ascii_isdigit(static_cast<unsigned char>(text_[pos_]))) {
      value = value * 10 + (text_[pos_++] - '0');
      ++count;
    }
    return count;
  }
  bool TakeWord(std::string_view lower) {
    if (text_.size() - pos_ < lower.size()) {
      return false;
    }
    for (size_t i = 0; i < lower.size(); ++i) {
      if (absl::ascii_tolower(static_cast<unsigned char>(text_[pos_ + i])) != lower[i]) {
        return false;
      }
    }
    pos_ += lower.size();
    return true;
  }
  /// The digits of a fraction as nanoseconds; false when there is none.
  bool TakeFraction(int64_t& ns) {
    int64_t unit = kNsPerSecond;
    ns = 0;
    const size_t start = pos_;
    while (pos_ < text_.size() && absl::ascii_isdigit(static_cast<unsigned char>(text_[pos_]))) {
      unit /= 10;
      ns += unit * (text_[pos_++] - '0');
    }
    return pos_ > start;
  }

 private:
  std::string_view text_;
  size_t pos_ = 0;
};

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

/// Days from 1970-01-01 to the date of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", days_from_civil).
int64_t DaysFromCivil(const Date& date) {
  const int64_t y = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

bool IsValid(const Date& date) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month < 1 || date.month > 12 || date.day < 1) {
    return false;
  }
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  return date.day <= kDays[date.month - 1] + (date.month == 2 && leap ? 1 : 0);
}

/// A date whose year is last: `first` and `second` are day and month in an order that is decided elsewhere.
struct YearLast {
  int first = 0;
  int second = 0;
  int year = 0;
  char separator = '\0';
};

std::optional<YearLast> TakeYearLast(Scanner& in) {
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

std::optional<Date> TakeDate(Scanner& in, DateOrder order) {
  Scanner probe = in;
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

/// Time of day as seconds after midnight and nanoseconds; false when what follows is no time of day.
bool TakeTimeOfDay(Scanner& in, int64_t& seconds, int64_t& ns) {
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
  Scanner probe = in;
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

/// Takes a zone: Z, UTC, GMT, +01, +0100, +01:00. False when what follows is none of these.
bool TakeZone(Scanner& in, int64_t& offset_s) {
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

std::optional<int64_t> ToUnixNs(int64_t seconds, int64_t ns) {
  if (seconds > kMaxSeconds || seconds < -kMaxSeconds) {
    return std::nullopt;
  }
  return seconds * kNsPerSecond + ns;
}

/// An epoch number without exponent is read in integers, so that nanoseconds survive.
std::optional<int64_t> ParseEpoch(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error != std::errc() || whole == INT64_MIN) {
    return std::nullopt;
  }
  Scanner rest(text.substr(static_cast<size_t>(end - text.data())));
  int64_t fraction_e9 = 0;
  if (rest.Take('.') && !rest.done()) {
    rest.TakeFraction(fraction_e9);
  }
  if (!rest.done()) {
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !(std::abs(value) < 9e18)) {
      return std::nullopt;
    }
    whole = static_cast<int64_t>(value);
    fraction_e9 = static_cast<int64_t>((std::abs(value) - std::abs(static_cast<double>(whole))) * 1e9);
  }
  const int64_t magnitude = whole < 0 ? -whole : whole;
  int64_t unit_ns = 1;
  if (magnitude < 100'000'000'000) {
    unit_ns = kNsPerSecond;
  } else if (magnitude < 100'000'000'000'000) {
    unit_ns = 1'000'000;
  } else if (magnitude < 100'000'000'000'000'000) {
    unit_ns = 1'000;
  }
  if (magnitude > INT64_MAX / unit_ns - 1) {
    return std::nullopt;
  }
  const int64_t fraction_ns = fraction_e9 / (kNsPerSecond / unit_ns);
  return whole * unit_ns + (text.starts_with('-') ? -fraction_ns : fraction_ns);
}

bool LooksLikeNumber(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) && c != '.' && c != '+' && c != '-' && c != 'e' && c != 'E') {
      return false;
    }
  }
  // 2026-11-20 and 20.11.2026 consist of the same characters as a number does: one sign or point only.
  const size_t dash = text.find_first_of("-+", 1);
  const size_t exponent = text.find_first_of("eE");
  return text.find('.') == text.rfind('.') && (dash == std::string_view::npos || dash == exponent + 1);
}

}  // namespace

TimeParser::TimeParser(Options options) : options_(std::move(options)) {
  zone_is_utc_ = options_.zone == absl::UTCTimeZone();
}

int64_t TimeParser::LocalOffsetSeconds(int64_t local_seconds) {
  const int64_t quarter = local_seconds >= 0 ? local_seconds / 900 : -((899 - local_seconds) / 900);
  if (quarter != memo_quarter_) {  // Offsets change on quarters of an hour.
    const absl::CivilSecond civil = absl::CivilSecond(1970, 1, 1) + quarter * 900;
    const absl::TimeZone::TimeInfo info = options_.zone.At(civil);
    memo_offset_s_ = quarter * 900 - absl::ToUnixSeconds(info.pre);
    memo_quarter_ = quarter;
  }
  return memo_offset_s_;
}

std::optional<ParsedTime> TimeParser::ParseCalendar(std::string_view text) {
  Scanner in(text);
  const std::optional<Date> date = TakeDate(in, options_.date_order);
  if (!date.has_value()) {
    return std::nullopt;
  }
  int64_t seconds = DaysFromCivil(*date) * 86400;
  int64_t ns = 0;
  int64_t offset_s = 0;
  bool has_zone = false;
  if (!in.done()) {
    if (!in.Take('T') && !in.Take('t')) {
      if (in.peek() != ' ') {
        return std::nullopt;
      }
      in.SkipSpaces();
    }
    int64_t of_day = 0;
    if (!TakeTimeOfDay(in, of_day, ns)) {
      return std::nullopt;
    }
    seconds += of_day;
    in.SkipSpaces();
    if (!in.done()) {
      has_zone = TakeZone(in, offset_s);
      if (!has_zone || !in.done()) {
        return std::nullopt;
      }
    }
  }
  if (!has_zone && !zone_is_utc_) {
    offset_s = LocalOffsetSeconds(seconds);
  }
  const std::optional<int64_t> unix_ns = ToUnixNs(seconds - offset_s, ns);
  if (!unix_ns.has_value()) {
    return std::nullopt;
  }
  return ParsedTime{*unix_ns, TimeKind::kCalendar, has_zone};
}

std::optional<ParsedTime> TimeParser::ParseWithFormat(std::string_view text) const {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(options_.format, std::string(text), options_.zone, &time, &error)) {
    return std::nullopt;
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  const int64_t ns = absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds));
  const std::optional<int64_t> unix_ns = ToUnixNs(seconds, ns);
  if (!unix_ns.has_value()) {
    return std::nullopt;
  }
  const bool has_zone = options_.format.find("%z") != std::string::npos ||
                        options_.format.find("%Ez") != std::string::npos ||
                        options_.format.find("%s") != std::string::npos;
  return ParsedTime{*unix_ns, TimeKind::kCalendar, has_zone};
}

std::optional<ParsedTime> TimeParser::Parse(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text.size() > 64) {
    return std::nullopt;
  }
  if (!options_.format.empty()) {
    return ParseWithFormat(text);
  }
  if (!LooksLikeNumber(text)) {
    return ParseCalendar(text);
  }
  const std::optional<int64_t> unix_ns = ParseEpoch(text);
  if (!unix_ns.has_value()) {
    return std::nullopt;
  }
  return ParsedTime{*unix_ns, TimeKind::kEpoch, true};
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  TimeParser parser;
  const std::optional<ParsedTime> parsed = parser.Parse(text);
  return parsed.has_value() ? std::optional<int64_t>(parsed->unix_ns) : std::nullopt;
}

DateOrderHint HintOf(std::string_view text) {
  Scanner in(Trim(text));
  const std::optional<YearLast> date = TakeYearLast(in);
  if (!date.has_value() || date->separator == '.') {
    return DateOrderHint::kNone;
  }
  if (date->first > 12) {
    return date->second <= 12 ? DateOrderHint::kDayFirst : DateOrderHint::kNone;
  }
  return date->second > 12 ? DateOrderHint::kMonthFirst : DateOrderHint::kAmbiguous;
}

}  // namespace bellwether
