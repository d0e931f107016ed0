#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/anomaly/baseline.h"
#include "server/analytics/anomaly/innovation_filter.h"
#include "server/analytics/anomaly/long_means.h"
#include "server/analytics/anomaly/novelty_codebook.h"
#include "server/analytics/anomaly/tail_sketch.h"
#include "server/analytics/series/lane_math.h"

namespace bellwether {

/// The views that a detector has of a series. Each is a number a row, calibrated on its own history.
enum class SurpriseView : size_t {
  kPoint,          ///< distance from what usual level or season and the last rows foretell (InnovationFilter)
  kUsual,          ///< distance from what is usual at this moment
  kValue,          ///< distance from the nearest value that was ever there
  kShape,          ///< distance from the nearest shape (this row, 1, 3 and 7 rows ago) that was ever there
  kLasting,        ///< distance from what is usual that has lasted for about twelve rows
  kRoughness,      ///< mean step of the last twelve rows against what is usual: flatlines, another variance
  kLong,           ///< distance from what is usual over about 72 or 360 rows, where that is at most half a day
  kLongRoughness,  ///< mean step over as many rows against what is usual
};
inline constexpr size_t kSurpriseViews = 8;

inline namespace BELLWETHER_LANES {

/// How surprising a row is on the whole, of N series.
template <size_t N>
struct RowSurprise {
  typename Lanes<N>::Float moment;   ///< of what happens at once: the mean of the first four views
  typename Lanes<N>::Float lasting;  ///< of what builds up over rows: the larger of kLasting and kRoughness
  /// Of what builds up over many rows; the chances in which it may come about are counted.
  typename Lanes<N>::Float lengthy;
};

/// A row of N series as the views see it. Values come in units in which the series' first movement is 1.
template <size_t N>
struct ViewedRow {
  using L = Lanes<N>;
  typename L::Float value;
  typename L::Float usual;         ///< what was expected of it
  typename L::Float scale;         ///< usual distance from that
  typename L::Float spread;        ///< usual distance from the level
  typename L::Int weight;          ///< how much the row counts, 0 to kFullWeight; with 0 nothing is learned
  typename L::Mask active;         ///< lanes in which there is a row
  typename L::Mask judge_lasting;  ///< lanes in which this is the row, of every `lasting_every`, that judges what lasts
  uint32_t lasting_every = 1;
  float rows_per_day = 288;
};

/// Observes N series by several views at once; causal, bounded state, no allocation.
template <size_t N = 1>
class SurpriseViews {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  /// What is left of a history when what is usual changes: one part of so many.
  static constexpr uint32_t kFadeTo = 8;

  /// Judges the rows, then learns from them.
  BELLWETHER_LANES_INLINE RowSurprise<N> Observe(const ViewedRow<N>& row) {
    const Mask learn = row.active & (row.weight > 0);
    const Int seen = seen_.Load();
    Remember(row.value, row.active, seen);
    const Float last = recent_[1].Load();
    const Int judged = seen + 1;
    const Float value_surprise = new_values_.Observe(values_.Observe({row.value}, learn), row.weight, row.active);
    const Mask has_shape = row.active & (seen >= kShapeRows);
    const Float novelty = shapes_.Observe({row.value, last, recent_[3].Load(), recent_[7].Load()}, learn & has_shape);
    const Float shape_surprise = new_shapes_.Observe(novelty, row.weight, has_shape);
    const Float innovation =
        innovation_.Observe(row.value, row.usual, last, recent_[2].Load(), row.active, learn, judged);
    const Mask has_past = row.active & (judged > kShapeRows);
    const Float point_surprise = innovations_.Observe(innovation, row.weight, has_past);
    const Float distance = row.value - row.usual;
    const Float usual_surprise = distances_.Observe(distance, row.weight, has_past);
    const Float z = Within(Within(distance / row.scale, kMostDistance), kMostLasting);
    const Float lasting = lasting_.Load();
    lasting_ = L::Select(row.active, lasting + kLastingGain * (z - lasting), lasting);
    if (L::Any(row.judge_lasting)) {
      JudgeLasting(row, judged);
    }
    WeighTails(has_past);
    const Float lengthy = JudgeLong(row, z, seen);
    seen_ = L::Select(row.active, Least<Int>(judged, L::Splat(kMostRows)), seen);
    Keep(SurpriseView::kPoint, point_surprise);
    Keep(SurpriseView::kUsual, usual_surprise);
    Keep(SurpriseView::kValue, value_surprise);
    Keep(SurpriseView::kShape, shape_surprise);
    const Float largest =
        Most<Float>(Most<Float>(point_surprise, usual_surprise), Most<Float>(value_surprise, shape_surprise));
    const Float mean = 0.25f * (point_surprise + usual_surprise + value_surprise + shape_surprise);
    return {.moment = Most<Float>(mean, kLoneShare * largest),
            .lasting = Most<Float>(Of(SurpriseView::kLasting).Load(), Of(SurpriseView::kRoughness).Load()),
            .lengthy = lengthy};
  }

  /// From now on another model says what is usual: the history of the distances from it counts an eighth.
  void FadeDistances(size_t lane = 0) {
    distances_.Fade(kFadeTo, lane);
    lasting_sizes_.Fade(kFadeTo, lane);
    for (LongMeans<N>& means : long_) {
      means.FadeDistances(kFadeTo, lane);
    }
  }

  /// From now on values come without something that they had: what was seen before counts an eighth, which values and
  /// shapes there were is forgotten.
  void StartAnew(size_t lane = 0) {
    FadeDistances(lane);
    innovations_.Fade(kFadeTo, lane);
    steps_.Fade(kFadeTo, lane);
    new_values_.Fade(kFadeTo, lane);
    new_shapes_.Fade(kFadeTo, lane);
    values_.Forget(lane);
    shapes_.Forget(lane);
    for (LongMeans<N>& means : long_) {
      means.FadeSteps(kFadeTo, lane);
    }
  }

  /// How heavy the tails of what is new in each row are: 0 as those of an exponential law, below it lighter, .18 as
  /// those of Student's t with 3 degrees of freedom. From the quantiles 40, 13 and 4 %, so that incidents, which some
  /// series have on one row in a hundred, do not matter.
  [[nodiscard]] Float heaviness() const { return heaviness_.Load(); }

  /// What a view said of the last row.
  [[nodiscard]] float SurpriseOf(SurpriseView view, size_t lane = 0) const {
    const auto own = static_cast<size_t>(view);
    float surprise = own < kRowViews ? surprise_[own].at[lane] : 0.0f;
    for (const LongMeans<N>& means : long_) {
      surprise = view == SurpriseView::kLong            ? Most(surprise, means.distance_surprise(lane))
                 : view == SurpriseView::kLongRoughness ? Most(surprise, means.roughness_surprise(lane))
                                                        : surprise;
    }
    return surprise;
  }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    for (LaneFloats<N>& one : recent_) {
      visit(one.at[lane]);
    }
    for (LaneFloats<N>& one : surprise_) {
      visit(one.at[lane]);
    }
    visit(seen_.at[lane]), visit(lasting_.at[lane]), visit(roughness_.at[lane]), visit(heaviness_.at[lane]);
    visit(heaviness_version_.at[lane]);
    innovation_.VisitState(visit, lane), innovations_.VisitState(visit, lane), distances_.VisitState(visit, lane);
    steps_.VisitState(visit, lane), new_values_.VisitState(visit, lane), new_shapes_.VisitState(visit, lane);
    lasting_sizes_.VisitState(visit, lane), values_.VisitState(visit, lane), shapes_.VisitState(visit, lane);
    for (LongMeans<N>& means : long_) {
      means.VisitState(visit, lane);
    }
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    const auto sound = [&](const LaneFloats<N>& one) { return std::abs(one.at[lane]) <= 1e35f; };
    bool valid = seen_.at[lane] >= 0 && seen_.at[lane] <= kMostRows && sound(lasting_) && sound(roughness_) &&
                 std::abs(heaviness_.at[lane]) <= 1 && heaviness_version_.at[lane] >= 0 &&
                 heaviness_version_.at[lane] <= TailSketch<2, N>::kMostVersion && innovation_.Valid(lane) &&
                 innovations_.Valid(lane) && distances_.Valid(lane) && steps_.Valid(lane) && new_values_.Valid(lane) &&
                 new_shapes_.Valid(lane) && lasting_sizes_.Valid(lane) && values_.Valid(lane) && shapes_.Valid(lane);
    for (const LaneFloats<N>& one : recent_) {
      valid = valid && sound(one);
    }
    for (const LaneFloats<N>& one : surprise_) {
      valid = valid && one.at[lane] >= 0 && one.at[lane] <= 10;
    }
    for (const LongMeans<N>& means : long_) {
      valid = valid && means.Valid(lane);
    }
    return valid;
  }

 private:
  static constexpr size_t kStepRows = 12;
  static constexpr size_t kRecent = kStepRows + 1;
  static constexpr size_t kRowViews = 6;  // those before kLong
  static constexpr int32_t kShapeRows = 8;
  static constexpr int32_t kMostRows = 1 << 30;  // counted no further
  static constexpr float kMostDistance = 1e6f;
  static constexpr float kMostLasting = 30;  // a lasting distance counts each row up to this many usual ones
  static constexpr float kLastingGain = 1.0f / 12;
  static constexpr float kRoughnessGain = 2e-3f;
  static constexpr float kLoneShare = 0.3f;  // one view alone may speak, at this share of its surprise
  // A mean over more rows has fewer chances to stray: half of that counts.
  static constexpr std::array<LongMeansLaw, 2> kLong = {
      {{.rows = 72, .fewer_chances = 0.389f}, {.rows = 360, .fewer_chances = 0.739f}}};

  static BELLWETHER_LANES_INLINE Float Within(Float x, float limit) {
    return Clip<Float>(x, L::Splat(-limit), L::Splat(limit));
  }
  LaneFloats<N>& Of(SurpriseView view) { return surprise_[static_cast<size_t>(view)]; }
  BELLWETHER_LANES_INLINE void Keep(SurpriseView view, Float surprise) { Of(view) = surprise; }

  BELLWETHER_LANES_INLINE void Remember(Float value, Mask active, Int seen) {
    const Mask first = active & (seen == 0);
    for (size_t back = kRecent - 1; back > 0; --back) {
      const Float own = recent_[back].Load();
      recent_[back] = L::Select(first, value, L::Select(active, recent_[back - 1].Load(), own));
    }
    recent_[0] = L::Select(active, value, recent_[0].Load());
  }

  BELLWETHER_LANES_INLINE Float StepOf(size_t back) const {
    return AbsOf<N>(recent_[back].Load() - recent_[back + 1].Load());
  }

  BELLWETHER_LANES_INLINE void JudgeLasting(const ViewedRow<N>& row, Int judged) {
    const float overlap = Most(1.0f, static_cast<float>(kStepRows) / static_cast<float>(row.lasting_every));
    const Float a = (StepOf(0) + StepOf(1)) + (StepOf(2) + StepOf(3));
    const Float b = (StepOf(4) + StepOf(5)) + (StepOf(6) + StepOf(7));
    const Float c = (StepOf(8) + StepOf(9)) + (StepOf(10) + StepOf(11));
    const Float log_step = Log2Of<N>((a + b + c) * (1.0f / kStepRows) + 1e-3f * row.spread + 1e-30f);
    const Mask begins = row.judge_lasting & (judged <= 16);
    const Mask goes_on = row.judge_lasting & L::Not(begins);
    const Float usual = roughness_.Load();
    const Float change = log_step - usual;
    const Float moved = L::Select(AbsOf<N>(change) > 1e-6f, change, L::Splat(0.0f));
    const Float far = lasting_sizes_.Observe(AbsOf<N>(lasting_.Load()), row.weight, goes_on, overlap);
    const Float rough = steps_.Observe(moved, row.weight, goes_on, overlap);
    Of(SurpriseView::kLasting) = L::Select(goes_on, far, Of(SurpriseView::kLasting).Load());
    Of(SurpriseView::kRoughness) = L::Select(goes_on, rough, Of(SurpriseView::kRoughness).Load());
    const Float gain = Most<Float>(InverseOfNext<N>(judged - 1), L::Splat(kRoughnessGain));
    const Mask learns = goes_on & (row.weight > 0);
    roughness_ = L::Select(begins, log_step, L::Select(learns, usual + gain * change, usual));
  }

  BELLWETHER_LANES_INLINE Float JudgeLong(const ViewedRow<N>& row, Float z, Int seen) {
    constexpr float kLongestShare = 0.5f;  // of a day
    Float lengthy = L::Splat(0.0f);
    for (size_t i = 0; i < long_.size(); ++i) {
      const LongMeansLaw& law = kLong[i];
      if (law.rows > kLongestShare * row.rows_per_day) {
        break;
      }
      const Mask ready = L::ToFloat(seen) >= row.rows_per_day;
      long_[i].Observe(law, z, StepOf(0), row.spread, row.weight, row.active, ready, seen);
      lengthy = Most<Float>(lengthy, long_[i].Surprise(law));
    }
    return lengthy;
  }

  BELLWETHER_LANES_INLINE void WeighTails(Mask active) {
    const Mask renewed = active & (innovations_.version() != heaviness_version_.Load());
    if (L::Any(renewed)) {
      ForLanes<N>(renewed, [&](size_t lane) { WeighTail(lane); });
    }
  }
  __attribute__((noinline)) void WeighTail(size_t lane) {
    constexpr int32_t kFirstRows = 64;
    constexpr std::array<float, 3> kSurprises = {0.7f, 1.2f, 1.7f};
    constexpr float kPerDecade = 1 / 1.151f;  // of the logarithm of how the distances between the quantiles grow
    heaviness_version_.at[lane] = L::At(innovations_.version(), lane);
    if (seen_.at[lane] < kFirstRows) {
      return;
    }
    std::array<float, 3> sizes{};
    for (size_t i = 0; i < kSurprises.size(); ++i) {
      sizes[i] = innovations_.MagnitudeAt(kSurprises[i], 0, lane) + innovations_.MagnitudeAt(kSurprises[i], 1, lane);
    }
    const float inner = sizes[1] - sizes[0];
    const float outer = sizes[2] - sizes[1];
    // Values on a few steps have no quantiles to speak of.
    const bool smooth = inner > 0.05f * sizes[1] && outer > 0;
    const float own = smooth ? Clip(kPerDecade * std::log(outer / inner), -0.3f, 0.8f) : 0.0f;
    const float rows = Least(static_cast<float>(seen_.at[lane]), 4096.0f);
    heaviness_.at[lane] = own * rows / (rows + 300);
  }

  std::array<LaneFloats<N>, kRecent> recent_{};  // newest values, newest first
  std::array<LaneFloats<N>, kRowViews> surprise_{};
  LaneInts<N> seen_;  // rows judged
  LaneFloats<N> lasting_;
  LaneFloats<N> roughness_;  // usual logarithm of the mean step
  LaneFloats<N> heaviness_;
  LaneInts<N> heaviness_version_;

  InnovationFilter<N> innovation_;
  TailSketch<2, N> innovations_;
  TailSketch<2, N> distances_;
  TailSketch<2, N> steps_;
  TailSketch<1, N> new_values_;
  TailSketch<1, N> new_shapes_;
  TailSketch<1, N> lasting_sizes_;
  NoveltyCodebook<1, 64, N> values_;
  NoveltyCodebook<4, 32, N> shapes_;
  std::array<LongMeans<N>, kLong.size()> long_{};
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
