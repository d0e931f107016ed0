#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "server/analytics/anomaly/budget_law.h"
#include "server/analytics/anomaly/budget_law_lanes.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/lanes.h"

namespace bellwether {

/// What is to be learned from a row.
enum class Learning : int32_t {
  kFull,          ///< as it comes
  kKnownNormal,   ///< a person says that it is normal: an alarm on it was false
  kKnownAnomaly,  ///< a person says that it is an anomaly: it says nothing of what is normal
};

inline namespace BELLWETHER_LANES {

/// What is said of a row of N series.
template <size_t N = 1>
struct BudgetVerdict {
  typename Lanes<N>::Float surprise;  ///< -log10 of the calibrated p-value
  typename Lanes<N>::Mask speaks;     ///< adds to what the last rows said: rarer than what is left of the last incident
  typename Lanes<N>::Mask is_alarm;
};

/// Turns the combined surprise of a detector's views into a calibrated p-value and into alarms that keep to a budget,
/// for N series side by side. Causal; some 450 bytes a series.
///
/// The own history centres the bulk, a common slope gives the tail its meaning (an own slope would let a few real
/// anomalies raise the bar for the next). A row speaks when it is more surprising than what is left of the last one
/// that spoke (fading over half a day of quiet rows, so one incident is one alarm however long it is). The alarm
/// threshold is the surprise that the rows that speak reach as often as the budget allows, by an exponential tail with
/// a prior, corrected by what the alarms came to. What lies far beyond the threshold is probably real: it neither
/// shapes the tail nor counts against the budget.
template <size_t N = 1>
class BudgetJudge {
  using L = Lanes<N>;
  using Float = typename L::Float;
  using Int = typename L::Int;
  using Mask = typename L::Mask;

 public:
  explicit BudgetJudge(const BudgetOptions& options)
      : per_slope_(kLog10E / options.tail_slope), bulk_edge_(options.bulk_edge), is_lasting_(options.lasting) {
    for (size_t lane = 0; lane < N; ++lane) {
      budget_.at[lane] = options.false_alarms_per_week;
      edge_surprise_.at[lane] = 1;
      threshold_.at[lane] = 3;
      rows_since_peak_.at[lane] = 1e9f;
    }
    RefreshBulks(L::SplatMask(true));
  }

  /// `combined` is the surprise of the row, finite and at least 0, in the lanes of `active`; `rows_per_day` the rate at
  /// this moment; `learning` the number of a Learning. `least` is a surprise of something else that is calibrated
  /// already. `heaviness` is that of the series' tails (SurpriseViews::heaviness): thresholds beyond what the history
  /// shows are extrapolated by it.
  BELLWETHER_LANES_INLINE BudgetVerdict<N> Judge(Float combined, float rows_per_day, Int learning, Mask active,
                                                 Float least, Float heaviness) {
    BudgetVerdict<N> verdict;
    const Float surprise = Most<Float>(Calibrated(combined), least);
    verdict.surprise = surprise;
    const Float zero = L::Splat(0.0f);
    const Float quiet = rows_since_peak_.Load() + L::Select(active & (surprise < kBegins), L::Splat(1.0f), zero);
    rows_since_peak_ = quiet;
    const Float threshold = threshold_.Load();
    if (is_lasting_) {
      const Int was = over_.Load();
      const Float needed = L::Select(was != 0, L::Splat(kEnds), L::Splat(kBegins));
      const Mask over = surprise >= needed;
      over_ = L::Select(active, L::Select(over, L::Splat(1), L::Splat(0)), was);
      const Float spoke = L::Select(over, spoke_.Load(), L::Splat(kBegins - kRarer));
      spoke_ = L::Select(active, spoke, spoke_.Load());
      verdict.is_alarm = active & over & (alarmed_.Load() == 0) & (surprise >= threshold);
      verdict.speaks = verdict.is_alarm | (active & over & (surprise >= spoke + kRarer));
    } else {
      const Float left = Most<Float>(1.0f - quiet * (1 / Most(kFadeDays * rows_per_day, 12.0f)), zero);
      verdict.speaks = active & (surprise > peak_.Load() * left * left);
      verdict.is_alarm = verdict.speaks & (surprise >= threshold);
    }
    Learn(combined, verdict, rows_per_day, learning, active, heaviness);
    return verdict;
  }
  BudgetVerdict<1> Judge(float combined, float rows_per_day, Learning learning) requires(N == 1) {
    return Judge(combined, rows_per_day, static_cast<int32_t>(learning), true, 0.0f, 0.0f);
  }

  /// The surprise that an alarm needs at present.
  [[nodiscard]] Float threshold() const { return threshold_.Load(); }

  /// Alarms a week that this judge gave and that were probably false; `expected` where little is known.
  [[nodiscard]] Float SpentPerWeek(Float expected) const {
    return (alarms_.Load() + expected) / (weeks_.Load() + 1.0f);
  }

  /// Changes the budget in the lanes of `mask` from now on.
  BELLWETHER_LANES_INLINE void SetBudget(Float false_alarms_per_week, Mask mask) {
    budget_ = L::Select(mask, false_alarms_per_week, budget_.Load());
  }

  template <class Visitor>
  void VisitState(Visitor&& visit, size_t lane = 0) {
    for (uint16_t& one : bulk_[lane]) {
      visit(one);
    }
    for (size_t bin = 0; bin < kBulkBins; ++bin) {
      visit(bulk_surprise_[lane * kBulkBins + bin]);
    }
    for (uint16_t& one : spoken_[lane]) {
      visit(one);
    }
    for (LaneFloats<N>* one : {&budget_, &edge_, &edge_surprise_, &weeks_, &alarms_, &threshold_, &peak_,
                               &rows_since_peak_, &spoke_, &run_peak_}) {
      visit(one->at[lane]);
    }
    for (LaneInts<N>* one : {&bulk_total_, &bulk_refresh_, &rows_, &run_quiet_, &over_, &alarmed_, &until_threshold_}) {
      visit(one->at[lane]);
    }
  }
  [[nodiscard]] bool Valid(size_t lane = 0) const {
    const auto within = [&](const LaneInts<N>& count, int32_t least, int32_t most) {
      return count.at[lane] >= least && count.at[lane] <= most;
    };
    // Every row counted brings the next look nearer, which halves what is too much.
    return within(bulk_refresh_, 1, kMostBulkRows) &&
           within(bulk_total_, 0, kBulkTotal + kMostBulkRows - bulk_refresh_.at[lane]) &&
           bulk_total_.at[lane] == std::accumulate(bulk_[lane], bulk_[lane] + kBulkBins, int32_t{0}) &&
           within(rows_, 0, kMostRows) && within(run_quiet_, 0, kMostRows) && within(over_, 0, 1) &&
           within(alarmed_, 0, 1) && within(until_threshold_, 0, kThresholdRows) && budget_.at[lane] >= kLeastBudget &&
           budget_.at[lane] <= kMostBudget && edge_.at[lane] >= 0 && edge_surprise_.at[lane] >= 0 &&
           edge_surprise_.at[lane] <= 8 && weeks_.at[lane] >= 0 && alarms_.at[lane] >= 0 && threshold_.at[lane] >= 0 &&
           peak_.at[lane] >= 0;
  }

 private:
  static constexpr float kBegins = 1.5f;
  static constexpr float kEnds = 1;
  static constexpr float kRarer = 0.6f;
  static constexpr float kFadeDays = 0.5f;  // of quiet rows, until nothing is left of an incident
  static constexpr float kLog10E = 0.4342944819f;
  static constexpr int32_t kMostRows = 1 << 30;   // counted no further
  static constexpr int32_t kBulkTotal = 8192;     // halved then
  static constexpr int32_t kMostBulkRows = 256;   // between updates of the bulk
  static constexpr int32_t kThresholdRows = 256;  // between updates of the threshold
  static constexpr int32_t kRunGap = 20;          // quiet rows that end a run of rows that speak
  static constexpr float kLeastBudget = 1e-6f;    // below that of any detector
  static constexpr float kMostBudget = 1e6f;      // above
  static constexpr float kToldFalse = 3;          // an alarm that a person called false counts this much

  BELLWETHER_LANES_INLINE Float Calibrated(Float combined) const {
    const Float edge = edge_.Load();
    const Float edge_surprise = edge_surprise_.Load();
    const Float position = Least<Float>(combined * (1 / kBulkBin), L::Splat(static_cast<float>(kBulkBins - 1)));
    const Int bin = Least<Int>(L::ToInt(position), L::Splat(static_cast<int32_t>(kBulkBins - 2)));
    const Float fraction = position - L::ToFloat(bin);
    const Int pair = L::Gather(bulk_surprise_, LaneStart() + bin);
    const Float left = L::ToFloat(pair & 0xff);
    const Float right = L::ToFloat((pair >> 8) & 0xff);
    const Float below = Least<Float>((left + fraction * (right - left)) * kBulkUnit, edge_surprise);
    return L::Select(combined >= edge, edge_surprise + (combined - edge) * per_slope_, below);
  }

  static BELLWETHER_LANES_INLINE Int LaneStart() {
    Int start = L::Splat(0);
    if constexpr (N > 1) {
      for (size_t lane = 0; lane < N; ++lane) {
        start[lane] = static_cast<int32_t>(lane * kBulkBins);
      }
    }
    return start;
  }

  BELLWETHER_LANES_INLINE void Learn(Float combined, const BudgetVerdict<N>& verdict, float rows_per_day, Int learning,
                                     Mask active, Float heaviness) {
    const float rows_per_week = Most(7 * rows_per_day, 1e-3f);
    const Float surprise = verdict.surprise;
    const Float zero = L::Splat(0.0f);
    const Int rows = L::Select(active, Least<Int>(rows_.Load() + 1, L::Splat(kMostRows)), rows_.Load());
    rows_ = rows;
    const Mask learns = active & (learning != static_cast<int32_t>(Learning::kKnownAnomaly));
    const Mask counts = learns & (L::ToFloat(rows) >= Clip(rows_per_week, 150.0f, 700.0f));
    weeks_ = weeks_.Load() + L::Select(counts, L::Splat(1 / rows_per_week), zero);
    CountRow(verdict, counts);
    const Mask told_false = counts & verdict.is_alarm & (learning == static_cast<int32_t>(Learning::kKnownNormal));
    const Mask near = counts & verdict.is_alarm & L::Not(told_false) & (surprise < threshold_.Load() + kFarAlarm);
    alarms_ =
        alarms_.Load() + L::Select(told_false, L::Splat(kToldFalse), L::Select(near, L::Splat(1 / kNearShare), zero));
    CountBulk(combined, learns);
    const Float peak = peak_.Load();
    if (is_lasting_) {
      const Mask over = over_.Load() != 0;
      peak_ = L::Select(active, L::Select(over, Most<Float>(peak, surprise), zero), peak);
      spoke_ = L::Select(verdict.speaks, surprise, spoke_.Load());
      const Mask alarmed = over & ((alarmed_.Load() != 0) | verdict.is_alarm);
      alarmed_ = L::Select(active, L::Select(alarmed, L::Splat(1), L::Splat(0)), alarmed_.Load());
    } else {
      peak_ = L::Select(verdict.speaks, surprise, peak);
      rows_since_peak_ = L::Select(verdict.speaks, zero, rows_since_peak_.Load());
    }
    const Int until = until_threshold_.Load();
    const Mask renews = active & ((until == 0) | verdict.is_alarm);
    until_threshold_ = L::Select(renews, L::Splat(kThresholdRows - 1), L::Select(active, until - 1, until));
    if (L::Any(renews)) {
      ForLanes<N>(renews, [&](size_t lane) { RefreshThreshold(lane, rows_per_week, L::At(heaviness, lane)); });
    }
  }

  BELLWETHER_LANES_INLINE void CountBulk(Float combined, Mask learns) {
    const Int bin = Least<Int>(L::ToInt(Least<Float>(combined * (1 / kBulkBin), L::Splat(1e6f))),
                               L::Splat(static_cast<int32_t>(kBulkBins - 1)));
    const Int one = L::Select(learns, L::Splat(1), L::Splat(0));
    AddTo<N>(&bulk_[0][0], LaneStart() + bin, one);
    bulk_total_ = bulk_total_.Load() + one;
    const Int refresh = bulk_refresh_.Load() - one;
    bulk_refresh_ = refresh;
    const Mask due = learns & (refresh == 0);
    if (L::Any(due)) {
      RefreshBulks(due);
    }
  }

  /// Rows that speak in quick succession are one incident, worth its peak: a real one of many rows must not fill the
  /// tail.
  BELLWETHER_LANES_INLINE void CountRow(const BudgetVerdict<N>& verdict, Mask counts) {
    if (is_lasting_) {
      const Mask ended = counts & (over_.Load() == 0) & (peak_.Load() > 0.0f);
      if (L::Any(ended)) {
        ForLanes<N>(ended, [&](size_t lane) { CountIncident(lane, peak_.at[lane]); });
      }
      return;
    }
    const Float run_peak = run_peak_.Load();
    const Int quiet = run_quiet_.Load();
    const Mask goes_on = counts & verdict.speaks & (verdict.surprise >= kEnds);
    const Mask waits = counts & L::Not(goes_on) & (run_peak > 0.0f);
    const Mask ended = waits & (quiet >= kRunGap);
    if (L::Any(ended)) {
      ForLanes<N>(ended, [&](size_t lane) { CountIncident(lane, run_peak_.at[lane]); });
    }
    run_peak_ = L::Select(goes_on, Most<Float>(run_peak, verdict.surprise), L::Select(ended, L::Splat(0.0f), run_peak));
    run_quiet_ = L::Select(goes_on, L::Splat(0), L::Select(waits, quiet + 1, quiet));
  }

  void CountIncident(size_t lane, float surprise) {
    const auto bin = static_cast<size_t>(Least(surprise * (1 / kSpokenBin), static_cast<float>(kSpokenBins - 1)));
    uint16_t& one = spoken_[lane][bin];
    one = static_cast<uint16_t>(Least(one + 4, 60'000));
  }

  __attribute__((noinline)) void RefreshBulks(Mask due) {
    constexpr int kTogether = 4;  // lanes from which on doing all at once pays
    if (N == 1 || std::popcount(L::BitsOf(due)) < kTogether) {
      ForLanes<N>(due, [&](size_t lane) {
        const BulkEdge found = FitBulk(bulk_[lane], static_cast<uint32_t>(bulk_total_.at[lane]), bulk_edge_,
                                       bulk_surprise_ + lane * kBulkBins);
        edge_.at[lane] = found.edge;
        edge_surprise_.at[lane] = found.surprise;
      });
    } else if constexpr (N > 1) {
      const BulkEdges<N> found = FitBulks<N>(bulk_, bulk_total_.Load(), bulk_edge_, bulk_surprise_, due);
      edge_ = L::Select(due, found.edge, edge_.Load());
      edge_surprise_ = L::Select(due, found.surprise, edge_surprise_.Load());
    }
    ForLanes<N>(due, [&](size_t lane) { GoOn(lane); });
  }

  /// Until the bulk is looked at again; halves what was counted when it is much.
  void GoOn(size_t lane) {
    bulk_refresh_.at[lane] = Clip<int32_t>(rows_.at[lane] / 2, 4, kMostBulkRows);
    if (bulk_total_.at[lane] >= kBulkTotal) {
      int32_t total = 0;
      for (uint16_t& one : bulk_[lane]) {
        one = static_cast<uint16_t>(one / 2);
        total += one;
      }
      bulk_total_.at[lane] = total;
    }
  }

  __attribute__((noinline)) void RefreshThreshold(size_t lane, float rows_per_week, float heaviness) {
    if (weeks_.at[lane] > 2 * kForgetWeeks) {  // forgets half
      weeks_.at[lane] *= 0.5f;
      alarms_.at[lane] *= 0.5f;
      for (uint16_t& count : spoken_[lane]) {
        count = static_cast<uint16_t>(count / 2);
      }
    }
    threshold_.at[lane] = FitThreshold({.spoken = spoken_[lane],
                                        .weeks = weeks_.at[lane],
                                        .alarms = alarms_.at[lane],
                                        .rows_per_week = rows_per_week,
                                        .false_alarms_per_week = budget_.at[lane],
                                        .heaviness = heaviness});
  }

  float per_slope_;  // surprise per unit of the combined surprise beyond the edge
  float bulk_edge_;  // the least of it
  bool is_lasting_;  // see BudgetOptions
  uint16_t bulk_[N][kBulkBins] = {};
  uint8_t bulk_surprise_[N * kBulkBins + 4] = {};  // at the lower edge of each bin, in kBulkUnit
  uint16_t spoken_[N][kSpokenBins] = {};           // surprise of the incidents, in quarters
  LaneFloats<N> budget_;
  LaneFloats<N> edge_;  // where the common tail begins
  LaneFloats<N> edge_surprise_;
  LaneFloats<N> weeks_;   // observed
  LaneFloats<N> alarms_;  // probably false
  LaneFloats<N> threshold_;
  LaneFloats<N> peak_;             // surprise of the last row that spoke; of a lasting incident its peak so far
  LaneFloats<N> rows_since_peak_;  // quiet ones
  LaneFloats<N> spoke_;            // of a lasting incident: the surprise that spoke last
  LaneFloats<N> run_peak_;         // of the incident at hand, 0 = none
  LaneInts<N> bulk_total_;
  LaneInts<N> bulk_refresh_;  // rows until the answers are brought up to date
  LaneInts<N> rows_;
  LaneInts<N> run_quiet_;  // rows since it spoke last
  LaneInts<N> over_;
  LaneInts<N> alarmed_;
  LaneInts<N> until_threshold_;
};

}  // namespace BELLWETHER_LANES
}  // namespace bellwether
