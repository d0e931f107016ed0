#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "tests/fuzz/require.h"

namespace bellwether {

/// Takes numbers off the front of a fuzzer's bytes; zeros when they have run out.
class FuzzBytes {
 public:
  explicit FuzzBytes(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  template <typename Number>
  Number Take() {
    Number number{};
    const size_t count = std::min(sizeof(Number), bytes_.size());
    if (count > 0) {
      std::memcpy(&number, bytes_.data(), count);
    }
    bytes_ = bytes_.subspan(count);
    return number;
  }
  [[nodiscard]] std::span<const uint8_t> rest() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::span<const uint8_t> bytes_;
};

struct FuzzRows {
  std::vector<int64_t> times;
  std::vector<double> values;
};

/// Rows from a small language, so that few bytes make a series long enough for a model to be warm: each row, or run of
/// rows, is one byte that says how the time goes on (upper half) and what the value is (lower half), with operands.
inline FuzzRows TakeRows(FuzzBytes& bytes, size_t rows_max) {
  constexpr int64_t kSteps[] = {1,
                                1'000'000,
                                1'000'000'000,
                                60'000'000'000,
                                300'000'000'000,
                                3'600'000'000'000,
                                86'400'000'000'000,
                                31'536'000'000'000'000};
  constexpr double kSpecial[] = {0.0,      -0.0,   std::numeric_limits<double>::infinity(),
                                 1e308,    -1e308, -std::numeric_limits<double>::infinity(),
                                 4.9e-324, 1e-300, 1e150,
                                 -1e150,   1.0,    1e16};
  FuzzRows rows;
  int64_t time = 1'700'006'400'000'000'000;
  int64_t step = kSteps[4];
  double value = 0;
  uint64_t random = 1;
  const auto move = [&](int64_t by) {
    if (__builtin_add_overflow(time, by, &time)) {
      time = by > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
    }
  };
  const auto add = [&](double number) {
    if (rows.values.size() < rows_max) {
      rows.times.push_back(time);
      rows.values.push_back(number);
    }
  };
  while (!bytes.empty() && rows.values.size() < rows_max) {
    const auto op = bytes.Take<uint8_t>();
    switch (op >> 4) {
      case 8:  // the same time again
        break;
      case 9:
        step = kSteps[bytes.Take<uint8_t>() % 8];
        move(step);
        break;
      case 10:
        move(bytes.Take<int64_t>());
        break;
      case 11:
        move(-step);
        break;
      default:
        move(step);
    }
    switch (op % 16) {
      case 0:
        value = bytes.Take<double>();
        add(value);
        break;
      case 1:
        value = bytes.Take<int8_t>();
        add(value);
        break;
      case 2:
        add(std::numeric_limits<double>::quiet_NaN());
        break;
      case 3:
        value += bytes.Take<int8_t>();
        add(value);
        break;
      case 4:
        value = std::ldexp(value, bytes.Take<int8_t>());
        add(value);
        break;
      case 5:
        value = kSpecial[bytes.Take<uint8_t>() % std::size(kSpecial)];
        add(value);
        break;
      case 6:  // a run of the same value
        for (int left = 4 * bytes.Take<uint8_t>(); left >= 0; --left, move(step)) {
          add(value);
        }
        break;
      case 7:  // a run of missing values
        for (int left = bytes.Take<uint8_t>(); left >= 0; --left, move(step)) {
          add(std::numeric_limits<double>::quiet_NaN());
        }
        break;
      default: {  // a run about the value: noise, or a wave of some period
        const double size = std::ldexp(1.0, bytes.Take<int8_t>() / 4);
        const int period = op % 16 - 8;
        for (int left = 4 * bytes.Take<uint8_t>(), i = 0; left >= 0; --left, ++i, move(step)) {
          random = random * 6364136223846793005u + 1442695040888963407u;
          const double noise = static_cast<double>(random >> 40) / 16777216.0 - 0.5;
          add(value + size * (period == 0 ? noise : (i % (12 * period) < 6 * period ? 1 : -1) + noise));
        }
      }
    }
  }
  return rows;
}

/// What a verdict promises for every input.
inline void RequireSound(const Verdict& verdict) {
  Require(verdict.score >= 0 && verdict.score <= 1, "the score must lie in [0, 1]");
  Require(verdict.p_value > 0 && verdict.p_value <= 1, "the p-value must lie in (0, 1]");
  Require(std::isnan(verdict.expected) == std::isnan(verdict.lower) &&
              std::isnan(verdict.expected) == std::isnan(verdict.upper),
          "expected, lower and upper are known together");
  if (!std::isnan(verdict.expected)) {
    Require(std::isfinite(verdict.lower) && std::isfinite(verdict.expected) && std::isfinite(verdict.upper),
            "the band must be finite");
    Require(verdict.lower <= verdict.expected && verdict.expected <= verdict.upper, "the band must be in order");
  }
  Require(verdict.is_anomaly == (verdict.severity != Severity::kNone), "an anomaly has a severity, nothing else has");
}

[[nodiscard]] inline bool SameNumber(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

[[nodiscard]] inline bool SameVerdict(const Verdict& a, const Verdict& b) {
  return SameNumber(a.expected, b.expected) && SameNumber(a.lower, b.lower) && SameNumber(a.upper, b.upper) &&
         a.score == b.score && a.p_value == b.p_value && a.is_anomaly == b.is_anomaly && a.severity == b.severity;
}

/// Options of every kind, those that must be refused among them.
inline DetectorOptions TakeOptions(FuzzBytes& bytes) {
  constexpr double kBudgets[] = {1, kLeastFalseAlarmsPerWeek, 0.25, 7, kMostFalseAlarmsPerWeek};
  DetectorOptions options;
  const auto choice = bytes.Take<uint8_t>();
  options.direction = static_cast<Direction>(choice % 3);
  const uint8_t budget = choice / 3 % 8;
  options.false_alarms_per_week = budget < 5 ? kBudgets[budget] : bytes.Take<double>();
  const auto rest = bytes.Take<uint8_t>();
  if ((rest & 1) != 0) {
    options.band_level = bytes.Take<double>();
  }
  if ((rest & 2) != 0) {
    options.min_deviation_absolute = bytes.Take<double>();
  }
  if ((rest & 4) != 0) {
    options.min_deviation_relative = bytes.Take<double>();
  }
  options.alert_on_missing = (rest & 64) != 0;
  int64_t from = 1'700'006'400'000'000'000;
  for (int k = 0; k < (rest >> 3) % 8; ++k) {
    const auto delay = bytes.Take<uint16_t>();
    const auto length = bytes.Take<uint16_t>();
    from += delay * int64_t{60'000'000'000};
    options.feedback.push_back({from, from + length * int64_t{60'000'000'000}, static_cast<FeedbackLabel>(delay % 3)});
  }
  return options;
}

}  // namespace bellwether
