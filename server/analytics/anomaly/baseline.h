#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "server/analytics/anomaly/season_clock.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// What is usual of N series with the same times at each moment, by four models of which the one that was nearest over
/// the last day counts: the level (a clipped mean of some thousand rows), a straight line (where it is much better),
/// the profile of the day (96 quarters of an hour, clipped updates, a memory of six days) and that of the week (168
/// hours), the profiles on the level of the last day. The first values of a slot count within bounds, so that what
/// happened once is not expected a day or a week later. None follows the last rows, so that an incident stands out for
/// as long as it lasts. About 1.5 KB a series.
template <size_t N = 1>
class Baseline {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  // The models, coarsest first.
  static constexpr int32_t kLevel = 0;
  static constexpr int32_t kLine = 1;
  static constexpr int32_t kDay = 2;
  static constexpr int32_t kWeek = 3;
  static constexpr size_t kModels = 4;

  struct Expectation {
    Float value;  ///< without what happens again in each hour or other cycle
    Float cycle;  ///< what happens again at this place of that (CycleProfile), 0 unless somebody else fills it in
    Float scale;  ///< usual distance from it, not below the smallest distance that means something
    Float day;    ///< of the profile of the day alone
    Float week;   ///< likewise of the week
  };

  /// Takes the clock of the next row: slots and hours that were seen to their end say from now on what is usual there.
  BELLWETHER_LANES_INLINE void Locate(const SeasonClock& clock) {
    if (clock.slot() != clock.last_slot()) {
      MarkKnown(day_count_[clock.last_slot()]);
    }
    if (clock.hour() != clock.last_hour()) {
      MarkKnown(week_count_[clock.last_hour()]);
    }
  }

  /// What is usual at the time of the clock by a model (Best); lanes without a row so far get zeros.
  BELLWETHER_LANES_INLINE Expectation Expect(const SeasonClock& clock, Int model) const {
    const Float slow = slow_.Load();
    const Float floor = 1e-6f * AbsOf<N>(slow) + std::numeric_limits<float>::min();
    const Float wobble = wobble_.Load();
    const Float day_scale = DayScale(clock);
    // The day knows which hours are restless, the week how restless it is on the whole.
    const Float ratio = L::Select(wobble > 0.0f, Within(week_wobble_.Load() / wobble, 0.2f, 1.5f), L::Splat(1.0f));
    const Mask by_day = model == kDay;
    const Mask by_week = model == kWeek;
    const Float day = DayValue(clock);
    const Float week = WeekValue(clock);
    const Mask by_line = model == kLine;
    const Float plain = L::Select(by_line, line_.Load() + slope_.Load(), slow);
    const Float plain_scale = L::Select(by_line, losses_[kLine].Load(), spread_.Load());
    const Float value = L::Select(by_week, week + week_drift_.Load(), L::Select(by_day, day + drift_.Load(), plain));
    const Float scale = L::Select(by_week, ratio * day_scale, L::Select(by_day, day_scale, plain_scale));
    return {.value = value, .cycle = L::Splat(0.0f), .scale = scale + floor, .day = day, .week = week};
  }

  /// Learns the values at the time of the clock, of which `usual` was expected, in the lanes of `learn`.
  BELLWETHER_LANES_INLINE void Learn(Float value, const Expectation& usual, const SeasonClock& clock, Mask learn) {
    const Float inverse = InverseOfNext<N>(rows_.Load());
    const Float day_gain = Most<Float>(inverse, L::Splat(clock.day_gain()));
    const Mask follows = learn & (rows_.Load() > 0);
    const Float spread = spread_.Load();
    const Float slow = slow_.Load();
    const Float cut = 5 * spread;
    const Float from_level = value - slow;
    const Float loss = losses_[kLevel].Load();
    losses_[kLevel] = L::Select(follows, loss + day_gain * (Least<Float>(AbsOf<N>(from_level), cut) - loss), loss);
    const Row row = {value, from_level, spread, cut, day_gain, follows};
    Follow(row, Known(day_count_[clock.slot()]), usual.day, spread, drift_, wobble_, losses_[kDay]);
    const Float wobble = wobble_.Load();
    Follow(row, Known(week_count_[clock.hour()]), usual.week, L::Select(wobble > 0.0f, wobble, spread), week_drift_,
           week_wobble_, losses_[kWeek]);
    LearnDay(value, clock, learn);
    LearnWeek(value, clock, usual.day, learn);
    LearnLine(value, inverse, day_gain, 5 * losses_[kLine].Load(), learn);
    LearnLevel(value, learn, inverse);
  }

