#include "server/analytics/anomaly/budget_law.h"

#include <array>
#include <cmath>
#include <span>

#include "server/analytics/series/clip.h"
#include "server/analytics/series/fast_log.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr float kReferenceRows = 2016;  // a week of five-minute rows
constexpr float kPriorWeeks = 3;
constexpr float kPriorRate = 4.5f;       // incidents a week at surprise 2 and reference rate, on noise
constexpr float kPriorStep = 1.16735f;   // the rate falls by 10^0.42 a unit: this a bin
constexpr float kPriorTop = 3.461e-4f;   // and is this share of kPriorRate above the last bin
constexpr float kPriorExcess = 0.95f;    // mean excess of incidents above any level
constexpr float kPriorWeight = 8;        // the prior of the excess is worth this many incidents
constexpr float kFarExcess = 4;          // incidents that far above the start of the tail are probably real
constexpr float kHeavyExcess = 7;        // share that heavier ones add to the mean excess, a unit
constexpr float kSeenIncidents = 7;      // a budget of as many in the memory needs no such help
constexpr float kUnspent = 1.08f;        // what thresholds rounded to bins and held incidents leave unspent
constexpr float kMostRestraint = 1.6f;   // too many alarms may be real ones: no less than this part of the budget
constexpr float kMostFreedom = 4;        // and one that alarms too rarely no more than this multiple
constexpr float kMinRowsPerAlarm = 150;  // whatever the budget: no more alarms than this on slow series
constexpr float kQuarter = 0.25f;

BELLWETHER_SIMD_CLONES
void ToSurprise(float* share, size_t bins) { MinusLog10(std::span<float>(share, bins)); }

/// Incidents of a bin and those above.
float CountOf(const uint16_t* spoken, size_t bin) { return kQuarter * static_cast<float>(spoken[bin]); }

float MeanExcess(const uint16_t* spoken, float start) {
  float excess = kPriorWeight * kPriorExcess;
  float count = kPriorWeight;
  for (auto bin = static_cast<size_t>(start * (1 / kSpokenBin) + 0.5f); bin < kSpokenBins; ++bin) {
    const float beyond = kSpokenBin * (static_cast<float>(bin) + 0.5f) - start;
    if (beyond > kFarExcess) {
      break;
    }
    excess += CountOf(spoken, bin) * beyond;
    count += CountOf(spoken, bin);
  }
  return excess / count;
}

}  // namespace

BulkEdge FitBulk(const uint16_t* bulk, uint32_t total, float least_edge, uint8_t* surprise) {
  const auto n = static_cast<float>(total);
  const float scale = 1 / (n + 1);
  uint32_t above = 0;
  std::array<float, kBulkBins> shares;
  BulkEdge found = {.edge = least_edge, .surprise = 1};
  bool below_edge = false;
  for (size_t bin = kBulkBins; bin-- > 0;) {
    above += bulk[bin];
    const float lower = kBulkBin * static_cast<float>(bin);
    const float share = Least(1.0f, (static_cast<float>(above) + 0.5f) * scale);
    if (!below_edge && (lower <= least_edge || static_cast<float>(above) >= kBulkShare * (n + 1))) {
      below_edge = true;
      found.edge = Most(lower, least_edge);
      // A series that hardly ever moves must not make its first movement a certainty.
      found.surprise = -FastLog10(lower > least_edge ? share : Most(share, kBulkShare));
    }
    shares[bin] = share;
  }
  ToSurprise(shares.data(), kBulkBins);
  for (size_t bin = 0; bin < kBulkBins; ++bin) {
    surprise[bin] = static_cast<uint8_t>(Least(shares[bin], kMostBulkSurprise) * (1 / kBulkUnit) + 0.5f);
  }
  return found;
}

float FitThreshold(const SpokenHistory& history) {
  const float promised = Least(history.false_alarms_per_week, history.rows_per_week / kMinRowsPerAlarm);
  const float weeks = history.weeks + kPriorWeeks;
  const float ratio = (promised * history.weeks + 2) / (history.alarms + 2);
  const float feedback = Clip(ratio * ratio, 1 / kMostRestraint, kMostFreedom);
  const float wanted = promised * kUnspent * kNearShare * feedback;
  const float target = 2 * Clip(4 * wanted * weeks, 8.0f, 20.0f);

  float prior_rate = kPriorRate * kPriorTop * std::sqrt(history.rows_per_week / kReferenceRows);
  float count = 0;
  float start = 0;
  float rate = 0;
  for (size_t bin = kSpokenBins; bin-- > 0;) {
    count += CountOf(history.spoken, bin);
    start = kSpokenBin * static_cast<float>(bin);
    prior_rate *= kPriorStep;
    const float expected = count + prior_rate * kPriorWeeks;
    rate = expected / weeks;
    if (expected >= target) {
      break;
    }
  }
  float threshold = start;
  if (rate > wanted) {
    // Where the budget is rarer than what was seen the tail's own heaviness says how it goes on.
    const float unseen = Most(0.0f, 1 - promised * kForgetWeeks / kSeenIncidents);
    const float mean_excess =
        MeanExcess(history.spoken, start) * (1 + unseen * kHeavyExcess * Most(0.0f, history.heaviness));
    threshold = start + mean_excess * std::log(rate / wanted);
    float far = 0;
    for (auto bin = static_cast<size_t>((threshold + 2 * mean_excess) * (1 / kSpokenBin)); bin < kSpokenBins; ++bin) {
      far += CountOf(history.spoken, bin);
    }
    const float corrected = Most(rate - far / weeks, 0.25f * rate);
    // An excess read off few incidents errs to both sides; the rate beyond it gains more where it is too small than it
    // loses where it is too large. The second term makes up for that.
    const float beyond = Most(0.0f, std::log(corrected / wanted));
    threshold = start + mean_excess * beyond * (1 + 0.5f * beyond / (count + kPriorWeight));
  }
  const float least = Least(1.2f, 0.5f * std::log10(Most(1.0f, history.rows_per_week / promised)));
  return Most(threshold, least);
}

}  // namespace bellwether
