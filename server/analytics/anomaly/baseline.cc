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
  const auto sound = [](double number) { return std::abs(number) <= 1e35; };
  const auto scale = [&](double number) { return number >= 0 && sound(number); };
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

double Baseline::DayValue() const {
  const double mean = static_cast<double>(day_mean_[slot_]);
  if (rows_per_day_ <= kSlots) {
    return mean;  // with at most one row a slot there is nothing between
  }
  const uint32_t other =
      slot_position_ < 0 ? (slot_ == 0 ? kSlots - 1 : slot_ - 1) : (slot_ + 1 == kSlots ? 0 : slot_ + 1);
  if (!KnowsDay(other)) {
    return mean;
  }
  return mean + std::abs(static_cast<double>(slot_position_)) * (static_cast<double>(day_mean_[other]) - mean);
}

double Baseline::WeekValue() const {
  const double mean = static_cast<double>(week_mean_[hour_]);
  if (rows_per_day_ <= 24) {
    return mean;
  }
  const uint32_t other =
      hour_position_ < 0 ? (hour_ == 0 ? kHours - 1 : hour_ - 1) : (hour_ + 1 == kHours ? 0 : hour_ + 1);
  if (!KnowsWeek(other)) {
    return mean;
  }
  return mean + std::abs(static_cast<double>(hour_position_)) * (static_cast<double>(week_mean_[other]) - mean);
}

double Baseline::DayScale() const {
  constexpr double kPriorValues = 6;
  const double n = Least<double>(day_count_[slot_], 50);
  return (n * static_cast<double>(day_deviation_[slot_]) + kPriorValues * wobble_) / (n + kPriorValues);
}

Baseline::Model Baseline::best() const {
  Model best = losses_[kDay] <= losses_[kLevel] && KnowsDay(slot_) ? kDay : kLevel;
  if (KnowsWeek(hour_) && losses_[kWeek] < losses_[best]) {
    best = kWeek;
  }
  return best;
}

double Baseline::ShareLeft() const { return losses_[kLevel] > 0 ? Least(1.0, losses_[best()] / losses_[kLevel]) : 1.0; }

Baseline::Expectation Baseline::Expect() const {
  const Model model = best();
  const double floor = 1e-6 * std::abs(slow_) + std::numeric_limits<float>::min();
  switch (model) {
    case kDay:
      return {.value = DayValue() + drift_, .scale = DayScale() + floor, .by_season = true};
    case kWeek: {
      // The day knows which hours are restless, the week how restless it is on the whole.
      const double ratio = wobble_ > 0 ? Clip(week_wobble_ / wobble_, 0.2, 1.5) : 1.0;
      return {.value = WeekValue() + week_drift_, .scale = ratio * DayScale() + floor, .by_season = true};
    }
    default:
      return {.value = slow_, .scale = spread_ + floor, .by_season = false};
  }
}

void Baseline::LearnDay(double value) {
  const uint32_t count = day_count_[slot_];
  const float gain = count < kManyRows ? Most(1 / static_cast<float>(count + 1), slot_gain_) : slot_gain_;
  float residual = static_cast<float>(value) - day_mean_[slot_];
  const float deviation = day_deviation_[slot_];
  if (count > 3) {
    const float limit = 3 * deviation + 0.1f * static_cast<float>(spread_);
    residual = Clip(residual, -limit, limit);
  }
  day_mean_[slot_] += gain * residual;
  if (count > 0) {
    day_deviation_[slot_] = deviation + gain * (std::abs(residual) - deviation);
  }
  day_count_[slot_] = static_cast<uint8_t>(Least<uint32_t>(count + 1, kManyRows));
}

void Baseline::LearnWeek(double value) {
  const uint32_t count = week_count_[hour_];
  const float gain = count < kManyRows ? Most(1 / static_cast<float>(count + 1), hour_gain_) : hour_gain_;
  float residual = static_cast<float>(value) - week_mean_[hour_];
  if (KnowsWeek(hour_) && week_wobble_ > 0) {
    const auto limit = static_cast<float>(4 * week_wobble_ + 0.1 * spread_);
    residual = Clip(residual, -limit, limit);
  }
  week_mean_[hour_] += gain * residual;
  week_count_[hour_] = static_cast<uint8_t>(Least<uint32_t>(count + 1, kManyRows));
}

void Baseline::Learn(double value) {
  const double n = static_cast<double>(rows_) + 1;
  const double inverse = 1 / n;
  const double day_gain = Most(inverse, static_cast<double>(day_gain_));
  if (rows_ > 0) {
    const double cut = 5 * spread_;
    losses_[kLevel] += day_gain * (Least(std::abs(value - slow_), cut) - losses_[kLevel]);
    const auto follow = [&](bool known, double profile, double& drift, double& wobble, double& loss) {
      const double distance = known ? value - profile - drift : value - slow_;
      loss += day_gain * (Least(std::abs(distance), cut) - loss);
      if (known) {
        const double limit = wobble > 0 ? 2 * wobble : spread_;
        wobble += Most(day_gain, 0.002) * (Least(std::abs(distance), 4 * spread_) - wobble);
        drift += day_gain * Clip(distance, -limit, limit);
      }
    };
    follow(KnowsDay(slot_), DayValue(), drift_, wobble_, losses_[kDay]);
    follow(KnowsWeek(hour_), WeekValue(), week_drift_, week_wobble_, losses_[kWeek]);
  }
  LearnDay(value);
  LearnWeek(value);
  LearnLevel(value);
}

void Baseline::LearnLevel(double value) {
  const double inverse = 1 / (static_cast<double>(rows_) + 1);
  if (rows_ == 0) {
    slow_ = value;
  }
  const double distance = value - slow_;
  const double clipped = rows_ < 8 ? distance : Clip(distance, -5 * spread_, 5 * spread_);
  // A series that never moved has no spread to clip by.
  const double step = spread_ > 0 ? clipped : distance;
  spread_ += Most(inverse, 0.002) * (std::abs(step) - spread_);
  const double most = 3 * spread_ + std::abs(step) * inverse;
  slow_ += Most(inverse, 0.001) * Clip(step, -most, most);
  rows_ = Least(rows_ + 1, kMostRows);
}

}  // namespace bellwether