  /// Learns the first values of a series, level and line alone.
  BELLWETHER_LANES_INLINE void LearnFirst(Float value, Mask learn) {
    const Int rows = rows_.Load();
    const Float inverse = InverseOfNext<N>(rows);
    // Of the first rows none is known to be wild. The line begins level.
    line_ = L::Select(learn & (rows == 0), value, line_.Load());
    LearnLine(value, Least<Float>(inverse, L::Splat(0.5f)), inverse, L::Splat(std::numeric_limits<float>::max()),
              learn & (rows > 0));
    LearnLevel(value, learn, inverse);
  }

  /// From now on values come without something that they had: what is usual lies by `level` from where it lay, and
  /// distances from it are this share of what they were.
  void StartAnew(float level, float share, size_t lane = 0) {
    slow_.at[lane] += level;
    line_.at[lane] += level;
    for (LaneFloats<N>* scale : {&spread_, &wobble_, &week_wobble_}) {
      scale->at[lane] *= share;
    }
    for (LaneFloats<N>& loss : losses_) {
      loss.at[lane] *= share;
    }
    for (LaneFloats<N>& deviation : day_deviation_) {
      deviation.at[lane] *= share;
    }
  }

  /// Mean absolute distance from the level.
  [[nodiscard]] Float spread() const { return spread_.Load(); }

  /// The model that counts.
  [[nodiscard]] BELLWETHER_LANES_INLINE Int Best(const SeasonClock& clock) const {
    const Float level = losses_[kLevel].Load();
    const Float line = losses_[kLine].Load();
    const Float day = losses_[kDay].Load();
    const Float week = losses_[kWeek].Load();
    // What was seen for less than a day may be the flank of a season.
    const Mask whole_day = L::ToFloat(rows_.Load()) >= clock.rows_per_day();
    const Mask by_line = line < L::Select(whole_day, L::Splat(kLineBetter), L::Splat(kFlankBetter)) * level;
    const Float plain = L::Select(by_line, line, level);
    const Mask by_day = (day <= plain) & Known(day_count_[clock.slot()]);
    const Float least = L::Select(by_day, day, plain);
    const Mask by_week = (week < least) & Known(week_count_[clock.hour()]);
    return L::Select(by_week, L::Splat(kWeek),
                     L::Select(by_day, L::Splat(kDay), L::Select(by_line, L::Splat(kLine), L::Splat(kLevel))));
  }

