#include "server/analytics/anomaly/baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bellwether {
namespace {

constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr float kMemoryDays = 6;
constexpr float kMemoryWeeks = 3;

}  // namespace

void Baseline::Locate(int64_t time_unix_ns, float rows_per_day) {
  rows_per_day_ = rows_per_day;
  const uint32_t last_slot = slot_;
  const uint32_t last_hour = hour_;
  int64_t in_day = time_unix_ns - day_start_;
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
    slot_ = std::min(static_cast<uint32_t>(position), static_cast<uint32_t>(kSlots - 1));
    slot_position_ = static_cast<float>(position - static_cast<double>(slot_)) - 0.5f;
  }
  const double hours = position * 0.25;
  const auto hour_of_day = std::min(static_cast<uint32_t>(hours), 23u);
  hour_ = week_day_ * 24 + hour_of_day;
  hour_position_ = static_cast<float>(hours - static_cast<double>(hour_of_day)) - 0.5f;
  if (slot_ != last_slot && day_count_[last_slot] > 0) {
    day_known_[last_slot / 64] |= uint64_t{1} << (last_slot % 64);
  }
  if (hour_ != last_hour && week_count_[last_hour] > 0) {
    week_known_[last_hour / 64] |= uint64_t{1} << (last_hour % 64);
  }
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
  const double n = std::min<double>(day_count_[slot_], 50);
  return (n * static_cast<double>(day_deviation_[slot_]) + kPriorValues * wobble_) / (n + kPriorValues);
}

Baseline::Model Baseline::best() const {
  Model best = losses_[kDay] <= losses_[kLevel] && KnowsDay(slot_) ? kDay : kLevel;
  if (KnowsWeek(hour_) && losses_[kWeek] < losses_[best]) {
    best = kWeek;
  }
  return best;
}

double Baseline::ShareLeft() const {
  return losses_[kLevel] > 0 ? std::min(1.0, losses_[best()] / losses_[kLevel]) : 1.0;
}

Baseline::Expectation Baseline::Expect() const {
  const Model model = best();
  const double floor = 1e-6 * std::abs(slow_) + std::numeric_limits<float>::min();
  switch (model) {
    case kDay:
      return {.value = DayValue() + drift_, .scale = DayScale() + floor, .by_season = true};
    case kWeek: {
      // The day knows which hours are restless, the week how restless it is on the whole.
      const double ratio = wobble_ > 0 ? std::clamp(week_wobble_ / wobble_, 0.2, 1.5) : 1.0;
      return {.value = WeekValue() + week_drift_, .scale = ratio * DayScale() + floor, .by_season = true};
    }
    default:
      return {.value = slow_, .scale = spread_ + floor, .by_season = false};
  }
}

void Baseline::LearnDay(double value) {
  const float rows_per_slot = std::max(rows_per_day_ <= 2 ? rows_per_day_ / 7 : rows_per_day_ / kSlots, 1.0f);
  const uint32_t count = day_count_[slot_];
  const float gain = std::max(1 / static_cast<float>(count + 1), std::min(0.25f, 1 / (kMemoryDays * rows_per_slot)));
  float residual = static_cast<float>(value) - day_mean_[slot_];
  const float deviation = day_deviation_[slot_];
  if (count > 3) {
    const float limit = 3 * deviation + 0.1f * static_cast<float>(spread_);
    residual = std::clamp(residual, -limit, limit);
  }
  day_mean_[slot_] += gain * residual;
  if (count > 0) {
    day_deviation_[slot_] = deviation + gain * (std::abs(residual) - deviation);
  }
  day_count_[slot_] = static_cast<uint16_t>(std::min<uint32_t>(count + 1, 60'000));
}

void Baseline::LearnWeek(double value) {
  const float rows_per_hour = std::max(rows_per_day_ / 24, 1.0f);
  const uint32_t count = week_count_[hour_];
  const float gain = std::max(1 / static_cast<float>(count + 1), 1 / (kMemoryWeeks * rows_per_hour));
  float residual = static_cast<float>(value) - week_mean_[hour_];
  if (static_cast<float>(count) > rows_per_hour && week_wobble_ > 0) {
    const auto limit = static_cast<float>(4 * week_wobble_ + 0.1 * spread_);
    residual = std::clamp(residual, -limit, limit);
  }
  week_mean_[hour_] += gain * residual;
  week_count_[hour_] = static_cast<uint16_t>(std::min<uint32_t>(count + 1, 60'000));
}

void Baseline::Learn(double value) {
  const double n = static_cast<double>(rows_) + 1;
  const double inverse = 1 / n;
  const double day_gain = std::max(inverse, 1 / std::max(static_cast<double>(rows_per_day_), 48.0));
  if (rows_ == 0) {
    slow_ = value;
  } else {
    const double cut = 5 * spread_;
    losses_[kLevel] += day_gain * (std::min(std::abs(value - slow_), cut) - losses_[kLevel]);
    const auto follow = [&](bool known, double profile, double& drift, double& wobble, double& loss) {
      const double distance = known ? value - profile - drift : value - slow_;
      loss += day_gain * (std::min(std::abs(distance), cut) - loss);
      if (known) {
        const double limit = wobble > 0 ? 2 * wobble : spread_;
        wobble += std::max(day_gain, 0.002) * (std::min(std::abs(distance), 4 * spread_) - wobble);
        drift += day_gain * std::clamp(distance, -limit, limit);
      }
    };
    follow(KnowsDay(slot_), DayValue(), drift_, wobble_, losses_[kDay]);
    follow(KnowsWeek(hour_), WeekValue(), week_drift_, week_wobble_, losses_[kWeek]);
  }
  const double distance = value - slow_;
  const double clipped = rows_ < 8 ? distance : std::clamp(distance, -5 * spread_, 5 * spread_);
  // A series that never moved has no spread to clip by.
  const double step = spread_ > 0 ? clipped : distance;
  spread_ += std::max(inverse, 0.002) * (std::abs(step) - spread_);
  const double most = 3 * spread_ + std::abs(step) * inverse;
  slow_ += std::max(inverse, 0.001) * std::clamp(step, -most, most);
  LearnDay(value);
  LearnWeek(value);
  ++rows_;
}

}  // namespace bellwether
