#include "server/analytics/anomaly/baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/series/clip.h"

namespace bellwether {
namespace {

constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr int64_t kEarliest = std::numeric_limits<int64_t>::min() + kDayNs;
constexpr float kMemoryDays = 6;
constexpr float kMemoryWeeks = 3;
constexpr float kMostFirst = 4;  // usual distances from what was expected that the first values of a slot count at most
constexpr float kMostOfWeek = 3;
constexpr uint32_t kMostRows = uint32_t{1} << 31;  // counted no further

}  // namespace

void Baseline::Locate(int64_t time_unix_ns, float rows_per_day) {
  if (rows_per_day != rows_per_day_) {
    rows_per_day_ = rows_per_day;
    const float rows_per_slot = Most(rows_per_day <= 2 ? rows_per_day / 7 : rows_per_day / kSlots, 1.0f);
    slot_gain_ = Least(0.25f, 1 / (kMemoryDays * rows_per_slot));
    hour_gain_ = 1 / (kMemoryWeeks * Most(rows_per_day / 24, 1.0f));
    day_gain_ = 1 / Most(rows_per_day, 48.0f);
  }
  const uint32_t last_slot = slot_;
  const uint32_t last_hour = hour_;
  time_unix_ns = Most(time_unix_ns, kEarliest);
  // By unsigned numbers: times may lie further apart than a signed one can say.
  auto in_day = static_cast<int64_t>(static_cast<uint64_t>(time_unix_ns) - static_cast<uint64_t>(day_start_));
  if (in_day < 0 || in_day >= kDayNs) {
    in_day = time_unix_ns % kDayNs;
    in_day += in_day < 0 ? kDayNs : 0;
    day_start_ = time_unix_ns - in_day;
    const int64_t day = day_start_ / kDayNs;
    week_day_ = static_cast<uint32_t>(((day % 7) + 7) % 7);
  }
  constexpr double kSlotsANs = static_cast<double>(kSlots) / static_cast<double>(kDayNs);
  const double position = static_cast<double>(in_day) * kSlotsANs;
  if (rows_per_day <= 2) {
    slot_ = week_day_;
    slot_position_ = 0;
  } else {
    slot_ = Least(static_cast<uint32_t>(position), static_cast<uint32_t>(kSlots - 1));
    slot_position_ = static_cast<float>(position - static_cast<double>(slot_)) - 0.5f;
  }
  const double hours = position * 0.25;
  const auto hour_of_day = Least(static_cast<uint32_t>(hours), 23u);
  hour_ = week_day_ * 24 + hour_of_day;
  hour_position_ = static_cast<float>(hours - static_cast<double>(hour_of_day)) - 0.5f;
  if (slot_ != last_slot && day_count_[last_slot] > 0) {
    day_known_[last_slot / 64] |= uint64_t{1} << (last_slot % 64);
  }
  if (hour_ != last_hour && week_count_[last_hour] > 0) {
    week_known_[last_hour / 64] |= uint64_t{1} << (last_hour % 64);
  }
}

bool Baseline::Valid() const {
  const auto sound = [](float number) { return std::abs(number) <= 1e35f; };
  const auto scale = [&](float number) { return number >= 0 && sound(number); };
  return slot_ < kSlots && hour_ < kHours && week_day_ < 7 && rows_ <= kMostRows && day_start_ >= kEarliest - kDayNs &&
         rows_per_day_ >= 1 && rows_per_day_ <= 1e6f && slot_gain_ > 0 && slot_gain_ <= 1 && hour_gain_ > 0 &&
         hour_gain_ <= 1 && day_gain_ > 0 && day_gain_ <= 1 && sound(slow_) && sound(drift_) && sound(week_drift_) &&
         scale(spread_) && scale(wobble_) && scale(week_wobble_) &&
         std::all_of(losses_.begin(), losses_.end(), scale) &&
         std::all_of(day_deviation_.begin(), day_deviation_.end(), scale) &&
         std::all_of(day_mean_.begin(), day_mean_.end(), sound) &&
         std::all_of(week_mean_.begin(), week_mean_.end(), sound) && std::abs(slot_position_) <= 1 &&
         std::abs(hour_position_) <= 1;
}

float Baseline::DayValue() const {
  const float mean = day_mean_[slot_];
  if (rows_per_day_ <= kSlots) {
    return mean;  // with at most one row a slot there is nothing between
  }
  const uint32_t other =
      slot_position_ < 0 ? (slot_ == 0 ? kSlots - 1 : slot_ - 1) : (slot_ + 1 == kSlots ? 0 : slot_ + 1);
  if (!KnowsDay(other)) {
    return mean;
  }
  return mean + std::abs(slot_position_) * (day_mean_[other] - mean);
}

float Baseline::WeekValue() const {
  const float mean = week_mean_[hour_];
  if (rows_per_day_ <= 24) {
    return mean;
  }
  const uint32_t other =
      hour_position_ < 0 ? (hour_ == 0 ? kHours - 1 : hour_ - 1) : (hour_ + 1 == kHours ? 0 : hour_ + 1);
  if (!KnowsWeek(other)) {
    return mean;
  }
  return mean + std::abs(hour_position_) * (week_mean_[other] - mean);
}

float Baseline::DayScale() const {
  constexpr float kPriorValues = 6;
  const float n = Least<float>(day_count_[slot_], 50);
  return (n * day_deviation_[slot_] + kPriorValues * wobble_) / (n + kPriorValues);
}

Baseline::Model Baseline::best() const {
  Model best = losses_[kDay] <= losses_[kLevel] && KnowsDay(slot_) ? kDay : kLevel;
  if (KnowsWeek(hour_) && losses_[kWeek] < losses_[best]) {
    best = kWeek;
  }
  return best;
}

float Baseline::ShareLeft() const { return losses_[kLevel] > 0 ? Least(1.0f, losses_[best()] / losses_[kLevel]) : 1.0f; }

Baseline::Expectation Baseline::Expect() const {
  const Model model = best();
  const float floor = 1e-6f * std::abs(slow_) + std::numeric_limits<float>::min();
  switch (model) {
    case kDay:
      return {.value = DayValue() + drift_, .scale = DayScale() + floor, .by_season = true};
    case kWeek: {
      // The day knows which hours are restless, the week how restless it is on the whole.
      const float ratio = wobble_ > 0 ? Clip(week_wobble_ / wobble_, 0.2f, 1.5f) : 1.0f;
      return {.value = WeekValue() + week_drift_, .scale = ratio * DayScale() + floor, .by_season = true};
    }
    default:
      return {.value = slow_, .scale = spread_ + floor, .by_season = false};
  }
}

void Baseline::LearnDay(float value) {
  const uint32_t count = day_count_[slot_];
  const float gain = count < kManyRows ? Most(1 / static_cast<float>(count + 1), slot_gain_) : slot_gain_;
  if (count == 0) {
    day_mean_[slot_] = slow_;
  }
  const float deviation = day_deviation_[slot_];
  const float usual = count > 0 && wobble_ > 0 ? wobble_ : spread_;
  const float limit =
      count > 3 ? 3 * deviation + 0.1f * spread_ : kMostFirst * usual;
  const float residual = Clip(value - day_mean_[slot_], -limit, limit);
  day_mean_[slot_] += gain * residual;
  if (count > 0) {
    day_deviation_[slot_] = deviation + gain * (std::abs(residual) - deviation);
  }
  day_count_[slot_] = static_cast<uint8_t>(Least<uint32_t>(count + 1, kManyRows));
}

void Baseline::LearnWeek(float value) {
  const uint32_t count = week_count_[hour_];
  const float gain = count < kManyRows ? Most(1 / static_cast<float>(count + 1), hour_gain_) : hour_gain_;
  if (count == 0) {
    week_mean_[hour_] = KnowsDay(slot_) ? DayValue() + drift_ : slow_;
  }
  const float usual = KnowsWeek(hour_) && week_wobble_ > 0 ? week_wobble_ : wobble_ > 0 ? wobble_ : spread_;
  const float limit = kMostOfWeek * usual + 0.1f * spread_;
  week_mean_[hour_] += gain * Clip(value - week_mean_[hour_], -limit, limit);
  week_count_[hour_] = static_cast<uint8_t>(Least<uint32_t>(count + 1, kManyRows));
}

void Baseline::Learn(float value) {
  const float n = static_cast<float>(rows_) + 1;
  const float inverse = 1 / n;
  const float day_gain = Most(inverse, day_gain_);
  if (rows_ > 0) {
    const float cut = 5 * spread_;
    losses_[kLevel] += day_gain * (Least(std::abs(value - slow_), cut) - losses_[kLevel]);
    const auto follow = [&](bool known, float profile, float first_wobble, float& drift, float& wobble,
                            float& loss) {
      const float distance = known ? value - profile - drift : value - slow_;
      loss += day_gain * (Least(std::abs(distance), cut) - loss);
      if (known) {
        wobble = wobble > 0 ? wobble : first_wobble;
        const float limit = wobble > 0 ? 2 * wobble : spread_;
        wobble += Most(day_gain, 0.002f) * (Least(std::abs(distance), 4 * spread_) - wobble);
        drift += day_gain * Clip(distance, -limit, limit);
      }
    };
    follow(KnowsDay(slot_), DayValue(), spread_, drift_, wobble_, losses_[kDay]);
    follow(KnowsWeek(hour_), WeekValue(), wobble_ > 0 ? wobble_ : spread_, week_drift_, week_wobble_,
           losses_[kWeek]);
  }
  LearnDay(value);
  LearnWeek(value);
  LearnLevel(value);
}

void Baseline::LearnLevel(float value) {
  const float inverse = 1 / (static_cast<float>(rows_) + 1);
  if (rows_ == 0) {
    slow_ = value;
  }
  const float distance = value - slow_;
  const float clipped = rows_ < 8 ? distance : Clip(distance, -5 * spread_, 5 * spread_);
  // A series that never moved has no spread to clip by.
  const float step = spread_ > 0 ? clipped : distance;
  spread_ += Most(inverse, 0.002f) * (std::abs(step) - spread_);
  const float most = 3 * spread_ + std::abs(step) * inverse;
  slow_ += Most(inverse, 0.001f) * Clip(step, -most, most);
  rows_ = Least(rows_ + 1, kMostRows);
}

}  // namespace bellwether
