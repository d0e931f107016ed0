#include "server/connectors/csv/time_parser.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"
#include "server/connectors/csv/time_scanner.h"

namespace bellwether {
namespace {

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
  TimeScanner rest(text.substr(static_cast<size_t>(end - text.data())));
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
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) && c != '.' && c != '+' && c != '-' && c != 'e' &&
        c != 'E') {
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
  TimeScanner in(text);
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
  TimeScanner in(Trim(text));
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