  /// The clipped mean of the distances that a model leaves.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float LossOf(Int model) const {
    const Float plain = L::Select(model == kLine, losses_[kLine].Load(), losses_[kLevel].Load());
    return L::Select(model == kWeek, losses_[kWeek].Load(), L::Select(model == kDay, losses_[kDay].Load(), plain));
  }
  /// What share of the level's loss another one is, 0 to 1.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float ShareOfLevel(Float loss) const {
    const Float level = losses_[kLevel].Load();
    return L::Select(level > 0.0f, Least<Float>(loss / level, L::Splat(1.0f)), L::Splat(1.0f));
  }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    for (size_t slot = 0; slot < SeasonClock::kSlots; ++slot) {
      visit(day_mean_[slot].at[lane]), visit(day_count_[slot].at[lane]);
    }
    for (LaneFloats<N>& deviation : day_deviation_) {
      visit(deviation.at[lane]);
    }
    for (size_t hour = 0; hour < SeasonClock::kHours; ++hour) {
      visit(week_mean_[hour].at[lane]), visit(week_count_[hour].at[lane]);
    }
    visit(rows_.at[lane]), visit(slow_.at[lane]), visit(spread_.at[lane]), visit(line_.at[lane]);
    visit(slope_.at[lane]), visit(drift_.at[lane]);
    visit(week_drift_.at[lane]), visit(wobble_.at[lane]), visit(week_wobble_.at[lane]);
    for (LaneFloats<N>& loss : losses_) {
      visit(loss.at[lane]);
    }
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    const auto sound = [&](const LaneFloats<N>& one) { return std::abs(one.at[lane]) <= 1e35f; };
    const auto scale = [&](const LaneFloats<N>& one) { return one.at[lane] >= 0 && sound(one); };
    bool valid = rows_.at[lane] >= 0 && rows_.at[lane] <= kMostRows && sound(slow_) && sound(line_) && sound(slope_) &&
                 sound(drift_) && sound(week_drift_) && scale(spread_) && scale(wobble_) && scale(week_wobble_);
    for (const LaneFloats<N>& loss : losses_) {
      valid = valid && scale(loss);
    }
    for (size_t slot = 0; slot < SeasonClock::kSlots; ++slot) {
      valid = valid && sound(day_mean_[slot]);
    }
    for (const LaneFloats<N>& deviation : day_deviation_) {
      valid = valid && scale(deviation);
    }
    for (size_t hour = 0; hour < SeasonClock::kHours; ++hour) {
      valid = valid && sound(week_mean_[hour]);
    }
    return valid;
  }

 private:
  static constexpr int32_t kMostRows = 1 << 30;  // counted no further
  static constexpr int32_t kKnown = 128;         // in the count of a slot: it was seen to its end
  static constexpr int32_t kManyVisits = 127;    // counted no further
  static constexpr int32_t kLineRows = 2'200;    // of which the straight line knows
  static constexpr float kFlankBetter = 0.4f;    // within the first day, when it may be the flank of a season
  static constexpr float kLineBetter = 0.8f;     // of the level's loss is what the line may leave at most
  // Usual distances from what was expected that the first values of a slot count at most.
  static constexpr float kMostFirst = 4;
  static constexpr float kMostOfWeek = 3;

  struct Row {
    Float value;
    Float from_level;
    Float spread;
    Float cut;
    Float day_gain;
    Mask follows;
  };

  static BELLWETHER_LANES_INLINE Float Within(Float x, float low, float high) {
    return Clip<Float>(x, L::Splat(low), L::Splat(high));
  }
  static BELLWETHER_LANES_INLINE Mask Known(const LaneBytes<N>& count) { return count.Load() >= kKnown; }
  static void MarkKnown(LaneBytes<N>& count) {
    for (uint8_t& one : count.at) {
      one = one > 0 ? one | kKnown : one;
    }
  }

  BELLWETHER_LANES_INLINE Float DayValue(const SeasonClock& clock) const {
    const Float mean = day_mean_[clock.slot()].Load();
    if (!clock.SlotsHaveRows()) {
      return mean;  // with at most one row a slot there is nothing between
    }
    const uint32_t other = clock.NextSlot();
    return L::Select(Known(day_count_[other]), mean + clock.ToNextSlot() * (day_mean_[other].Load() - mean), mean);
  }
  BELLWETHER_LANES_INLINE Float WeekValue(const SeasonClock& clock) const {
    const Float mean = week_mean_[clock.hour()].Load();
    if (!clock.HoursHaveRows()) {
      return mean;
    }
    const uint32_t other = clock.NextHour();
    return L::Select(Known(week_count_[other]), mean + clock.ToNextHour() * (week_mean_[other].Load() - mean), mean);
  }
  BELLWETHER_LANES_INLINE Float DayScale(const SeasonClock& clock) const {
    constexpr float kPriorValues = 6;
    const Int count = day_count_[clock.slot()].Load() & kManyVisits;
    const Float n = Least<Float>(L::ToFloat(count * clock.SlotsOfPart()), L::Splat(50.0f));
    return (n * day_deviation_[clock.part()].Load() + kPriorValues * wobble_.Load()) / (n + kPriorValues);
  }

  BELLWETHER_LANES_INLINE void LearnLevel(Float value, Mask learn, Float inverse) {
    const Int rows = rows_.Load();
    const Float slow = L::Select(rows == 0, value, slow_.Load());
    const Float spread = spread_.Load();
    const Float distance = value - slow;
    const Float clipped = L::Select(rows < 8, distance, Clip<Float>(distance, -5 * spread, 5 * spread));
    // A series that never moved has no spread to clip by.
    const Float step = L::Select(spread > 0.0f, clipped, distance);
    const Float size = AbsOf<N>(step);
    const Float wider = spread + Most<Float>(inverse, L::Splat(0.002f)) * (size - spread);
    const Float most = 3 * wider + size * inverse;
    const Float level = slow + Most<Float>(inverse, L::Splat(0.001f)) * Clip<Float>(step, -most, most);
    spread_ = L::Select(learn, wider, spread);
    slow_ = L::Select(learn, level, slow_.Load());
    rows_ = L::Select(learn, Least<Int>(rows + 1, L::Splat(kMostRows)), rows);
  }

  /// The straight line by least squares through the rows so far, its gains held at those of kLineRows rows: a memory
  /// that grows, then fades (Morrison 1969, "Introduction to sequential smoothing and prediction": with n rows gains of
  /// 2 (2 n - 1) / (n (n + 1)) and 6 / (n (n + 1)), here to the third and fourth power of 1 / n). `cut` is the distance
  /// from which on rows count no more.
  BELLWETHER_LANES_INLINE void LearnLine(Float value, Float inverse, Float loss_gain, Float cut, Mask learn) {
    const Float per_row = Most<Float>(inverse, L::Splat(1.0f / kLineRows));
    const Float squared = per_row * per_row;
    const Float loss = losses_[kLine].Load();
    const Float slope = slope_.Load();
    const Float line = line_.Load();
    const Float foretold = line + slope;
    const Float distance = value - foretold;
    const Float counted = Clip<Float>(distance, -cut, cut);
    const Float gain = 4.0f * per_row + squared * (6.0f * per_row - 6.0f);
    const Float slope_gain = 6.0f * squared * (1.0f - per_row + squared);
    line_ = L::Select(learn, foretold + gain * counted, line);
    slope_ = L::Select(learn, slope + slope_gain * counted, slope);
    const Float size = Least<Float>(AbsOf<N>(distance), 5 * spread_.Load());
    losses_[kLine] = L::Select(learn, loss + loss_gain * (size - loss), loss);
  }

  /// How near a profile came: its loss, its drift and its usual distance.
  BELLWETHER_LANES_INLINE void Follow(const Row& row, Mask known, Float profile, Float first_wobble,
                                      LaneFloats<N>& drifts, LaneFloats<N>& wobbles, LaneFloats<N>& losses) {
    const Float drift = drifts.Load();
    const Float before = wobbles.Load();
    const Float loss = losses.Load();
    const Float distance = L::Select(known, row.value - profile - drift, row.from_level);
    const Float size = AbsOf<N>(distance);
    losses = L::Select(row.follows, loss + row.day_gain * (Least<Float>(size, row.cut) - loss), loss);
    const Mask learns = row.follows & known;
    const Float wobble = L::Select(before > 0.0f, before, first_wobble);
    const Float limit = L::Select(wobble > 0.0f, 2 * wobble, row.spread);
    const Float gain = Most<Float>(row.day_gain, L::Splat(0.002f));
    wobbles = L::Select(learns, wobble + gain * (Least<Float>(size, 4 * row.spread) - wobble), before);
    drifts = L::Select(learns, drift + row.day_gain * Clip<Float>(distance, -limit, limit), drift);
  }

  /// The gain of a slot's next value: the mean of as many as were counted, not below `least`. Fast series count one row
  /// in several.
  static BELLWETHER_LANES_INLINE Float GainOf(Int count, float least, int32_t stride) {
    return Most<Float>(InverseOfNext<N>(count * stride), L::Splat(least));
  }
  static int32_t StrideOf(float least_gain) {
    return Most(1, static_cast<int32_t>(std::ceil(1 / (least_gain * kManyVisits))));
  }

  BELLWETHER_LANES_INLINE void LearnDay(Float value, const SeasonClock& clock, Mask learn) {
    const uint32_t slot = clock.slot();
    const Int stored = day_count_[slot].Load();
    const Int count = stored & kManyVisits;
    const Mask first = count == 0;
    const Float spread = spread_.Load();
    const Float wobble = wobble_.Load();
    const Float mean = L::Select(first, slow_.Load(), day_mean_[slot].Load());
    const Float deviation = day_deviation_[clock.part()].Load();
    const Float usual = L::Select(L::Not(first) & (wobble > 0.0f), wobble, spread);
    const Float limit = L::Select(count > 3, 3 * deviation + 0.1f * spread, kMostFirst * usual);
    const Float residual = Clip<Float>(value - mean, -limit, limit);
    const int32_t stride = StrideOf(clock.slot_gain());
    const Float gain = GainOf(count, clock.slot_gain(), stride);
    day_mean_[slot] = L::Select(learn, mean + gain * residual, day_mean_[slot].Load());
    const int32_t slots = clock.SlotsOfPart();
    const Float part_gain =
        slots == 1 ? gain : GainOf(count * slots, clock.slot_gain() / (0.5f * static_cast<float>(slots)), stride);
    day_deviation_[clock.part()] =
        L::Select(learn & L::Not(first), deviation + part_gain * (AbsOf<N>(residual) - deviation), deviation);
    Count(day_count_[slot], stored, count, stride, learn);
  }

  BELLWETHER_LANES_INLINE void LearnWeek(Float value, const SeasonClock& clock, Float day, Mask learn) {
    const uint32_t hour = clock.hour();
    const Int stored = week_count_[hour].Load();
    const Int count = stored & kManyVisits;
    const Float wobble = wobble_.Load();
    const Float week_wobble = week_wobble_.Load();
    const Float by_day = L::Select(Known(day_count_[clock.slot()]), day + drift_.Load(), slow_.Load());
    const Float mean = L::Select(count == 0, by_day, week_mean_[hour].Load());
    const Float usual = L::Select((stored >= kKnown) & (week_wobble > 0.0f), week_wobble,
                                  L::Select(wobble > 0.0f, wobble, spread_.Load()));
    const Float limit = kMostOfWeek * usual + 0.1f * spread_.Load();
    const int32_t stride = StrideOf(clock.hour_gain());
    const Float gain = GainOf(count, clock.hour_gain(), stride);
    week_mean_[hour] =
        L::Select(learn, mean + gain * Clip<Float>(value - mean, -limit, limit), week_mean_[hour].Load());
    Count(week_count_[hour], stored, count, stride, learn);
  }

  /// Counts one row in `stride`, told by the number of rows.
  BELLWETHER_LANES_INLINE void Count(LaneBytes<N>& counts, Int stored, Int count, int32_t stride, Mask learn) const {
    Mask counted = learn & (count < kManyVisits);
    if (stride > 1) {
      const Float rows = L::ToFloat(rows_.Load() & 0xffffff);
      const Float turns = rows / static_cast<float>(stride);
      counted = counted & ((turns == L::ToFloat(L::ToInt(turns))) | (count == 0));
    }
    counts.Store(L::Select(counted, stored + 1, stored));
  }

  std::array<LaneFloats<N>, SeasonClock::kSlots> day_mean_{};
  std::array<LaneFloats<N>, SeasonClock::kParts> day_deviation_{};  // mean absolute residual of the hour
  std::array<LaneBytes<N>, SeasonClock::kSlots> day_count_{};       // of rows, and kKnown
  std::array<LaneFloats<N>, SeasonClock::kHours> week_mean_{};
  std::array<LaneBytes<N>, SeasonClock::kHours> week_count_{};

  LaneInts<N> rows_;
  LaneFloats<N> slow_;
  LaneFloats<N> spread_;
  LaneFloats<N> line_;        // the straight line at the last row
  LaneFloats<N> slope_;       // and its rise to the next
  LaneFloats<N> drift_;       // of the last day from the profile of the day, clipped
  LaneFloats<N> week_drift_;  // likewise from that of the week
  LaneFloats<N> wobble_;      // mean absolute distance from the profile of the day and its drift
  LaneFloats<N> week_wobble_;
  std::array<LaneFloats<N>, kModels> losses_{};
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
