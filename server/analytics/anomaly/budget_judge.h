#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/analytics/series/clip.h"

namespace bellwether {

/// How the combined surprise of a method behaves on plain noise, measured once for each method.
struct BudgetOptions {
  float false_alarms_per_week = 1;
  float tail_slope = 0.4343f;  ///< decay beyond the bulk, per factor e; 0.4343 if the combination is an exact -log10 p
  float bulk_edge = 1;         ///< least start of the common tail: the 90 % quantile on noise
  /// The surprise builds up over many rows: an incident lasts from 1.5 until it falls below 1 and is one alarm; a row
  /// speaks when it is rarer than the last that spoke by a factor of four.
  bool lasting = false;
};

/// What is said of one row.
struct BudgetVerdict {
  float surprise = 0;   ///< -log10 of the calibrated p-value
  bool speaks = false;  ///< adds to what the last rows said: rarer than what is left of the last incident
  bool is_alarm = false;
};

/// What is to be learned from a row.
enum class Learning : uint8_t {
  kFull,          ///< as it comes
  kKnownNormal,   ///< a person says that it is normal: an alarm on it was false
  kKnownAnomaly,  ///< a person says that it is an anomaly: it says nothing of what is normal
};

/// Turns the combined surprise of a detector's views into a calibrated p-value and into alarms that keep to a budget.
/// Causal; some 850 bytes.
///
/// The own history centres the bulk, a common slope gives the tail its meaning (an own slope would let a few real
/// anomalies raise the bar for the next). A row speaks when it is more surprising than what is left of the last one
/// that spoke (fading over a day of quiet rows, so one incident is one alarm however long it is). The alarm threshold
/// is the surprise that the rows that speak reach as often as the budget allows, by an exponential tail with a prior,
/// corrected by what the alarms came to. What lies far beyond the threshold is probably real: it neither shapes the
/// tail nor counts against the budget.
class BudgetJudge {
 public:
  explicit BudgetJudge(const BudgetOptions& options);

  /// `combined` is the surprise of the row, finite and at least 0; `rows_per_day` the rate at this moment.
  /// `least` is a surprise of something else that is calibrated already. `heaviness` is that of the series' tails
  /// (SurpriseViews::heaviness): thresholds beyond what the history shows are extrapolated by it.
  BudgetVerdict Judge(float combined, float rows_per_day, Learning learning, float least = 0, float heaviness = 0) {
    heaviness_ = heaviness;
    BudgetVerdict verdict;
    verdict.surprise = Most(Calibrated(combined), least);
    rows_since_peak_ += verdict.surprise < kBegins ? 1.0f : 0.0f;
    if (options_.lasting) {
      over_ = verdict.surprise >= (over_ != 0 ? kEnds : kBegins) ? 1 : 0;
      if (over_ == 0) {
        spoke_ = kBegins - kRarer;
      }
      verdict.is_alarm = over_ != 0 && alarmed_ == 0 && verdict.surprise >= threshold_;
      verdict.speaks = verdict.is_alarm || (over_ != 0 && verdict.surprise >= spoke_ + kRarer);
    } else {
      const float left = Most(0.0f, 1 - rows_since_peak_ / Most(rows_per_day, 12.0f));
      verdict.speaks = verdict.surprise > peak_ * left * left;
      verdict.is_alarm = verdict.speaks && verdict.surprise >= threshold_;
    }
    Learn(combined, verdict, rows_per_day, learning);
    return verdict;
  }

  /// The surprise that an alarm needs at present.
  [[nodiscard]] float threshold() const { return threshold_; }

  /// Alarms a week that this judge gave and that were probably false; `expected` where little is known.
  [[nodiscard]] float SpentPerWeek(float expected) const { return (alarms_ + expected) / (weeks_ + 1); }

  /// Changes the budget from now on.
  void SetBudget(float false_alarms_per_week) { options_.false_alarms_per_week = false_alarms_per_week; }

  template <class Visitor>
  void VisitState(Visitor&& visit) {
    visit(options_.false_alarms_per_week), visit(bulk_), visit(bulk_surprise_), visit(bulk_total_), visit(edge_);
    visit(edge_surprise_), visit(bulk_refresh_), visit(rows_), visit(spoken_), visit(weeks_), visit(alarms_);
    visit(threshold_), visit(peak_), visit(rows_since_peak_), visit(spoke_), visit(run_peak_), visit(run_quiet_),
        visit(over_), visit(alarmed_);
    visit(until_threshold_), visit(heaviness_);
  }
  [[nodiscard]] bool Valid() const {
    return bulk_total_ <= 65'535 && bulk_refresh_ > 0 && options_.false_alarms_per_week > 0 && edge_ >= 0 &&
           edge_surprise_ >= 0 && edge_surprise_ <= 8 && weeks_ >= 0 && alarms_ >= 0 && threshold_ >= 0 && peak_ >= 0 && std::abs(heaviness_) <= 1;
  }

 private:
  static constexpr size_t kBulkBins = 64;
  static constexpr float kBulkBin = 0.1f;
  static constexpr size_t kSpokenBins = 64;
  static constexpr float kSpokenBin = 0.16f;
  static constexpr float kBegins = 1.5f;
  static constexpr float kEnds = 1;
  static constexpr float kRarer = 0.6f;

  static constexpr float kUnit = 1.0f / 32;
  static constexpr float kQuarter = 0.25f;

  float Calibrated(float combined) const {
    if (combined >= edge_) {
      return edge_surprise_ + (combined - edge_) * per_slope_;
    }
    const float position = combined * (1 / kBulkBin);
    const auto bin = static_cast<uint32_t>(position);
    if (bin + 1 >= kBulkBins) {
      return edge_surprise_;
    }
    const float fraction = position - static_cast<float>(bin);
    const auto left = static_cast<float>(bulk_surprise_[bin]);
    const auto right = static_cast<float>(bulk_surprise_[bin + 1]);
    return Least((left + fraction * (right - left)) * kUnit, edge_surprise_);
  }
  void Learn(float combined, const BudgetVerdict& verdict, float rows_per_day, Learning learning);
  void CountRow(const BudgetVerdict& verdict);
  void CountIncident(float surprise);
  void CountAlarm(float surprise, Learning learning);
  void RefreshBulk();
  void RefreshThreshold(float rows_per_week);
  float MeanExcess(float start) const;

  BudgetOptions options_;
  float per_slope_;  // surprise per unit of the combined surprise beyond the edge
  std::array<uint16_t, kBulkBins> bulk_{};
  std::array<uint8_t, kBulkBins> bulk_surprise_{};  // at the lower edge of each bin, in kUnit
  uint32_t bulk_total_ = 0;
  float edge_ = 0;  // where the common tail begins
  float edge_surprise_ = 1;
  uint32_t bulk_refresh_ = 0;  // rows until the answers are brought up to date
  uint32_t rows_ = 0;

  std::array<uint16_t, kSpokenBins> spoken_{};  // surprise of the incidents, in quarters
  float weeks_ = 0;                             // observed
  float alarms_ = 0;                            // probably false
  float threshold_ = 3;
  float peak_ = 0;                // surprise of the last row that spoke; of a lasting incident its peak so far
  float rows_since_peak_ = 1e9f;  // quiet ones
  float spoke_ = 0;               // of a lasting incident: the surprise that spoke last
  float run_peak_ = 0;            // of the incident at hand, 0 = none
  uint16_t run_quiet_ = 0;        // rows since it spoke last
  uint8_t over_ = 0;
  uint8_t alarmed_ = 0;
  uint32_t until_threshold_ = 0;
  float heaviness_ = 0;
};

}  // namespace bellwether
