#include "server/analytics/anomaly/alarm_judge.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/series/fast_log.h"

namespace bellwether {
namespace {

constexpr double kBulkGrowth = 1.0003;  // memory of some 3,300 rows
constexpr double kBulkShare = 0.1;
constexpr double kLog10E = 0.4342944819032518;
constexpr double kScoreCentre = 3;  // the surprise that scores one half
constexpr double kHeldShare = 0.1;  // of the score of a row that repeats an incident already told
constexpr double kForgetWeeks = 8;
constexpr double kReferenceRows = 2016;  // a week of five-minute rows
constexpr double kPriorWeeks = 0.5;
constexpr double kPriorRate = 3.0;    // speaking rows a week at surprise 2 and reference rate, on noise
constexpr double kPriorDecay = 0.42;  // per unit of surprise, log10
constexpr double kPriorExcess = 0.95;
constexpr double kPriorWeight = 4;
constexpr double kFarWeight = 0.25;       // speaking rows far beyond the threshold are probably real
constexpr uint32_t kThresholdEvery = 16;  // rows between updates of the threshold
constexpr double kMinRowsPerAlarm = 150;  // whatever the budget: no more alarms than this on slow series

}  // namespace

AlarmJudge::AlarmJudge(const JudgeOptions& options) : options_(options) { RefreshBulk(); }

void AlarmJudge::RefreshBulk() {
  stale_ = 0;
  const double unit = 1 / bulk_gain_;
  const double n = bulk_total_ * unit;
  double above = 0;
  edge_ = options_.bulk_edge;
  bool below_edge = false;
  for (size_t bin = kBulkBins; bin-- > 0;) {
    above += bulk_[bin] * unit;
    const double lower = kBulkBin * static_cast<double>(bin);
    if (!below_edge && (lower <= options_.bulk_edge || above >= kBulkShare * (n + 1))) {
      below_edge = true;
      edge_ = std::max(lower, options_.bulk_edge);
      // A series that hardly ever moves must not make its first movement a certainty.
      const double share = std::clamp((above + 0.5) / (n + 1), 0.0, 1.0);
      edge_surprise_ = lower > options_.bulk_edge ? -std::log10(share) : -std::log10(std::max(share, kBulkShare));
    }
    bulk_surprise_[bin] = static_cast<float>(std::min(1.0, (above + 0.5) / (n + 1)));
  }
  MinusLog10(bulk_surprise_);
}

void AlarmJudge::LearnBulk(double combined) {
  bulk_gain_ *= kBulkGrowth;
  if (bulk_gain_ > 1e6) {
    for (float& weight : bulk_) {
      weight /= static_cast<float>(bulk_gain_);
    }
    bulk_total_ /= bulk_gain_;
    bulk_gain_ = 1;
  }
  const auto bin = static_cast<size_t>(std::min(combined / kBulkBin, static_cast<double>(kBulkBins - 1)));
  bulk_[bin] += static_cast<float>(bulk_gain_);
  bulk_total_ += bulk_gain_;
  if (++stale_ >= std::clamp<uint64_t>(rows_ / 32, 1, 64)) {
    RefreshBulk();
  }
}

double AlarmJudge::Calibrated(double combined) const {
  if (combined >= edge_) {
    return edge_surprise_ + (combined - edge_) / options_.tail_slope * kLog10E;
  }
  const double position = combined / kBulkBin;
  const auto bin = static_cast<size_t>(position);
  if (bin + 1 >= kBulkBins) {
    return edge_surprise_;
  }
  const double fraction = position - static_cast<double>(bin);
  const double surprise = bulk_surprise_[bin] + fraction * (bulk_surprise_[bin + 1] - bulk_surprise_[bin]);
  return std::min(surprise, edge_surprise_);
}

void AlarmJudge::RefreshThreshold(double rows_per_week) {
  const double unit = 1 / spoken_gain_;
  const double weeks = weeks_ * unit;
  const double alarms = alarms_ * unit;
  const double promised = std::min(options_.false_alarms_per_week, rows_per_week / kMinRowsPerAlarm);
  const double history = weeks + kPriorWeeks;
  // The prior's rate of speaking rows falls by the same factor from bin to bin.
  const double prior_step = std::pow(10.0, kPriorDecay * kSpokenBin);
  double prior_rate = kPriorRate * std::sqrt(rows_per_week / kReferenceRows) *
                      std::pow(10.0, -kPriorDecay * (kSpokenBin * static_cast<double>(kSpokenBins) - 2));
  const double feedback = std::clamp(std::pow((promised * weeks + 2) / (alarms + 2), 2), 1.0 / 3, 3.0);
  const double wanted = promised * (1 - (1 - kFarWeight) * std::exp(-2.0)) * feedback;
  const double target = std::clamp(4 * wanted * history, 8.0, 20.0);

  double count = 0;
  double excess = 0;
  double start = 0;
  double rate = 0;
  for (size_t bin = kSpokenBins; bin-- > 0;) {
    const double weight = spoken_[bin] * unit;
    excess += kSpokenBin * (count + 0.5 * weight);
    count += weight;
    start = kSpokenBin * static_cast<double>(bin);
    prior_rate *= prior_step;
    const double expected = count + prior_rate * kPriorWeeks;
    rate = expected / history;
    if (expected >= target) {
      break;
    }
  }
  const double mean_excess = (excess + kPriorWeight * kPriorExcess) / (count + kPriorWeight);
  double threshold = start;
  if (rate > wanted) {
    threshold = start + mean_excess * std::log(rate / wanted);
    // Far beyond the threshold lie the true anomalies; they must not push it up.
    const double far = threshold + 2 * mean_excess;
    double far_count = 0;
    for (auto bin = static_cast<size_t>(far / kSpokenBin); bin < kSpokenBins; ++bin) {
      far_count += spoken_[bin] * unit;
    }
    const double corrected = std::max(rate - (1 - kFarWeight) * far_count / history, 0.25 * rate);
    threshold = start + mean_excess * std::max(0.0, std::log(corrected / wanted));
  }
  const double least = std::min(1.2, 0.5 * std::log10(std::max(1.0, rows_per_week / promised)));
  threshold_ = std::max(threshold, least);
}

Judgement AlarmJudge::Judge(double combined, double rows_per_day) {
  const double rows_per_week = std::max(7 * rows_per_day, 1e-3);
  Judgement judgement;
  judgement.surprise = Calibrated(combined);
  judgement.threshold = threshold_;

  rows_since_peak_ += 1;
  const double hold = std::max(rows_per_day, 12.0);
  const double left = std::max(0.0, 1 - rows_since_peak_ / hold);
  const bool speaks = judgement.surprise > peak_ * left * left;
  const double score = 1 / (1 + std::exp(kScoreCentre - judgement.surprise));
  judgement.score = speaks ? score : kHeldShare * score;
  judgement.is_alarm = speaks && judgement.surprise >= threshold_;

  const double counted_from = std::min(700.0, std::max(150.0, rows_per_week));
  if (static_cast<double>(rows_) >= counted_from) {
    spoken_gain_ *= std::exp(1 / (kForgetWeeks * rows_per_week));
    weeks_ += spoken_gain_ / rows_per_week;
    if (speaks) {
      const auto bin =
          static_cast<size_t>(std::clamp(judgement.surprise / kSpokenBin, 0.0, static_cast<double>(kSpokenBins - 1)));
      spoken_[bin] += static_cast<float>(spoken_gain_);
    }
    if (judgement.is_alarm) {
      alarms_ += spoken_gain_;
    }
    if (spoken_gain_ > 1e6) {
      Forget();
    }
  }
  if (speaks) {
    peak_ = judgement.surprise;
    rows_since_peak_ = 0;
  }
  ++rows_;
  LearnBulk(combined);
  if (until_threshold_ == 0 || judgement.is_alarm) {
    until_threshold_ = kThresholdEvery;
    RefreshThreshold(rows_per_week);
  }
  --until_threshold_;
  return judgement;
}

void AlarmJudge::Forget() {
  for (float& weight : spoken_) {
    weight /= static_cast<float>(spoken_gain_);
  }
  weeks_ /= spoken_gain_;
  alarms_ /= spoken_gain_;
  spoken_gain_ = 1;
}

void AlarmJudge::Prime(double combined) {
  ++rows_;
  LearnBulk(combined);
}

}  // namespace bellwether
