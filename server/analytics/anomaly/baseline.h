#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bellwether {

/// What is usual of a series at each moment, by three models of which the one that was nearest over the last day
/// counts: the level (a clipped mean of some thousand rows), the profile of the day (96 quarters of an hour, clipped
/// updates, a memory of six days) and the profile of the week (168 hours), the profiles on the level of the last day.
/// The first values of a slot count within bounds, so that what happened once is not expected a day or a week later.
/// None follows the last rows, so that an incident stands out for as long as it lasts. Times are taken in UTC. Series
/// with a step of half a day and more use the days of the week for the profile of the day. About 2 KB.
class Baseline {
 public:
  enum Model : uint32_t { kLevel, kDay, kWeek, kModels };

  struct Expectation {
    float value = 0;
    float scale = 0;  ///< usual distance from it, not below the smallest distance that means something
    bool by_season = false;
  };

  /// Takes the time of the next row.
  void Locate(int64_t time_unix_ns, float rows_per_day);

  /// What is usual at the time of the last Locate; `rows` before it were learned, at least one.
  [[nodiscard]] Expectation Expect() const;

  /// Learns the value at the time of the last Locate.
  void Learn(float value);

  /// Learns the level alone: a value whose time is not known.
  void LearnLevel(float value);

  /// Mean absolute distance from the level.
  [[nodiscard]] float spread() const { return spread_; }
  [[nodiscard]] uint32_t rows() const { return rows_; }

  /// The model that counts.
  [[nodiscard]] Model best() const;
  /// Share of the level's loss that the model at hand leaves, 0 to 1.
  [[nodiscard]] float ShareLeft() const;

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    visit(day_mean_), visit(day_deviation_), visit(day_count_), visit(week_mean_), visit(week_count_),
        visit(day_known_);
    visit(week_known_);
    visit(rows_), visit(slow_), visit(spread_), visit(drift_), visit(week_drift_), visit(wobble_), visit(week_wobble_);
    visit(losses_), visit(day_start_), visit(week_day_), visit(slot_), visit(hour_), visit(rows_per_day_),
        visit(slot_gain_);
    visit(hour_gain_), visit(day_gain_);
    visit(slot_position_), visit(hour_position_);
  }
  [[nodiscard]] bool Valid() const;

 private:
  static constexpr size_t kSlots = 96;
  static constexpr size_t kHours = 168;
  static constexpr uint8_t kManyRows = 255;

  bool KnowsDay(uint32_t slot) const { return (day_known_[slot / 64] >> (slot % 64) & 1) != 0; }
  bool KnowsWeek(uint32_t hour) const { return (week_known_[hour / 64] >> (hour % 64) & 1) != 0; }
  float DayValue() const;
  float WeekValue() const;
  float DayScale() const;
  void LearnDay(float value);
  void LearnWeek(float value);

  std::array<float, kSlots> day_mean_{};
  std::array<float, kSlots> day_deviation_{};  // mean absolute residual of the slot
  std::array<uint8_t, kSlots> day_count_{};    // of rows, up to kManyRows
  std::array<float, kHours> week_mean_{};
  std::array<uint8_t, kHours> week_count_{};
  // Slots and hours that were seen to their end: only those say what is usual there.
  std::array<uint64_t, 2> day_known_{};
  std::array<uint64_t, 3> week_known_{};

  uint32_t rows_ = 0;
  float slow_ = 0;
  float spread_ = 0;
  float drift_ = 0;       // of the last day from the profile of the day, clipped
  float week_drift_ = 0;  // likewise from that of the week
  float wobble_ = 0;      // mean absolute distance from the profile of the day and its drift
  float week_wobble_ = 0;
  std::array<float, kModels> losses_{};

  int64_t day_start_ = 0;
  uint32_t week_day_ = 0;
  uint32_t slot_ = 0;
  uint32_t hour_ = 0;
  float rows_per_day_ = 288;
  // What follows from it: the least gains of a slot, of an hour and of a day.
  float slot_gain_ = 1.0f / 18;
  float hour_gain_ = 1.0f / 36;
  float day_gain_ = 1.0f / 288;
  float slot_position_ = 0;  // within the slot, from its middle, -1/2 to 1/2
  float hour_position_ = 0;
};

}  // namespace bellwether
