#include "server/analytics/anomaly/budget_judge.h"

#include <cmath>
#include <span>

#include "server/analytics/series/clip.h"
#include "server/analytics/series/fast_log.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr uint32_t kMostRows = uint32_t{1} << 31;  // counted no further
constexpr uint32_t kBulkTotal = 8192;              // halved then
constexpr float kBulkShare = 0.1f;
constexpr uint32_t kMostBulkRows = 256;  // between updates of the bulk
constexpr float kLog10E = 0.4342944819f;

constexpr float kForgetWeeks = 8;
constexpr float kReferenceRows = 2016;  // a week of five-minute rows
constexpr float kPriorWeeks = 3;
constexpr float kPriorRate = 4.5f;        // incidents a week at surprise 2 and reference rate, on noise
constexpr float kPriorStep = 1.16735f;    // the rate falls by 10^0.42 a unit: this a bin
constexpr float kPriorTop = 3.461e-4f;    // and is this share of kPriorRate above the last bin
constexpr float kPriorExcess = 0.95f;     // mean excess of incidents above any level
constexpr float kPriorWeight = 8;         // the prior of the excess is worth this many incidents
constexpr float kHeavy = 0.12f;            // tails up to this heavy are those of the prior
constexpr float kHeavyExcess = 7;          // share that heavier ones add to the mean excess, a unit
constexpr float kSeenIncidents = 4;        // a budget of as many in the memory needs no such help
constexpr float kFarExcess = 4;           // incidents that far above the start of the tail are probably real
constexpr float kFarAlarm = 3;            // alarms that far above the threshold likewise
constexpr float kNearShare = 0.957f;      // of the alarms of an exponential tail that are not: 1 - exp(-3 / .95)
constexpr float kUnspent = 1.08f;         // what thresholds rounded to bins and held incidents leave unspent
constexpr float kMostRestraint = 2.5f;    // a series that alarms too often gets no less than this part of its budget
constexpr float kMostFreedom = 4;         // and one that alarms too rarely no more than this multiple
constexpr uint32_t kThresholdRows = 128;  // between updates of the threshold
constexpr float kMinRowsPerAlarm = 150;   // whatever the budget: no more alarms than this on slow series
constexpr uint16_t kRunGap = 20;          // quiet rows that end a run of rows that speak
constexpr float kToldFalse = 3;           // an alarm that a person called false counts this much

BELLWETHER_SIMD_CLONES
void ToSurprise(float* share, size_t bins) { MinusLog10(std::span<float>(share, bins)); }

}  // namespace

BudgetJudge::BudgetJudge(const BudgetOptions& options) : options_(options), per_slope_(kLog10E / options.tail_slope) {
  RefreshBulk();
}

void BudgetJudge::RefreshBulk() {
  bulk_refresh_ = Clip<uint32_t>(rows_ / 2, 4, kMostBulkRows);
  const auto n = static_cast<float>(bulk_total_);
  const float scale = 1 / (n + 1);
  uint32_t above = 0;
  std::array<float, kBulkBins> surprise;
  edge_ = options_.bulk_edge;
  bool below_edge = false;
  for (size_t bin = kBulkBins; bin-- > 0;) {
    above += bulk_[bin];
    const float lower = kBulkBin * static_cast<float>(bin);
    const float share = Least(1.0f, (static_cast<float>(above) + 0.5f) * scale);
    if (!below_edge && (lower <= options_.bulk_edge || static_cast<float>(above) >= kBulkShare * (n + 1))) {
      below_edge = true;
      edge_ = Most(lower, options_.bulk_edge);
      // A series that hardly ever moves must not make its first movement a certainty.
      edge_surprise_ = -std::log10(lower > options_.bulk_edge ? share : Most(share, kBulkShare));
    }
    surprise[bin] = share;
  }
  ToSurprise(surprise.data(), kBulkBins);
  for (size_t bin = 0; bin < kBulkBins; ++bin) {
    bulk_surprise_[bin] = static_cast<uint8_t>(Least(surprise[bin], 7.95f) * (1 / kUnit) + 0.5f);
  }
  if (bulk_total_ >= kBulkTotal) {
    bulk_total_ = 0;
    for (uint16_t& weight : bulk_) {
      weight = static_cast<uint16_t>(weight / 2);
      bulk_total_ += weight;
    }
  }
}

