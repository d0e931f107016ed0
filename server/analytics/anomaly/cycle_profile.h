#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/cycle_search.h"
#include "server/analytics/anomaly/season_clock.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// Where the row at hand lies in the cycles of N series.
template <size_t N>
struct CyclePlace {
  using L = Lanes<N>;
  uint32_t minute;  ///< of the hour
  bool own;         ///< whether any lane follows a cycle other than the hour, or did so; without, the rest says nothing
  typename L::Int slot;                    ///< in the cycle of each lane
  typename L::Int opposite;                ///< half a cycle away, where it is not the hour
  typename L::Float rows_a_cycle;          ///< its length
  typename L::Float inverse_rows_a_cycle;  ///< and 1 / that
  typename L::Float inverse_rows_a_slot;   ///< 1 / the rows that a slot has in one cycle, at most 1
};

/// What happens again in each cycle of N series with the same times: the mean distance of each sixtieth of the cycle
/// from what is usual without it, less that of those that differ no more than by chance. The cycle is the hour, so also
/// 5, 10, 15, 20 or 30 minutes (jobs by the clock), unless another was found in a series (FindCycle). A memory of 24
/// cycles, clipped updates. Some 300 bytes a series.
template <size_t N = 1>
class CycleProfile {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  /// Where a row at the time of the clock lies.
  BELLWETHER_LANES_INLINE CyclePlace<N> Locate(const SeasonClock& clock, int64_t time_unix_ns) const {
    CyclePlace<N> place;
    place.minute = clock.minute();
    place.own = AnyOwn();
    if (place.own) {
      LocateOwn(clock, time_unix_ns, place);
    }
    return place;
  }

  /// Whether there is a cycle in any lane at a place.
  [[nodiscard]] static bool Matters(const SeasonClock& clock, const CyclePlace<N>& place) {
    return clock.MinutesMatter() || place.own;
  }
  /// Lanes that follow some cycle.
  [[nodiscard]] BELLWETHER_LANES_INLINE Mask Follows(const SeasonClock& clock) const {
    return clock.MinutesMatter() ? L::SplatMask(true) : Own();
  }

  /// Rows of the cycle that a lane follows other than the hour; 0 = none.
  [[nodiscard]] float RowsOf(size_t lane) const { return rows_.at[lane]; }

  /// From now on a lane follows a cycle of so many rows; `seen` rows were seen before. With 0 it is the hour again.
  void Begin(float rows, double step_ns, int64_t time_unix_ns, int32_t seen, size_t lane) {
    for (LaneFloats<N>& one : mean_) {
      one.at[lane] = 0;
    }
    for (LaneFloats<N>* one :
         {&common_, &height_, &loss_, &step_, &step_left_, &own_left_, &away_left_, &last_distance_, &last_known_}) {
      one->at[lane] = 0;
    }
    rows_.at[lane] = rows;
    begun_.at[lane] = seen;
    anchor_.at[lane] = kNever;
    length_ns_.at[lane] = rows * static_cast<float>(step_ns);
    origin_ns_[lane] = time_unix_ns;
  }

  /// Follows the phase of the rows that were watched last (CycleWatch), of which the one at `time_unix_ns` is the next:
  /// a cycle that drifts off the one followed has another length, near that which was `found` in those rows.
  void Correct(const CycleBits& high, float found, double step_ns, int64_t time_unix_ns, size_t lane) {
    constexpr float kMostOff = 0.01f;     // from the length that was found
    constexpr float kLeastDrift = 0.08f;  // of a cycle; less may be chance
    const auto now = static_cast<float>(PhaseOf(time_unix_ns, lane));
    const float phase = now + PhaseOfHigh(high, rows_.at[lane]);
    const float before = anchor_.at[lane];
    anchor_.at[lane] = phase;
    if (before == kNever) {
      return;
    }
    // By so much the cycle came late in the rows between two looks, and would by the length that was found, which tells
    // how often it went round.
    const float cycles = 2 * static_cast<float>(kCycleRows) / rows_.at[lane];
    const float expected = cycles * (found / rows_.at[lane] - 1);
    float drift = phase - before;
    drift += std::round(expected - drift);
    const float length = length_ns_.at[lane] * (1 + drift / cycles);
    const float rows = length / static_cast<float>(step_ns);
    if (std::abs(drift) < kLeastDrift || std::abs(rows - found) > kMostOff * found) {
      return;
    }
    constexpr float kFarthest = 4e18f;  // a century and more; times are kept as whole numbers
    const auto since = static_cast<int64_t>(Least(now * length, kFarthest));
    origin_ns_[lane] = static_cast<int64_t>(static_cast<uint64_t>(time_unix_ns) - static_cast<uint64_t>(since));
    length_ns_.at[lane] = length;
    rows_.at[lane] = Clip(rows, 2.0f, kLongestCycle);
  }

