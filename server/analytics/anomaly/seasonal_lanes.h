#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "server/analytics/anomaly/baseline.h"
#include "server/analytics/anomaly/budget_judge.h"
#include "server/analytics/anomaly/cycle_profile.h"
#include "server/analytics/anomaly/cycle_watch.h"
#include "server/analytics/anomaly/detector.h"
#include "server/analytics/anomaly/distance_band.h"
#include "server/analytics/anomaly/lane_units.h"
#include "server/analytics/anomaly/severity.h"
#include "server/analytics/anomaly/step_clock.h"
#include "server/analytics/anomaly/surprise_views.h"
#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lane_math.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {

/// What is said of a row of N series.
template <size_t N>
struct LaneVerdicts {
  double expected[N];
  double lower[N];
  double upper[N];
  double score[N];
  double p_value[N];
  uint8_t is_anomaly[N];
  Severity severity[N];
};

/// A label of a row in one lane: nobody said anything, or 1 + FeedbackLabel.
inline constexpr uint8_t kNoLabel = 0;
constexpr uint8_t LaneLabel(FeedbackLabel label) { return static_cast<uint8_t>(1 + static_cast<int>(label)); }

inline namespace BELLWETHER_LANES {

/// The method "robust-seasonal" for N series with the same times: what is usual of the level, a line, the day or the
/// week (Baseline) and of each minute of the hour or of another cycle that was found (CycleProfile), eight views of how
/// each row departs from it and from all that was there before (SurpriseViews), a budget for alarms (BudgetJudge). Some
/// 6 KB a series.
template <size_t N = 1>
class SeasonalLanes {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  explicit SeasonalLanes(const DetectorOptions& options)
      : budget_(static_cast<float>(options.false_alarms_per_week)),
        rule_{options.direction, options.min_deviation_absolute, options.min_deviation_relative},
        every_deviation_counts_(options.direction == Direction::kBoth && options.min_deviation_absolute == 0 &&
                                options.min_deviation_relative == 0),
        band_(options.band_level),
        moment_({.false_alarms_per_week = (1 - kLastingShare) * budget_,
                 .tail_slope = kMomentSlope,
                 .bulk_edge = kMomentEdge}),
        lasting_({.false_alarms_per_week = kLastingShare * budget_,
                  .tail_slope = kLastingSlope,
                  .bulk_edge = kLastingEdge,
                  .lasting = true}) {}

  /// Judges the row of each lane, then learns from it. NaN = missing. `labels` (one a lane, null = none) are
  /// LaneLabels.
  BELLWETHER_LANES_INLINE void Observe(int64_t time_unix_ns, const double* values, const uint8_t* labels,
                                       LaneVerdicts<N>& verdicts) {
    clock_.Observe(time_unix_ns);
    season_.Locate(time_unix_ns, clock_.rows_per_day());
    baseline_.Locate(season_);
    const Mask looks = watch_.Advance(season_.rows_per_day());
    const Int rows = rows_.Load();
    const Mask started = rows >= LaneUnits<N>::kFirstRows;
    const Told told = Read(values, labels);
    if (L::Any(L::Not(started))) {
      ForLanes<N>(L::Not(started) & told.counts & L::Not(told.anomaly),
                  [&](size_t lane) { TakeFirst(lane, values[lane]); });
      ForgetFirst();
      if (!L::Any(started)) {
        SayNothing(verdicts);
        return;
      }
    }
    if (L::Any(looks)) {
      ForLanes<N>(looks, [&](size_t lane) { LookForCycle(time_unix_ns, lane); });
    }
    const CyclePlace<N> place = cycle_.Locate(season_, time_unix_ns);
    const bool cycles_matter = cycle_.Matters(season_, place);
    if (cycles_matter) {
      AdoptCycles(place, rows, started);
    }
    const Int model = baseline_.Best(season_);
    typename Baseline<N>::Expectation usual = baseline_.Expect(season_, model);
    AdoptModel(model, baseline_.LossOf(model), started);
    const Mask cyclic = (cyclic_.Load() != 0) & cycle_.Follows(season_);
    if (cycles_matter && L::Any(cyclic)) {
      usual.cycle = L::Select(cyclic, cycle_.At(season_, place, rows), usual.cycle);
      // Where jobs are all there is, what is not known of them yet means nothing.
      usual.scale = L::Select(cyclic, usual.scale + kOfHeight * cycle_.height(), usual.scale);
    }
    Describe(usual, started, verdicts);
    const Mask active = started & told.counts;
    if (N > 1 && !L::Any(L::Not(active) | told.anomaly | told.normal)) {
      // As is most often so. That it is known for certain leaves out every choice between old and new.
      const Told plain = {.counts = L::SplatMask(true), .anomaly = L::SplatMask(false), .normal = L::SplatMask(false)};
      JudgeAndLearn(values, usual, place, plain, L::SplatMask(true), verdicts);
    } else if (L::Any(active)) {
      JudgeAndLearn(values, usual, place, told, active, verdicts);
    }
  }

  /// What a view said of the last row of a lane.
  [[nodiscard]] float SurpriseOf(SurpriseView view, size_t lane) const { return views_.SurpriseOf(view, lane); }

  /// The periods that a lane uses by now, in rows, and their strength: the day or the week, and the hour or another
  /// cycle; 0 rows = none.
  [[nodiscard]] std::array<Period, 2> PeriodsOf(size_t lane) const {
    const double rows_per_day = static_cast<double>(clock_.rows_per_day());
    const Int model = baseline_.Best(season_);
    const int32_t own = L::At(model, lane);
    const Float loss = baseline_.LossOf(model);
    const auto strength = [](float share) {
      const auto left = static_cast<double>(share);
      return 1 - left * left;
    };
    const auto seen = static_cast<double>(rows_.at[lane]);
    std::array<Period, 2> periods;
    const bool by_week = own == Baseline<N>::kWeek || rows_per_day <= 2;
    const double steps = by_week ? 7 * rows_per_day : rows_per_day;
    if (own >= Baseline<N>::kDay && seen >= 2 * steps && steps >= 2) {
      periods[0] = {.steps = static_cast<size_t>(std::lround(steps)),
                    .strength = strength(L::At(baseline_.ShareOfLevel(loss), lane))};
    }
    const auto cycle = static_cast<double>(cycle_.RowsOf(lane));
    if (cyclic_.at[lane] != 0 && (cycle > 0 || season_.MinutesMatter())) {
      periods[1] = {.steps = static_cast<size_t>(std::lround(cycle > 0 ? cycle : rows_per_day / 24)),
                    .strength = strength(cycle_.ShareLeft(lane))};
    }
    return periods;
  }

  /// Memory beyond the object's own: that of the first values, until they are known.
  [[nodiscard]] size_t HeapBytes() const { return units_.HeapBytes(); }

  /// Hands every member of a lane to `visit`, for saving and restoring. ValidState afterwards says whether the values
  /// make sense.
  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    visit(rows_.at[lane]);
    units_.VisitState(visit, rows_.at[lane], lane);
    ForgetFirst();
    visit(unusual_rows_.at[lane]);
    visit(surprise_.at[lane]), visit(lasting_surprise_.at[lane]), visit(lasting_score_.at[lane]);
    visit(adopted_.at[lane]), visit(cyclic_.at[lane]);
    clock_.VisitState(visit), season_.VisitState(visit), baseline_.VisitState(visit, lane);
    cycle_.VisitState(visit, lane), watch_.VisitState(visit, lane);
    views_.VisitState(visit, lane), band_.VisitState(visit, lane), moment_.VisitState(visit, lane);
    lasting_.VisitState(visit, lane);
  }
  [[nodiscard]] bool ValidState(size_t lane = 0) const {
    return rows_.at[lane] >= 0 && rows_.at[lane] <= kMostRows && unusual_rows_.at[lane] >= 0 &&
           unusual_rows_.at[lane] <= kMostRows && adopted_.at[lane] >= Baseline<N>::kLevel &&
           adopted_.at[lane] <= Baseline<N>::kWeek && cyclic_.at[lane] >= 0 && cyclic_.at[lane] <= 1 &&
           surprise_.at[lane] >= 0 && lasting_score_.at[lane] >= 0 && lasting_score_.at[lane] <= 1 &&
           units_.Valid(lane) && clock_.Valid() && season_.Valid() && baseline_.Valid(lane) &&
           cycle_.Valid(rows_.at[lane], lane) && watch_.Valid(lane) && views_.Valid(lane) && band_.Valid(lane) &&
           moment_.Valid(lane) && lasting_.Valid(lane);
  }

 private:
  // How the combined surprises behave on generated noise of many kinds.
  static constexpr float kMomentSlope = 0.25f;
  static constexpr float kMomentEdge = 0.6f;
  static constexpr float kLastingSlope = 0.4343f;
  static constexpr float kLastingEdge = 1.3f;

  static constexpr float kLastingShare = 0.25f;  // of the budget, for what builds up over rows
  static constexpr int32_t kShareRows = 64;      // between looks at what was left of that
  static constexpr float kFastRows = 200;        // a day: from here on lasting changes are judged every few rows
  static constexpr uint32_t kLastingEvery = 4;
  static constexpr float kScoreCentre = 3;    // the surprise that scores one half
  static constexpr float kOwnBar = 0.25f;     // share of what a series' alarms need above that which moves its scores
  static constexpr float kHeldShare = 0.1f;   // of the score of a row that repeats what was told already
  static constexpr float kOfHeight = 0.01f;   // a distance of this share of what jobs add on average means something
  static constexpr float kMuchBetter = 0.8f;  // share of the level's loss that another model leaves
  static constexpr float kUnusual = 2;        // a run of rows more surprising than this is derated after its first rows
  static constexpr int32_t kFirstUnusual = 2;
  static constexpr int32_t kUnusualWeight = 1;   // of kFullWeight
  static constexpr int32_t kMostRows = 1 << 30;  // counted no further
  static constexpr float kLeastScale = std::numeric_limits<float>::min();

  /// What builds up over rows, and the band, need not be looked at in every row of a fast series.
  uint32_t Every() const { return season_.rows_per_day() >= kFastRows ? kLastingEvery : 1; }

  /// What was read of a row, and what people said of it.
  struct Told {
    Mask counts;   ///< a number, and nobody said to ignore it
    Mask anomaly;  ///< said to be one
    Mask normal;   ///< said to be expected
  };

  BELLWETHER_LANES_INLINE Told Read(const double* values, const uint8_t* labels) const {
    Int finite = L::Splat(0);
    LaneInts<N> flags;
    for (size_t lane = 0; lane < N; ++lane) {
      flags.at[lane] = std::abs(values[lane]) <= std::numeric_limits<double>::max() ? 1 : 0;
    }
    finite = flags.Load();
    Told told = {.counts = finite != 0, .anomaly = L::SplatMask(false), .normal = L::SplatMask(false)};
    if (labels != nullptr) {
      LaneInts<N> said;
      for (size_t lane = 0; lane < N; ++lane) {
        said.at[lane] = labels[lane];
      }
      const Int label = said.Load();
      told.counts = told.counts & (label != static_cast<int32_t>(LaneLabel(FeedbackLabel::kIgnore)));
      told.anomaly = label == static_cast<int32_t>(LaneLabel(FeedbackLabel::kAnomaly));
      told.normal = label == static_cast<int32_t>(LaneLabel(FeedbackLabel::kExpected));
    }
    return told;
  }

  static void SayNothing(LaneVerdicts<N>& verdicts) {
    for (size_t lane = 0; lane < N; ++lane) {
      verdicts.expected[lane] = verdicts.lower[lane] = verdicts.upper[lane] = std::numeric_limits<double>::quiet_NaN();
      verdicts.score[lane] = 0;
      verdicts.p_value[lane] = 1;
      verdicts.is_anomaly[lane] = 0;
      verdicts.severity[lane] = Severity::kNone;
    }
  }

  __attribute__((noinline)) void TakeFirst(size_t lane, double value) {
    units_.KeepFirst(lane, rows_.at[lane]++, value);
    if (rows_.at[lane] == LaneUnits<N>::kFirstRows) {
      watch_.Start(lane);
      LaneInts<N> own;
      own.at[lane] = 1;
      units_.Start(lane, [&](float first) {
        LaneFloats<N> level;
        level.at[lane] = first;
        baseline_.LearnFirst(level.Load(), own.Load() != 0);
      });
    }
  }

  void ForgetFirst() {
    if (!L::Any(rows_.Load() < LaneUnits<N>::kFirstRows)) {
      units_.ForgetFirst();
    }
  }

  /// From the row on from which a finer model is much better than the level, distances from the level count little.
  BELLWETHER_LANES_INLINE void AdoptModel(Int model, Float loss, Mask started) {
    const Mask finer = started & (model > adopted_.Load());
    if (L::Any(finer)) {
      const Mask better = finer & (baseline_.ShareOfLevel(loss) < kMuchBetter);
      adopted_ = L::Select(better, model, adopted_.Load());
      ForLanes<N>(better, [&](size_t lane) { views_.FadeDistances(lane); });
    }
  }

  /// From the row on from which what happens in each cycle explains much of what is left, it is taken out before
  /// anything else looks.
  BELLWETHER_LANES_INLINE void AdoptCycles(const CyclePlace<N>& place, Int rows, Mask started) {
    const Mask without = started & (cyclic_.Load() == 0) & cycle_.Follows(season_);
    if (L::Any(without)) {
      Mask helps = without & cycle_.Explains(season_, place, rows);
      if (place.own && L::Any(helps)) {
        LaneInts<N> resolved;
        ForLanes<N>(helps, [&](size_t lane) { resolved.at[lane] = cycle_.Resolves(lane) ? 1 : 0; });
        helps = resolved.Load() != 0;
      }
      if (L::Any(helps)) {
        cyclic_ = L::Select(helps, L::Splat(1), cyclic_.Load());
        const Float loss = baseline_.LossOf(baseline_.Best(season_));
        const Float share = Least<Float>(cycle_.loss() / (loss + kLeastScale), L::Splat(1.0f));
        ForLanes<N>(helps, [&](size_t lane) {
          views_.StartAnew(lane);
          band_.Fade(SurpriseViews<N>::kFadeTo, lane);
          baseline_.StartAnew(cycle_.common(lane), L::At(share, lane), lane);
          cycle_.TakeCommon(lane);
        });
      }
    }
  }

  /// Follows the cycle that the last rows have, unless the hour, the day or the week has it.
  __attribute__((noinline)) void LookForCycle(int64_t time_unix_ns, size_t lane) {
    constexpr float kSame = 0.03f;
    const float own = cycle_.RowsOf(lane);
    if (own == 0 && cyclic_.at[lane] != 0) {
      return;  // jobs by the clock
    }
    const CycleBits high = watch_.BitsOf(lane);
    const float found = FindCycle(high);
    if (own > 0) {
      if (std::abs(found - own) <= kSame * own) {
        cycle_.Correct(high, found, clock_.step_ns(), time_unix_ns, lane);
        return;
      }
      if (cyclic_.at[lane] != 0 && !cycle_.Ceased(lane)) {
        return;
      }
    }
    const bool begins = found > 0 && clock_.step_ns() > 0 && !season_.Knows(found);
    if (begins || own > 0) {
      cyclic_.at[lane] = 0;
      cycle_.Begin(begins ? found : 0.0f, clock_.step_ns(), time_unix_ns, rows_.at[lane], lane);
    }
  }

  BELLWETHER_LANES_INLINE void Describe(const typename Baseline<N>::Expectation& usual, Mask started,
                                        LaneVerdicts<N>& verdicts) const {
    LaneFloats<N> value;
    LaneFloats<N> low;
    LaneFloats<N> high;
    value = usual.value + usual.cycle;
    low = usual.value + usual.cycle - usual.scale * band_.down();
    high = usual.value + usual.cycle + usual.scale * band_.up();
    LaneInts<N> warm;
    warm = L::Select(started & band_.IsWarm(), L::Splat(1), L::Splat(0));
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    for (size_t lane = 0; lane < N; ++lane) {
      const bool known = warm.at[lane] != 0;
      verdicts.expected[lane] = known ? units_.FromUnits(lane, value.at[lane]) : kUnknown;
      verdicts.lower[lane] = known ? units_.FromUnits(lane, low.at[lane]) : kUnknown;
      verdicts.upper[lane] = known ? units_.FromUnits(lane, high.at[lane]) : kUnknown;
    }
    for (size_t lane = 0; lane < N; ++lane) {
      verdicts.score[lane] = 0;
      verdicts.p_value[lane] = 1;
      verdicts.is_anomaly[lane] = 0;
      verdicts.severity[lane] = Severity::kNone;
    }
  }

  BELLWETHER_LANES_INLINE void JudgeAndLearn(const double* values, const typename Baseline<N>::Expectation& usual,
                                             const CyclePlace<N>& place, const Told& told, Mask active,
                                             LaneVerdicts<N>& verdicts) {
    const Int rows = rows_.Load();
    const Float whole = units_.InUnits(values, active);
    const Float x = whole - usual.cycle;
    Judge(values, x, usual, told, active, rows, verdicts);
    const Mask learns = active & L::Not(told.anomaly);
    const Mask looks = learns & (L::Not(band_.IsWarm()) | ((rows & static_cast<int32_t>(Every() - 1)) == 0));
    if (L::Any(looks)) {
      constexpr float kFurthest = 1e6;
      band_.Learn(Clip<Float>((x - usual.value) / usual.scale, L::Splat(-kFurthest), L::Splat(kFurthest)), looks);
    }
    if (watch_.Watching()) {
      watch_.Watch(whole - usual.value, usual.scale, active);
    }
    if (cycle_.Matters(season_, place)) {
      cycle_.Learn(whole - usual.value, season_, place, rows, 5 * baseline_.spread(), learns & cycle_.Follows(season_));
    }
    baseline_.Learn(x, usual, season_, learns);
    rows_ = L::Select(active, Least<Int>(rows + 1, L::Splat(kMostRows)), rows);
  }

  BELLWETHER_LANES_INLINE void Judge(const double* values, Float x, const typename Baseline<N>::Expectation& usual,
                                     const Told& told, Mask active, Int rows, LaneVerdicts<N>& verdicts) {
    const float rows_per_day = season_.rows_per_day();
    const Int unusual = L::Select(surprise_.Load() >= kUnusual, unusual_rows_.Load() + 1, L::Splat(0));
    unusual_rows_ = L::Select(active, Least<Int>(unusual, L::Splat(kMostRows)), unusual_rows_.Load());
    const Mask whole = (unusual < kFirstUnusual) | told.normal;
    const Int weight =
        L::Select(told.anomaly, L::Splat(0),
                  L::Select(whole, L::Splat(static_cast<int32_t>(kFullWeight)), L::Splat(kUnusualWeight)));
    const uint32_t every = Every();
    const Mask judge_lasting = active & ((rows & static_cast<int32_t>(every - 1)) == 0);
    RowSurprise<N> row = views_.Observe({.value = x,
                                         .usual = usual.value,
                                         .scale = usual.scale,
                                         .spread = baseline_.spread(),
                                         .weight = weight,
                                         .active = active,
                                         .judge_lasting = judge_lasting,
                                         .lasting_every = every,
                                         .rows_per_day = rows_per_day});
    if (!every_deviation_counts_) {
      const Float counts = CountedDeviations(values, usual.value + usual.cycle);
      row.moment = row.moment * counts;
      row.lasting = row.lasting * counts;
      row.lengthy = row.lengthy * counts;
    }
    const Int learning = L::Select(told.anomaly, L::Splat(static_cast<int32_t>(Learning::kKnownAnomaly)),
                                   L::Select(told.normal, L::Splat(static_cast<int32_t>(Learning::kKnownNormal)),
                                             L::Splat(static_cast<int32_t>(Learning::kFull))));
    const Float zero = L::Splat(0.0f);
    const BudgetVerdict<N> moment = moment_.Judge(row.moment, rows_per_day, learning, active, zero, views_.heaviness());
    BudgetVerdict<N> lasting = {
        .surprise = lasting_surprise_.Load(), .speaks = L::SplatMask(false), .is_alarm = L::SplatMask(false)};
    if (L::Any(judge_lasting)) {
      lasting = lasting_.Judge(row.lasting, rows_per_day / static_cast<float>(every), learning, judge_lasting,
                               row.lengthy, zero);
      lasting.surprise = L::Select(judge_lasting, lasting.surprise, lasting_surprise_.Load());
      lasting_surprise_ = lasting.surprise;
      lasting_score_ =
          L::Select(judge_lasting, ScoreOf(lasting.surprise, L::Splat(kScoreCentre)), lasting_score_.Load());
    }
    const Mask shares = active & ((rows & (kShareRows - 1)) == 0);
    if (L::Any(shares)) {
      // What lasting changes leave of their share belongs to the others.
      const Float share = L::Splat(kLastingShare * budget_);
      moment_.SetBudget(budget_ - Least<Float>(share, lasting_.SpentPerWeek(0.5f * share)), shares);
    }
    const Float surprise = Most<Float>(moment.surprise, lasting.surprise);
    surprise_ = L::Select(active, surprise, surprise_.Load());
    Say(values, moment, lasting, surprise, active & L::Not(told.normal), verdicts);
  }

  /// 1 where the deviation counts by the rule, else 0.
  Float CountedDeviations(const double* values, Float usual) const {
    LaneFloats<N> counts;
    counts = usual;
    for (size_t lane = 0; lane < N; ++lane) {
      counts.at[lane] = DeviationCounts(values[lane], units_.FromUnits(lane, counts.at[lane]), rule_) ? 1.0f : 0.0f;
    }
    return counts.Load();
  }

  /// The score of a surprise; at the centre one half.
  static BELLWETHER_LANES_INLINE Float ScoreOf(Float surprise, Float centre) {
    return 1.0f / (1.0f + ExpOf<N>(centre - surprise));
  }

  BELLWETHER_LANES_INLINE void Say(const double* values, const BudgetVerdict<N>& moment,
                                   const BudgetVerdict<N>& lasting, Float surprise, Mask said,
                                   LaneVerdicts<N>& verdicts) const {
    const auto said_of = [](const BudgetVerdict<N>& judged, Float score) __attribute__((always_inline)) {
      return L::Select(judged.speaks, score, kHeldShare * score);
    };
    const Float centre = kScoreCentre + kOwnBar * (moment_.threshold() - kScoreCentre);
    LaneFloats<N> score;
    LaneFloats<N> chance;
    score = L::Select(
        said, Most<Float>(said_of(moment, ScoreOf(moment.surprise, centre)), said_of(lasting, lasting_score_.Load())),
        L::Splat(0.0f));
    chance = L::Select(said, Exp10Of<N>(-surprise), L::Splat(1.0f));
    for (size_t lane = 0; lane < N; ++lane) {
      verdicts.score[lane] = static_cast<double>(score.at[lane]);
      verdicts.p_value[lane] = static_cast<double>(chance.at[lane]);
    }
    const Mask alarms = said & (moment.is_alarm | lasting.is_alarm);
    if (L::Any(alarms)) {
      ForLanes<N>(alarms, [&](size_t lane) { SayAlarm(lane, values[lane], moment, lasting, verdicts); });
    }
  }

  void SayAlarm(size_t lane, double value, const BudgetVerdict<N>& moment, const BudgetVerdict<N>& lasting,
                LaneVerdicts<N>& verdicts) const {
    const uint32_t bit = 1u << lane;
    const bool by_moment = (L::BitsOf(moment.is_alarm) & bit) != 0;
    const float over = L::At(moment.surprise, lane) - L::At(moment_.threshold(), lane);
    const float lasting_over = L::At(lasting.surprise, lane) - L::At(lasting_.threshold(), lane);
    const bool by_lasting = (L::BitsOf(lasting.is_alarm) & bit) != 0 && (!by_moment || lasting_over > over);
    SeverityFacts facts = SizeOf(Clip(value, -kLargestMagnitude, kLargestMagnitude), verdicts.expected[lane],
                                 verdicts.lower[lane], verdicts.upper[lane]);
    facts.surprise = static_cast<double>(L::At(by_lasting ? lasting.surprise : moment.surprise, lane));
    facts.needed = static_cast<double>(L::At(by_lasting ? lasting_.threshold() : moment_.threshold(), lane));
    verdicts.is_anomaly[lane] = 1;
    verdicts.severity[lane] = GradeSeverity(facts);
  }

  float budget_;
  DeviationRule rule_;
  bool every_deviation_counts_;
  LaneUnits<N> units_;
  LaneInts<N> rows_;
  LaneFloats<N> surprise_;          // of the last row
  LaneFloats<N> lasting_surprise_;  // of the lasting changes when they were judged last
  LaneFloats<N> lasting_score_;
  LaneInts<N> unusual_rows_;
  LaneInts<N> cyclic_;   // whether what happens in each cycle is taken out
  LaneInts<N> adopted_;  // the finest model of what is usual that was much better than the level

  StepClock clock_;
  SeasonClock season_;
  Baseline<N> baseline_;
  CycleWatch<N> watch_;
  CycleProfile<N> cycle_;
  SurpriseViews<N> views_;
  DistanceBand<N> band_;
  BudgetJudge<N> moment_;
  BudgetJudge<N> lasting_;
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
