#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/analytics/anomaly/baseline.h"
#include "server/analytics/anomaly/detector.h"
#include "server/analytics/anomaly/innovation_filter.h"
#include "server/analytics/anomaly/novelty_codebook.h"
#include "server/analytics/anomaly/tail_sketch.h"

namespace bellwether {

/// The views that a detector has of a series. Each is a number a row, calibrated on its own history.
enum class SurpriseView : size_t {
  kPoint,      ///< distance from what usual level or season and the last rows foretell (InnovationFilter)
  kUsual,      ///< distance from what is usual at this moment
  kValue,      ///< distance from the nearest value that was ever there
  kShape,      ///< distance from the nearest shape (this row, 1, 3 and 7 rows ago) that was ever there
  kLasting,        ///< distance from what is usual that has lasted for about twelve rows
  kRoughness,      ///< mean step of the last twelve rows against what is usual: flatlines, another variance
  kLong,           ///< distance from what is usual over about 72 or 360 rows, where that is at most half a day
  kLongRoughness,  ///< mean step over as many rows against what is usual
};
inline constexpr size_t kSurpriseViews = 8;

/// How surprising a row is on the whole.
struct RowSurprise {
  float moment = 0;   ///< of what happens at once: the mean of the first four views
  float lasting = 0;  ///< of what builds up over rows: the larger of kLasting and kRoughness
  float lengthy = 0;  ///< of what builds up over many rows, the chances counted in which it may come about
};

/// Observes a series by several views at once; causal, bounded state, no allocation. Values come in units in which the
/// series' first movement is 1.
class SurpriseViews {
 public:
  /// Judges the row, then learns from it. `usual` is what was expected of it, `spread` the usual distance from the
  /// level. `weight` (0 to kFullWeight) is how much the row counts;
  /// with 0 nothing is learned. What lasts is judged every `lasting_every` rows, this time where `judge_lasting`.
  RowSurprise Observe(float y, const Baseline::Expectation& usual, float spread, uint32_t weight, bool judge_lasting,
                      uint32_t lasting_every, float rows_per_day);

  /// From now on another model says what is usual: the history of the distances from it counts an eighth.
  void FadeDistances();

  /// How heavy the tails of what is new in each row are: 0 as those of an exponential law, below it lighter, .4 as those
  /// of Student's t with 3 degrees of freedom. From the quantiles 10, 3 and 1 %, so that a few extremes do not matter.
  [[nodiscard]] float heaviness() const { return heaviness_; }

  /// What each view said of the last row, most surprised first.
  [[nodiscard]] std::vector<Contribution> Contributions() const;

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    visit(recent_), visit(step_sum_), visit(end_), visit(seen_), visit(lasting_), visit(roughness_), visit(surprise_);
    visit(heaviness_), visit(heaviness_version_);
    innovation_.VisitState(visit);
    for (TailSketch<2>& sketch : signed_) {
      sketch.VisitState(visit);
    }
    for (TailSketch<1>& sketch : magnitude_) {
      sketch.VisitState(visit);
    }
    for (LongMeans& means : long_) {
      means.VisitState(visit);
    }
    values_.VisitState(visit), shapes_.VisitState(visit);
  }
  [[nodiscard]] bool Valid() const;

 private:
  static constexpr uint32_t kRing = 16;
  static constexpr uint32_t kStepRows = 12;
  static constexpr size_t kLengths = 2;
  enum Signed : size_t { kSignedPoint, kSignedUsual, kSignedRoughness, kSignedViews };
  enum Magnitude : size_t { kNewValue, kNewShape, kLastingSize, kMagnitudeViews };

  /// Means over many rows and what was usual of them.
  struct LongMeans {
    float distance = 0;   // from what is usual, in usual ones
    float step = 0;       // magnitude of the steps
    float roughness = 0;  // usual logarithm of that
    uint32_t judged = 0;
    float distance_surprise = 0;
    float roughness_surprise = 0;
    TailSketch<1> distances;
    TailSketch<2> steps;

    template <class Visitor>
    void VisitState(Visitor&& visit) {
      visit(distance), visit(step), visit(roughness), visit(judged), visit(distance_surprise);
      visit(roughness_surprise);
      distances.VisitState(visit), steps.VisitState(visit);
    }
    [[nodiscard]] bool Valid() const;
  };

  float Recent(uint32_t back) const { return recent_[(end_ + kRing - 1 - back) % kRing]; }
  float StepOf(uint32_t back) const { return std::abs(Recent(back) - Recent(back + 1)); }
  void Remember(float y);
  void JudgeLasting(uint32_t judged, float spread, uint32_t weight, float overlap);
  void JudgeLong(float z, float spread, uint32_t weight, float rows_per_day);
  float Lengthy() const;
  void WeighTails();
  float& Of(SurpriseView view) { return surprise_[static_cast<size_t>(view)]; }

  std::array<float, kRing> recent_{};  // newest values
  float step_sum_ = 0;                 // magnitudes of the newest kStepRows steps between them
  uint32_t end_ = 0;
  uint32_t seen_ = 0;  // rows judged
  InnovationFilter innovation_;
  float lasting_ = 0;
  float roughness_ = 0;  // usual logarithm of the mean step
  float heaviness_ = 0;
  uint32_t heaviness_version_ = 0;

  std::array<TailSketch<2>, kSignedViews> signed_;
  std::array<TailSketch<1>, kMagnitudeViews> magnitude_;
  std::array<LongMeans, kLengths> long_;
  NoveltyCodebook<1, 64> values_;
  NoveltyCodebook<4, 32> shapes_;
  std::array<float, kSurpriseViews> surprise_{};
};

}  // namespace bellwether
