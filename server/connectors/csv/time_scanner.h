#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "server/connectors/csv/time_parser.h"

namespace bellwether {

inline constexpr int64_t kNsPerSecond = 1'000'000'000;

/// A cursor over the text; every method takes what it names or leaves the cursor alone.
class TimeScanner {
 public:
  explicit TimeScanner(std::string_view text) : text_(text) {}

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

/// A date as written; valid only where TakeDate gave it.
struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

/// A date whose year is last: `first` and `second` are day and month in an order that is decided elsewhere.
struct YearLast {
  int first = 0;
  int second = 0;
  int year = 0;
  char separator = '\0';
};

/// Days from 1970-01-01 to the date of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", days_from_civil).
[[nodiscard]] int64_t DaysFromCivil(const Date& date);

/// Takes a date whose year is last; nothing, with the cursor anywhere, when there is none.
[[nodiscard]] std::optional<YearLast> TakeYearLast(TimeScanner& in);

/// Takes a date that the calendar has; nothing when there is none, or when `order` is needed and unknown.
[[nodiscard]] std::optional<Date> TakeDate(TimeScanner& in, DateOrder order);

/// Time of day as seconds after midnight and nanoseconds; false when what follows is no time of day.
[[nodiscard]] bool TakeTimeOfDay(TimeScanner& in, int64_t& seconds, int64_t& ns);

/// Takes a zone: Z, UTC, GMT, +01, +0100, +01:00. False when what follows is none of these.
[[nodiscard]] bool TakeZone(TimeScanner& in, int64_t& offset_s);

}  // namespace bellwether
