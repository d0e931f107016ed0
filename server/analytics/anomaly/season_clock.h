#pragma once

#include <cstddef>
#include <cstdint>

namespace bellwether {

/// Where a time lies in the hour, the day and the week, and how fast profiles of them learn at a step. Times are taken
/// in UTC. Series with a step of half a day and more use the days of the week for the profile of the day.
class SeasonClock {
 public:
  static constexpr uint32_t kSlots = 96;   ///< of a day: quarters of an hour
  static constexpr uint32_t kHours = 168;  ///< of a week
  static constexpr uint32_t kSlotsAnHour = 4;
  static constexpr uint32_t kMinutes = 60;                   ///< of an hour
  static constexpr uint32_t kParts = kSlots / kSlotsAnHour;  ///< of a day: hours, or the days of the week

  /// Takes the time of the next row.
  void Locate(int64_t time_unix_ns, float rows_per_day);

  [[nodiscard]] uint32_t slot() const { return slot_; }
  [[nodiscard]] uint32_t hour() const { return hour_; }
  /// The hour of the day, of series with a step of half a day and more the day of the week.
  [[nodiscard]] uint32_t part() const { return rows_per_day_ <= 2 ? slot_ : slot_ / kSlotsAnHour; }
  /// Slots of a part in which there are rows.
  [[nodiscard]] int32_t SlotsOfPart() const {
    const float rows = rows_per_day_ / static_cast<float>(kParts);
    return rows < 2 ? 1 : rows < kSlotsAnHour ? 2 : static_cast<int32_t>(kSlotsAnHour);
  }
  /// The minute of the hour; 0 where steps are too long for it to matter.
  [[nodiscard]] uint32_t minute() const { return minute_; }
  [[nodiscard]] bool MinutesMatter() const { return rows_per_day_ > static_cast<float>(kSlots); }
  /// Those of the row before.
  [[nodiscard]] uint32_t last_slot() const { return last_slot_; }
  [[nodiscard]] uint32_t last_hour() const { return last_hour_; }

  /// The slot or hour on whose side the time lies, and how far from the middle of its own, 0 to 1/2.
  [[nodiscard]] uint32_t NextSlot() const { return Neighbour(slot_, slot_position_, kSlots); }
  [[nodiscard]] uint32_t NextHour() const { return Neighbour(hour_, hour_position_, kHours); }
  [[nodiscard]] float ToNextSlot() const { return slot_position_ < 0 ? -slot_position_ : slot_position_; }
  [[nodiscard]] float ToNextHour() const { return hour_position_ < 0 ? -hour_position_ : hour_position_; }

  /// Whether there is more than one row in a slot or an hour, so that values between them can be told.
  [[nodiscard]] bool SlotsHaveRows() const { return rows_per_day_ > static_cast<float>(kSlots); }
  [[nodiscard]] bool HoursHaveRows() const { return rows_per_day_ > 24; }

  [[nodiscard]] float rows_per_day() const { return rows_per_day_; }
  [[nodiscard]] float rows_per_hour() const { return rows_per_day_ * (1.0f / 24); }
  /// Hours that a row takes, where minutes matter.
  [[nodiscard]] float hours_per_row() const { return 24 * day_gain_; }

  /// Whether a cycle of so many rows is part of the hour, the day or the week as profiles of them see it.
  [[nodiscard]] bool Knows(float rows_a_cycle) const;

  /// The least gains of a slot, of an hour and of a day.
  [[nodiscard]] float slot_gain() const { return slot_gain_; }
  [[nodiscard]] float hour_gain() const { return hour_gain_; }
  [[nodiscard]] float day_gain() const { return day_gain_; }

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    visit(day_start_), visit(week_day_), visit(slot_), visit(minute_), visit(hour_), visit(last_slot_),
        visit(last_hour_);
    visit(rows_per_day_), visit(slot_gain_), visit(hour_gain_), visit(day_gain_), visit(slot_position_);
    visit(hour_position_);
  }
  [[nodiscard]] bool Valid() const;

 private:
  static uint32_t Neighbour(uint32_t place, float position, uint32_t places) {
    return position < 0 ? (place == 0 ? places - 1 : place - 1) : (place + 1 == places ? 0 : place + 1);
  }

  int64_t day_start_ = 0;
  uint8_t week_day_ = 0;
  uint8_t slot_ = 0;
  uint8_t minute_ = 0;
  uint8_t hour_ = 0;
  uint8_t last_slot_ = 0;
  uint8_t last_hour_ = 0;
  float rows_per_day_ = 288;
  float slot_gain_ = 1.0f / 18;
  float hour_gain_ = 1.0f / 36;
  float day_gain_ = 1.0f / 288;
  float slot_position_ = 0;  // within the slot, from its middle, -1/2 to 1/2
  float hour_position_ = 0;
};

}  // namespace bellwether
