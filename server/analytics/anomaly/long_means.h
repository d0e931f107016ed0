#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/tail_sketch.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {

/// What means are taken.
struct LongMeansLaw {
  float rows;           ///< over so many
  float fewer_chances;  ///< decades that a surprise of 2 and more gains, since so few of such means are independent of
                        ///< each other; less below, nothing below 1
};

inline namespace BELLWETHER_LANES {

/// Exponential means over many rows, of the distance from what is usual and of the magnitude of steps, and how rare
/// they are in their own history, of N series side by side. They are judged every sixth of their length.
template <size_t N = 1>
class LongMeans {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  /// Takes the next row for means by `law`: `z` is its distance from what is usual in usual ones, `step` the magnitude
  /// of its step, `spread` the usual distance from the level, `seen` the number of rows before it. Judges and learns in
  /// lanes that are `ready`.
  BELLWETHER_LANES_INLINE void Observe(const LongMeansLaw& law, Float z, Float step, Float spread, Int weight,
                                       Mask active, Mask ready, Int seen) {
    const Float gain = Most<Float>(InverseOfNext<N>(seen), L::Splat(1 / law.rows));
    const Float distance = distance_.Load();
    const Float stride = step_.Load();
    distance_ = L::Select(active, distance + gain * (z - distance), distance);
    step_ = L::Select(active, stride + gain * (step - stride), stride);
    const Int wait = wait_.Load();
    const Mask turn = active & (wait == 0);
    wait_ = L::Select(turn, L::Splat(static_cast<int32_t>(law.rows / kOverlap) - 1), L::Select(active, wait - 1, wait));
    const Mask judges = turn & ready;
    if (L::Any(judges)) {
      Judge(spread, weight, judges);
    }
  }

  /// The larger surprise of the two, with what few chances add.
  [[nodiscard]] BELLWETHER_LANES_INLINE Float Surprise(const LongMeansLaw& law) const {
    const Float surprise = Most<Float>(distance_surprise_.Load(), roughness_surprise_.Load());
    return surprise + law.fewer_chances * Clip<Float>(surprise - 1.0f, L::Splat(0.0f), L::Splat(1.0f));
  }
  [[nodiscard]] float distance_surprise(size_t lane) const { return distance_surprise_.at[lane]; }
  [[nodiscard]] float roughness_surprise(size_t lane) const { return roughness_surprise_.at[lane]; }

  /// The history of the distances counts 1 / `divisor` from now on.
  void FadeDistances(uint32_t divisor, size_t lane) { distances_.Fade(divisor, lane); }

  /// That of the steps likewise.
  void FadeSteps(uint32_t divisor, size_t lane) { steps_.Fade(divisor, lane); }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    visit(distance_.at[lane]), visit(step_.at[lane]), visit(roughness_.at[lane]), visit(judged_.at[lane]);
    visit(wait_.at[lane]), visit(distance_surprise_.at[lane]), visit(roughness_surprise_.at[lane]);
    distances_.VisitState(visit, lane), steps_.VisitState(visit, lane);
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    const auto sound = [&](const LaneFloats<N>& one) { return std::abs(one.at[lane]) <= 1e35f; };
    const auto surprise = [&](const LaneFloats<N>& one) { return one.at[lane] >= 0 && one.at[lane] <= 10; };
    return sound(distance_) && step_.at[lane] >= 0 && sound(step_) && sound(roughness_) && judged_.at[lane] >= 0 &&
           judged_.at[lane] <= kMostJudged && wait_.at[lane] >= 0 && wait_.at[lane] < 1'000 &&
           surprise(distance_surprise_) && surprise(roughness_surprise_) && distances_.Valid(lane) &&
           steps_.Valid(lane);
  }

 private:
  static constexpr float kOverlap = 6;  // means judged one after the other share rows: so many count as one
  static constexpr float kRoughnessGain = 0.02f;
  static constexpr int32_t kMostJudged = 1 << 30;  // counted no further

  BELLWETHER_LANES_INLINE void Judge(Float spread, Int weight, Mask judges) {
    const Float log_step = Log2Of<N>(step_.Load() + 1e-3f * spread + 1e-30f);
    const Int judged = Least<Int>(judged_.Load() + 1, L::Splat(kMostJudged));
    judged_ = L::Select(judges, judged, judged_.Load());
    const Float usual = L::Select(judged == 1, log_step, roughness_.Load());
    const Float change = log_step - usual;
    const Float moved = L::Select(AbsOf<N>(change) > 1e-6f, change, L::Splat(0.0f));
    const Float far = distances_.Observe(AbsOf<N>(distance_.Load()), weight, judges, kOverlap);
    const Float rough = steps_.Observe(moved, weight, judges, kOverlap);
    distance_surprise_ = L::Select(judges, far, distance_surprise_.Load());
    roughness_surprise_ = L::Select(judges, rough, roughness_surprise_.Load());
    const Float gain = Most<Float>(InverseOfNext<N>(judged - 1), L::Splat(kRoughnessGain));
    const Float learned = L::Select(weight > 0, usual + gain * change, usual);
    roughness_ = L::Select(judges, learned, roughness_.Load());
  }

  LaneFloats<N> distance_;
  LaneFloats<N> step_;
  LaneFloats<N> roughness_;  // usual logarithm of the mean step
  LaneInts<N> judged_;
  LaneInts<N> wait_;  // rows until it is judged again
  LaneFloats<N> distance_surprise_;
  LaneFloats<N> roughness_surprise_;
  TailSketch<1, N> distances_;
  TailSketch<2, N> steps_;
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
