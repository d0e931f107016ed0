#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/season_clock.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {
inline namespace BELLWETHER_LANES {

/// What happens again each hour, and so also each 5, 10, 15, 20 or 30 minutes (jobs by the clock), of N series with the
/// same times: the mean distance of each minute of the hour from what is usual without it, less that of the minutes
/// that differ no more than by chance. A memory of a day, clipped updates. Some 270 bytes a series.
template <size_t N = 1>
class HourProfile {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  /// Where it explains much of the steps from row to row, after `rows`. (Of the distances themselves it could explain
  /// some where the level wanders.)
  [[nodiscard]] BELLWETHER_LANES_INLINE Mask Explains(const SeasonClock& clock, Int rows) const {
    const Mask known = L::ToFloat(rows) >= kFirstHours * clock.rows_per_day() * (1.0f / 24);
    return known & (step_left_.Load() < kMuchBetter * step_.Load());
  }

  /// What it adds to the expected value at the time of the clock, after `rows`: 0 in minutes that differ no more from
  /// others than chance explains.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float At(const SeasonClock& clock, Int rows) const {
    const Float mean = mean_[clock.minute()].Load();
    return L::Select(Differs(mean, GainOf(clock, InverseOfNext<N>(rows))), mean, L::Splat(0.0f));
  }

  /// The clipped mean of the distances that it leaves.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float loss() const { return loss_.Load(); }

  /// Share of the steps from row to row that it leaves, 0 to 1.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float ShareLeft() const {
    const Float step = step_.Load();
    return L::Select(step > 0.0f, Least<Float>(step_left_.Load() / step, L::Splat(1.0f)), L::Splat(1.0f));
  }

  /// Learns the distance of a row from what is usual without the profile, in the lanes of `learn`; `rows` were seen
  /// before. Distances beyond `cut` count as much.
  BELLWETHER_LANES_INLINE void Learn(Float distance, const SeasonClock& clock, Int rows, Float cut, Mask learn) {
    const float rows_an_hour = clock.rows_per_day() * (1.0f / 24);
    const Float inverse = InverseOfNext<N>(rows);
    const Float loss_gain = Most<Float>(inverse, L::Splat(clock.day_gain()));
    const Float gain = GainOf(clock, inverse);
    const Float common = common_.Load();
    const Float mean = mean_[clock.minute()].Load();
    const Float loss = loss_.Load();
    const Float known = L::Select(Differs(mean, gain), mean, L::Splat(0.0f));
    const Float size = AbsOf<N>(distance - known);
    LearnSteps(distance, known, rows_an_hour, inverse, 4 * cut, learn);
    const Float height = height_.Load();
    height_ = L::Select(learn, height + loss_gain * (AbsOf<N>(known) - height), height);
    loss_ = L::Select(learn, loss + loss_gain * (Least<Float>(size, cut) - loss), loss);
    const Float left = distance - common - mean;
    const Float limit = kUsual * loss + kOfMean * AbsOf<N>(mean);
    const float rows_of_minute = Most(1.0f, rows_an_hour * (1.0f / SeasonClock::kMinutes));
    const Float step = gain * (1 / rows_of_minute) * Clip<Float>(left, -limit, limit);
    mean_[clock.minute()] = L::Select(learn, mean + step, mean);
    const Float away = Clip<Float>(distance - known - common, -cut, cut);
    common_ = L::Select(learn, common + loss_gain * away, common);
  }

  /// What it adds on average, in magnitude.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float height() const { return height_.Load(); }

  /// The mean distance of the minutes in which nothing happens.
  [[nodiscard]] float common(size_t lane = 0) const { return common_.at[lane]; }
  /// What is usual includes that mean from now on.
  void TakeCommon(size_t lane = 0) { common_.at[lane] = 0; }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    for (LaneFloats<N>& one : mean_) {
      visit(one.at[lane]);
    }
    visit(common_.at[lane]), visit(height_.at[lane]), visit(loss_.at[lane]), visit(step_.at[lane]),
        visit(step_left_.at[lane]);
    visit(last_distance_.at[lane]), visit(last_known_.at[lane]);
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    const auto sound = [&](const LaneFloats<N>& one) { return std::abs(one.at[lane]) <= 1e35f; };
    bool valid = sound(common_) && sound(last_distance_) && sound(last_known_);
    for (const LaneFloats<N>* size : {&height_, &loss_, &step_, &step_left_}) {
      valid = valid && sound(*size) && size->at[lane] >= 0;
    }
    for (const LaneFloats<N>& one : mean_) {
      valid = valid && sound(one);
    }
    return valid;
  }

 private:
  static constexpr float kFirstHours = 6;
  static constexpr float kMemoryHours = 6;  // of the steps
  static constexpr float kMuchBetter = 0.9f;
  static constexpr float kLeastGain = 1.0f / 24;
  static constexpr float kMostGain = 0.5f;
  static constexpr float kUsual = 3;      // distances left; a step counts at most as many
  static constexpr float kOfMean = 2.0f;  // and so many times what is known, so that high ones are learned in hours
  // Squared, of four standard errors of a fading mean over the gain, in mean distances of a normal law.
  static constexpr float kChance = 16 * 1.571f / 2;

  BELLWETHER_LANES_INLINE void LearnSteps(Float distance, Float known, float rows_an_hour, Float inverse, Float cut,
                                          Mask learn) {
    const Float step = distance - last_distance_.Load();
    const Float left = step - (known - last_known_.Load());
    const Float gain = Most<Float>(inverse, L::Splat(1 / (kMemoryHours * rows_an_hour)));
    const Float mean = step_.Load();
    const Float mean_left = step_left_.Load();
    step_ = L::Select(learn, mean + gain * (Least<Float>(AbsOf<N>(step), cut) - mean), mean);
    step_left_ = L::Select(learn, mean_left + gain * (Least<Float>(AbsOf<N>(left), cut) - mean_left), mean_left);
    last_distance_ = L::Select(learn, distance, last_distance_.Load());
    last_known_ = L::Select(learn, known, last_known_.Load());
  }

  /// The gain of an hour: of as many hours as were seen, then that of a day.
  static BELLWETHER_LANES_INLINE Float GainOf(const SeasonClock& clock, Float inverse) {
    return Clip<Float>(clock.rows_per_day() * (1.0f / 24) * inverse, L::Splat(kLeastGain), L::Splat(kMostGain));
  }
  [[nodiscard]] BELLWETHER_LANES_INLINE Mask Differs(Float mean, Float gain) const {
    const Float loss = loss_.Load();
    return mean * mean > kChance * gain * (loss * loss);
  }

  std::array<LaneFloats<N>, SeasonClock::kMinutes> mean_{};
  LaneFloats<N> common_;  // mean distance of what it leaves
  LaneFloats<N> height_;  // mean size of what it adds
  LaneFloats<N> loss_;
  LaneFloats<N> step_;       // clipped mean of the steps of the distances
  LaneFloats<N> step_left_;  // and of what the profile leaves of them
  LaneFloats<N> last_distance_;
  LaneFloats<N> last_known_;
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