void BudgetJudge::CountIncident(float surprise) {
  const auto bin = static_cast<size_t>(Least(surprise * (1 / kSpokenBin), static_cast<float>(kSpokenBins - 1)));
  spoken_[bin] = static_cast<uint16_t>(Least(spoken_[bin] + 4, 60'000));
}

void BudgetJudge::CountRow(const BudgetVerdict& verdict) {
  if (options_.lasting) {
    if (over_ == 0 && peak_ > 0) {
      CountIncident(peak_);
    }
    return;
  }
  // Rows that speak in quick succession are one incident, worth its peak: a real one of many rows must not fill the
  // tail.
  if (verdict.speaks && verdict.surprise >= kEnds) {
    run_peak_ = Most(run_peak_, verdict.surprise);
    run_quiet_ = 0;
  } else if (run_peak_ > 0 && ++run_quiet_ > kRunGap) {
    CountIncident(run_peak_);
    run_peak_ = 0;
  }
}

void BudgetJudge::CountAlarm(float surprise, Learning learning) {
  if (learning == Learning::kKnownNormal) {
    alarms_ += kToldFalse;
  } else if (surprise < threshold_ + kFarAlarm) {
    alarms_ += 1 / kNearShare;
  }
}

void BudgetJudge::Learn(float combined, const BudgetVerdict& verdict, float rows_per_day, Learning learning) {
  const float rows_per_week = Most(7 * rows_per_day, 1e-3f);
  rows_ = Least(rows_ + 1, kMostRows);
  if (learning != Learning::kKnownAnomaly) {
    if (static_cast<float>(rows_) >= Clip(rows_per_week, 150.0f, 700.0f)) {
      weeks_ += 1 / rows_per_week;
      CountRow(verdict);
      if (verdict.is_alarm) {
        CountAlarm(verdict.surprise, learning);
      }
    }
    const auto bin = static_cast<size_t>(Least(combined * (1 / kBulkBin), static_cast<float>(kBulkBins - 1)));
    ++bulk_[bin];
    ++bulk_total_;
    if (--bulk_refresh_ == 0) {
      RefreshBulk();
    }
  }
  if (options_.lasting) {
    peak_ = over_ != 0 ? Most(peak_, verdict.surprise) : 0;
    spoke_ = verdict.speaks ? verdict.surprise : spoke_;
    alarmed_ = over_ != 0 && (alarmed_ != 0 || verdict.is_alarm) ? 1 : 0;
  } else if (verdict.speaks) {
    peak_ = verdict.surprise;
    rows_since_peak_ = 0;
  }
  if (until_threshold_ == 0 || verdict.is_alarm) {
    until_threshold_ = kThresholdRows;
    RefreshThreshold(rows_per_week);
  }
  --until_threshold_;
}

float BudgetJudge::MeanExcess(float start) const {
  float excess = kPriorWeight * kPriorExcess;
  float count = kPriorWeight;
  for (auto bin = static_cast<size_t>(start * (1 / kSpokenBin) + 0.5f); bin < kSpokenBins; ++bin) {
    const float beyond = kSpokenBin * (static_cast<float>(bin) + 0.5f) - start;
    if (beyond > kFarExcess) {
      break;
    }
    excess += kQuarter * static_cast<float>(spoken_[bin]) * beyond;
    count += kQuarter * static_cast<float>(spoken_[bin]);
  }
  return excess / count;
}

void BudgetJudge::RefreshThreshold(float rows_per_week) {
  if (weeks_ > 2 * kForgetWeeks) {  // forgets half
    weeks_ *= 0.5f;
    alarms_ *= 0.5f;
    for (uint16_t& count : spoken_) {
      count = static_cast<uint16_t>(count / 2);
    }
  }
  const float promised = Least(options_.false_alarms_per_week, rows_per_week / kMinRowsPerAlarm);
  const float history = weeks_ + kPriorWeeks;
  const float ratio = (promised * weeks_ + 2) / (alarms_ + 2);
  const float feedback = Clip(ratio * ratio, 1 / kMostRestraint, kMostFreedom);
  const float wanted = promised * kUnspent * kNearShare * feedback;
  const float target = 2 * Clip(4 * wanted * history, 8.0f, 20.0f);

  float prior_rate = kPriorRate * kPriorTop * std::sqrt(rows_per_week / kReferenceRows);
  float count = 0;
  float start = 0;
  float rate = 0;
  for (size_t bin = kSpokenBins; bin-- > 0;) {
    count += kQuarter * static_cast<float>(spoken_[bin]);
    start = kSpokenBin * static_cast<float>(bin);
    prior_rate *= kPriorStep;
    const float expected = count + prior_rate * kPriorWeeks;
    rate = expected / history;
    if (expected >= target) {
      break;
    }
  }
  float threshold = start;
  if (rate > wanted) {
    // Where the budget is rarer than what was seen the tail's own heaviness says how it goes on.
    const float unseen = Most(0.0f, 1 - promised * kForgetWeeks / kSeenIncidents);
    const float mean_excess = MeanExcess(start) * (1 + unseen * kHeavyExcess * Most(0.0f, heaviness_ - kHeavy));
    threshold = start + mean_excess * std::log(rate / wanted);
    float far = 0;
    for (auto bin = static_cast<size_t>((threshold + 2 * mean_excess) * (1 / kSpokenBin)); bin < kSpokenBins; ++bin) {
      far += kQuarter * static_cast<float>(spoken_[bin]);
    }
    const float corrected = Most(rate - far / history, 0.25f * rate);
    // An excess read off few incidents errs to both sides; the rate beyond it gains more where it is too small than it
    // loses where it is too large. The second term makes up for that.
    const float beyond = Most(0.0f, std::log(corrected / wanted));
    threshold = start + mean_excess * beyond * (1 + 0.5f * beyond / (count + kPriorWeight));
  }
  const float least = Least(1.2f, 0.5f * std::log10(Most(1.0f, rows_per_week / promised)));
  threshold_ = Most(threshold, least);
}

}  // namespace bellwether