  /// Where it explains much: the hour of the steps from row to row (of the distances themselves it could explain some
  /// where the level wanders), another cycle of what it would leave half a cycle away, and no step is made worse.
  /// `rows` were seen.
  [[nodiscard]] BELLWETHER_LANES_INLINE Mask Explains(const SeasonClock& clock, const CyclePlace<N>& place,
                                                      Int rows) const {
    const Mask known = L::ToFloat(SeenOf(place, rows)) >= kFirstCycles * RowsOf(clock, place);
    const Mask hour = step_left_.Load() < kMuchBetter * step_.Load();
    return known & (place.own ? OwnOrHour(hour) : hour);
  }

  /// Whether a lane's profile tells at which row something happens: one whose slots are no whole rows cannot do so
  /// where the cycle jumps.
  [[nodiscard]] bool Resolves(size_t lane) const {
    constexpr float kJump = 3;  // mean distances left
    const float rows = rows_.at[lane];
    if (rows == 0 || (rows <= static_cast<float>(kSlots) && rows == std::round(rows))) {
      return true;
    }
    const size_t slots = SlotsOf(lane);
    float largest = 0;
    for (size_t slot = 0; slot < slots; ++slot) {
      largest = Most(largest, std::abs(mean_[(slot + 1) % slots].at[lane] - mean_[slot].at[lane]));
    }
    return largest <= kJump * loss_.at[lane];
  }

  /// Whether a lane's own cycle explains next to nothing any more.
  [[nodiscard]] bool Ceased(size_t lane) const {
    constexpr float kNothing = 0.97f;
    return own_left_.at[lane] >= kNothing * away_left_.at[lane];
  }

