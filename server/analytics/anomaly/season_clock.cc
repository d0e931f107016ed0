#include "server/analytics/anomaly/season_clock.h"

#include <cmath>
#include <limits>

#include "server/analytics/series/clip.h"

namespace bellwether {
namespace {

constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr int64_t kEarliest = std::numeric_limits<int64_t>::min() + kDayNs;
constexpr float kMemoryDays = 6;
constexpr float kMemoryWeeks = 3;
constexpr float kLeastGain = 1e-7f;  // below that of any step

}  // namespace

void SeasonClock::Locate(int64_t time_unix_ns, float rows_per_day) {
  if (rows_per_day != rows_per_day_) {
    rows_per_day_ = rows_per_day;
    const float rows_per_slot = Most(rows_per_day <= 2 ? rows_per_day / 7 : rows_per_day / kSlots, 1.0f);
    slot_gain_ = Least(0.25f, 1 / (kMemoryDays * rows_per_slot));
    hour_gain_ = 1 / (kMemoryWeeks * Most(rows_per_day / 24, 1.0f));
    day_gain_ = 1 / Most(rows_per_day, 48.0f);
  }
  last_slot_ = slot_;
  last_hour_ = hour_;
  time_unix_ns = Most(time_unix_ns, kEarliest);
  // By unsigned numbers: times may lie further apart than a signed one can say.
  auto in_day = static_cast<int64_t>(static_cast<uint64_t>(time_unix_ns) - static_cast<uint64_t>(day_start_));
  if (in_day < 0 || in_day >= kDayNs) {
    in_day = time_unix_ns % kDayNs;
    in_day += in_day < 0 ? kDayNs : 0;
    day_start_ = time_unix_ns - in_day;
    const int64_t day = day_start_ / kDayNs;
    week_day_ = static_cast<uint8_t>(((day % 7) + 7) % 7);
  }
  constexpr double kSlotsANs = static_cast<double>(kSlots) / static_cast<double>(kDayNs);
  const double position = static_cast<double>(in_day) * kSlotsANs;
  if (rows_per_day <= 2) {
    slot_ = week_day_;
    slot_position_ = 0;
  } else {
    slot_ = static_cast<uint8_t>(Least(static_cast<uint32_t>(position), kSlots - 1));
    slot_position_ = static_cast<float>(position - static_cast<double>(slot_)) - 0.5f;
  }
  constexpr int64_t kMinuteNs = 60'000'000'000;
  minute_ = MinutesMatter() ? static_cast<uint8_t>(in_day / kMinuteNs % kMinutes) : uint8_t{0};
  const double hours = position * 0.25;
  const auto hour_of_day = Least(static_cast<uint32_t>(hours), 23u);
  hour_ = static_cast<uint8_t>(week_day_ * 24 + hour_of_day);
  hour_position_ = static_cast<float>(hours - static_cast<double>(hour_of_day)) - 0.5f;
}

bool SeasonClock::Knows(float rows_a_cycle) const {
  // By how much of a cycle each hour, day or week may miss a whole number of them.
  constexpr float kMostOff = 0.02f;
  constexpr float kOfRatio = 0.003f;
  const auto fits = [&](float rows) {
    const float ratio = rows / rows_a_cycle;
    const float off = std::abs(ratio - std::round(ratio));
    // Longer cycles are part of none.
    return ratio > 0.9f && off <= Least(0.2f, kMostOff + kOfRatio * ratio);
  };
  if (MinutesMatter()) {
    return fits(rows_per_hour());
  }
  return fits(rows_per_day_ <= 2 ? 7 * rows_per_day_ : rows_per_day_);
}

bool SeasonClock::Valid() const {
  return slot_ < kSlots && minute_ < kMinutes && hour_ < kHours && last_slot_ < kSlots && last_hour_ < kHours &&
         week_day_ < 7 && day_start_ >= kEarliest - kDayNs && rows_per_day_ >= 1 && rows_per_day_ <= 1e6f &&
         slot_gain_ >= kLeastGain && slot_gain_ <= 1 && hour_gain_ >= kLeastGain && hour_gain_ <= 1 &&
         day_gain_ >= kLeastGain && day_gain_ <= 1 && std::abs(slot_position_) <= 1 && std::abs(hour_position_) <= 1;
}

}  // namespace bellwether