  /// What it adds to the expected value, after `rows`: 0 where the cycle differs no more from elsewhere than chance
  /// explains.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float At(const SeasonClock& clock, const CyclePlace<N>& place, Int rows) const {
    const Float mean = place.own ? MeanOf(place.slot) : mean_[place.minute].Load();
    return L::Select(Differs(mean, GainOf(RowsOf(clock, place), InverseOfNext<N>(SeenOf(place, rows)))), mean,
                     L::Splat(0.0f));
  }

  /// The clipped mean of the distances that it leaves.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float loss() const { return loss_.Load(); }

  /// What it adds on average, in magnitude.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float height() const { return height_.Load(); }

  /// Share that it leaves of the steps from row to row, of another cycle than the hour of the distances; 0 to 1.
  [[nodiscard]] float ShareLeft(size_t lane) const {
    const bool own = rows_.at[lane] > 0;
    const float all = own ? away_left_.at[lane] : step_.at[lane];
    const float left = own ? own_left_.at[lane] : step_left_.at[lane];
    return all > 0 ? Least(left / all, 1.0f) : 1.0f;
  }

  /// Learns the distance of a row from what is usual without the profile, in the lanes of `learn`; `rows` were seen
  /// before. Distances beyond `cut` count as much.
  BELLWETHER_LANES_INLINE void Learn(Float distance, const SeasonClock& clock, const CyclePlace<N>& place, Int rows,
                                     Float cut, Mask learn) {
    if (place.own) {
      LearnOwn(distance, clock, place, rows, cut, learn);
    } else {
      LaneFloats<N>& mean = mean_[place.minute];
      mean = LearnAt<false>(mean.Load(), distance, clock, place, rows, cut, learn);
    }
  }

  /// The mean distance where nothing happens.
  [[nodiscard]] float common(size_t lane = 0) const { return common_.at[lane]; }
  /// What is usual includes that mean from now on.
  void TakeCommon(size_t lane = 0) { common_.at[lane] = 0; }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    for (LaneFloats<N>& one : mean_) {
      visit(one.at[lane]);
    }
    for (LaneFloats<N>* one : {&common_, &height_, &loss_, &step_, &step_left_, &own_left_, &away_left_,
                               &last_distance_, &last_known_, &rows_, &anchor_}) {
      visit(one->at[lane]);
    }
    visit(begun_.at[lane]), visit(length_ns_.at[lane]), visit(origin_ns_[lane]);
  }
  /// `seen` rows were seen.
  [[nodiscard]] bool Valid(int32_t seen, size_t lane = 0) const {
    const auto sound = [&](const LaneFloats<N>& one) { return std::abs(one.at[lane]) <= 1e35f; };
    bool valid = sound(common_) && sound(last_distance_) && sound(last_known_);
    for (const LaneFloats<N>* size : {&height_, &loss_, &step_, &step_left_, &own_left_, &away_left_}) {
      valid = valid && sound(*size) && size->at[lane] >= 0;
    }
    for (const LaneFloats<N>& one : mean_) {
      valid = valid && sound(one);
    }
    const float rows = rows_.at[lane];
    const bool own = begun_.at[lane] > 0 && rows >= 2 && rows <= kLongestCycle && length_ns_.at[lane] >= 1 &&
                     length_ns_.at[lane] <= 1e30f;
    return valid && begun_.at[lane] >= 0 && begun_.at[lane] <= seen && (rows == 0 || own) &&
           std::abs(anchor_.at[lane]) <= -kNever;
  }

 private:
  static constexpr uint32_t kSlots = SeasonClock::kMinutes;
  static constexpr float kNever = -4;  // no phase
  static constexpr float kFirstCycles = 6;
  static constexpr float kMemoryCycles = 6;  // of the steps
  static constexpr float kMuchBetter = 0.9f;
  static constexpr float kNoWorse = 1.02f;
  static constexpr float kLeastGain = 1.0f / 24;
  static constexpr float kMostGain = 0.5f;
  static constexpr float kUsual = 3;      // distances left; a step counts at most as many
  static constexpr float kOfMean = 2.0f;  // and so many times what is known, so that high ones are learned in hours
  // Squared, of four standard errors of a fading mean over the gain, in mean distances of a normal law.
  static constexpr float kChance = 16 * 1.571f / 2;

  __attribute__((noinline)) void LocateOwn(const SeasonClock& clock, int64_t time_unix_ns, CyclePlace<N>& place) const {
    const Mask own = Own();
    const Float rows = L::Select(own, rows_.Load(), L::Splat(clock.rows_per_hour()));
    place.rows_a_cycle = rows;
    place.inverse_rows_a_cycle = L::Select(own, 1.0f / rows, L::Splat(clock.hours_per_row()));
    const Float slots_a_row = L::Splat(static_cast<float>(kSlots)) * place.inverse_rows_a_cycle;
    place.inverse_rows_a_slot = Least<Float>(L::Splat(1.0f), slots_a_row);
    place.slot = L::Splat(static_cast<int32_t>(place.minute));
    LaneInts<N> slots;
    LaneInts<N> opposite;
    slots = place.slot;
    opposite = place.slot;
    ForLanes<N>(own, [&](size_t lane) {
      // Rows lie in the middles of their slots, so that jitter does no harm.
      const auto most = static_cast<int32_t>(SlotsOf(lane));
      const double slot = PhaseOf(time_unix_ns, lane) * static_cast<double>(most) + 0.5;
      slots.at[lane] = static_cast<int32_t>(slot) % most;
      opposite.at[lane] = (slots.at[lane] + most / 2) % most;
    });
    place.slot = slots.Load();
    place.opposite = opposite.Load();
  }

  /// Lanes that follow a cycle other than the hour.
  [[nodiscard]] BELLWETHER_LANES_INLINE Mask Own() const { return rows_.Load() > 0.0f; }
  [[nodiscard]] BELLWETHER_LANES_INLINE bool AnyOwn() const { return L::Any(begun_.Load() != 0); }

  /// Of so many rows those since the cycle was followed.
  [[nodiscard]] BELLWETHER_LANES_INLINE Int SeenOf(const CyclePlace<N>& place, Int rows) const {
    return place.own ? rows - begun_.Load() : rows;
  }

  /// Slots of a lane's own cycle: as many as rows, where there are enough.
  [[nodiscard]] size_t SlotsOf(size_t lane) const {
    return static_cast<size_t>(Clip<int32_t>(static_cast<int32_t>(std::lround(rows_.at[lane])), 2, kSlots));
  }

  /// Where in its own cycle a lane is at a time, 0 to 1.
  [[nodiscard]] double PhaseOf(int64_t time_unix_ns, size_t lane) const {
    const double cycles = (static_cast<double>(time_unix_ns) - static_cast<double>(origin_ns_[lane])) /
                          static_cast<double>(length_ns_.at[lane]);
    return cycles - std::floor(cycles);
  }

  /// In each lane the mean of its slot.
  [[nodiscard]] __attribute__((noinline)) Float MeanOf(Int slot) const {
    LaneInts<N> slots;
    slots = slot;
    LaneFloats<N> mean;
    for (size_t lane = 0; lane < N; ++lane) {
      mean.at[lane] = mean_[static_cast<size_t>(slots.at[lane])].at[lane];
    }
    return mean.Load();
  }

  /// Lanes whose cycle explains much, where for those of the hour `hour` says so.
  [[nodiscard]] __attribute__((noinline)) Mask OwnOrHour(Mask hour) const {
    const Mask own =
        (own_left_.Load() < kMuchBetter * away_left_.Load()) & (step_left_.Load() <= kNoWorse * step_.Load());
    return (Own() & own) | (L::Not(Own()) & hour);
  }

  __attribute__((noinline)) void LearnOwn(Float distance, const SeasonClock& clock, const CyclePlace<N>& place,
                                          Int rows, Float cut, Mask learn) {
    LaneInts<N> slots;
    slots = place.slot;
    LaneFloats<N> means;
    means = LearnAt<true>(MeanOf(place.slot), distance, clock, place, rows, cut, learn);
    for (size_t lane = 0; lane < N; ++lane) {
      mean_[static_cast<size_t>(slots.at[lane])].at[lane] = means.at[lane];
    }
  }

  /// Learns all but the mean at the place, which it returns; kOwn where some lane follows a cycle other than the hour.
  template <bool kOwn>
  BELLWETHER_LANES_INLINE Float LearnAt(Float mean, Float distance, const SeasonClock& clock,
                                        const CyclePlace<N>& place, Int rows, Float cut, Mask learn) {
    const Float inverse = InverseOfNext<N>(SeenOf(place, rows));
    const Float loss_gain = Most<Float>(inverse, L::Splat(clock.day_gain()));
    const Float gain = GainOf(RowsOf(clock, place), inverse);
    const Float common = common_.Load();
    const Float loss = loss_.Load();
    const Float known = L::Select(Differs(mean, gain), mean, L::Splat(0.0f));
    const Float size = AbsOf<N>(distance - known);
    LearnSteps(distance, known, clock, place, inverse, 4 * cut, learn);
    const Float height = height_.Load();
    height_ = L::Select(learn, height + loss_gain * (AbsOf<N>(known) - height), height);
    loss_ = L::Select(learn, loss + loss_gain * (Least<Float>(size, cut) - loss), loss);
    const Float left = distance - common - mean;
    if constexpr (kOwn) {
      LearnFit(distance - common, left, place, inverse, cut, learn & Own());
    }
    const Float limit = kUsual * loss + kOfMean * AbsOf<N>(mean);
    const Float step = gain * InverseRowsOfSlot(clock, place) * Clip<Float>(left, -limit, limit);
    const Float away = Clip<Float>(distance - known - common, -cut, cut);
    common_ = L::Select(learn, common + loss_gain * away, common);
    return L::Select(learn, mean + step, mean);
  }

  /// How much better the profile fits than it would half a cycle away: where the level wanders it does neither.
  BELLWETHER_LANES_INLINE void LearnFit(Float distance, Float left, const CyclePlace<N>& place, Float inverse,
                                        Float cut, Mask learn) {
    const Float gain = Most<Float>(inverse, (1 / kMemoryCycles) * place.inverse_rows_a_cycle);
    const Float own = own_left_.Load();
    const Float away = away_left_.Load();
    own_left_ = L::Select(learn, own + gain * (Least<Float>(AbsOf<N>(left), cut) - own), own);
    const Float opposite = AbsOf<N>(distance - MeanOf(place.opposite));
    away_left_ = L::Select(learn, away + gain * (Least<Float>(opposite, cut) - away), away);
  }

  BELLWETHER_LANES_INLINE void LearnSteps(Float distance, Float known, const SeasonClock& clock,
                                          const CyclePlace<N>& place, Float inverse, Float cut, Mask learn) {
    const Float step = distance - last_distance_.Load();
    const Float left = step - (known - last_known_.Load());
    const Float gain = Most<Float>(inverse, (1 / kMemoryCycles) * InverseRowsOf(clock, place));
    const Float mean = step_.Load();
    const Float mean_left = step_left_.Load();
    step_ = L::Select(learn, mean + gain * (Least<Float>(AbsOf<N>(step), cut) - mean), mean);
    step_left_ = L::Select(learn, mean_left + gain * (Least<Float>(AbsOf<N>(left), cut) - mean_left), mean_left);
    last_distance_ = L::Select(learn, distance, last_distance_.Load());
    last_known_ = L::Select(learn, known, last_known_.Load());
  }

  // Of the cycle of each lane, where none follows another than the hour of that.
  static BELLWETHER_LANES_INLINE Float RowsOf(const SeasonClock& clock, const CyclePlace<N>& place) {
    return place.own ? place.rows_a_cycle : L::Splat(clock.rows_per_hour());
  }
  static BELLWETHER_LANES_INLINE Float InverseRowsOf(const SeasonClock& clock, const CyclePlace<N>& place) {
    return place.own ? place.inverse_rows_a_cycle : L::Splat(clock.hours_per_row());
  }
  static BELLWETHER_LANES_INLINE Float InverseRowsOfSlot(const SeasonClock& clock, const CyclePlace<N>& place) {
    return place.own ? place.inverse_rows_a_slot : L::Splat(Least(1.0f, kSlots * clock.hours_per_row()));
  }

  /// The gain of a slot in one cycle: of as many as were seen, then that of 24.
  static BELLWETHER_LANES_INLINE Float GainOf(Float rows_a_cycle, Float inverse) {
    return Clip<Float>(rows_a_cycle * inverse, L::Splat(kLeastGain), L::Splat(kMostGain));
  }
  [[nodiscard]] BELLWETHER_LANES_INLINE Mask Differs(Float mean, Float gain) const {
    const Float loss = loss_.Load();
    return mean * mean > kChance * gain * (loss * loss);
  }

  std::array<LaneFloats<N>, kSlots> mean_{};
  LaneFloats<N> common_;  // mean distance of what it leaves
  LaneFloats<N> height_;  // mean size of what it adds
  LaneFloats<N> loss_;
  LaneFloats<N> step_;       // clipped mean of the steps of the distances
  LaneFloats<N> step_left_;  // and of what the profile leaves of them
  LaneFloats<N> own_left_;   // clipped mean of what a cycle other than the hour leaves
  LaneFloats<N> away_left_;  // and of what it would leave half a cycle away
  LaneFloats<N> last_distance_;
  LaneFloats<N> last_known_;
  LaneFloats<N> rows_;       // of a cycle other than the hour; 0 = the hour
  LaneFloats<N> anchor_;     // phase in which rows were high when it was looked at last, or kNever
  LaneInts<N> begun_;        // rows seen before it was followed; 0 = the hour from the beginning on
  LaneFloats<N> length_ns_;  // of the cycle other than the hour
  int64_t origin_ns_[N] = {};
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
