#include "server/analytics/anomaly/robust_seasonal_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "server/analytics/anomaly/alarm_judge.h"
#include "server/analytics/anomaly/codebook.h"
#include "server/analytics/anomaly/residual_band.h"
#include "server/analytics/anomaly/seasonal_profile.h"
#include "server/analytics/anomaly/step_clock.h"
#include "server/analytics/anomaly/tail_histogram.h"
#include "server/analytics/anomaly/verdict_rules.h"

namespace bellwether {
namespace {

constexpr size_t kRing = 16;  // newest values kept
constexpr size_t kSignedViews = 5;
constexpr size_t kNoveltyViews = 3;
constexpr size_t kViews = kSignedViews + kNoveltyViews;
constexpr double kLog10Two = 0.3010299956639812;
/// One view alone may speak (a flatline shows in one only), at this share of its surprise.
constexpr double kLoneShare = 0.3;
/// Of the combined surprise, measured on generated noise of many kinds.
constexpr double kCombinedSlope = 0.25;
constexpr double kCombinedEdge = 0.6;
constexpr double kLastingGain = 1.0 / 12;  // of the mean that tells lasting distances from passing ones
constexpr double kLastingBudget = 0.25;    // share of the false-alarm budget that lasting distances may spend
constexpr double kLastingOver = 1.5;       // surprise below which a lasting distance has passed
constexpr double kUnsettledShare = 0.1;    // of the score of a lasting distance that begins no alarm
constexpr double kMostScales = 30;         // a distance from the baseline counts up to this many usual ones

/// Values outside the band are learned as if they lay this far from the baseline, in band widths and usual distances.
constexpr double kOutsideShare = 1.1;
constexpr double kLeastOutside = 0.1;
/// Lasting distances rarer than this (-log10) are learned as if they were just this rare.
constexpr double kLastingCap = 3;

/// A view with a sign: either side has its own history.
struct SignedView {
  TailHistogram above;
  TailHistogram below;

  double Observe(double number) {
    const double up = above.Observe(std::max(number, 0.0));
    const double down = below.Observe(std::max(-number, 0.0));
    return std::max(0.0, (number > 0 ? up : down) - kLog10Two);
  }
};

/// As SignedView, but an incident hardly changes what counts as rare.
struct CautiousView {
  TailHistogram above;
  TailHistogram below;

  double Observe(double number) {
    const double up = Side(above, std::max(number, 0.0));
    const double down = Side(below, std::max(-number, 0.0));
    return std::max(0.0, (number > 0 ? up : down) - kLog10Two);
  }

  static double Side(TailHistogram& side, double magnitude) {
    const double surprise = side.Surprise(magnitude);
    side.Add(surprise > kLastingCap ? std::min(magnitude, 1.1 * side.MagnitudeAt(kLastingCap)) : magnitude);
    return surprise;
  }
};

/// What is usual at this moment; the one that was nearer lately is the expected value. Neither follows the last rows,
/// so that an incident stands out for as long as it lasts.
enum Baseline : size_t { kLevel, kSeason, kBaselines };

class RobustSeasonalDetector final : public StreamingDetector {
 public:
  explicit RobustSeasonalDetector(const DetectorOptions& options)
      : options_(options),
        band_(options.band_level),
        // Two ways to raise an alarm share the budget.
        judge_({.false_alarms_per_week = (1 - kLastingBudget) * options.false_alarms_per_week,
                .tail_slope = kCombinedSlope,
                .bulk_edge = kCombinedEdge}),
        level_judge_({.false_alarms_per_week = kLastingBudget * options.false_alarms_per_week}) {}

  Verdict Observe(int64_t time_unix_ns, double value) override;
  size_t StateBytes() const override { return sizeof(*this); }
  std::vector<Period> Periods() const override;

 private:
  double ObserveViews(double value, size_t slot);
  double Roughness() const;
  void LearnLevels(double value, size_t slot);
  Verdict JudgeAgainstBaseline(int64_t time_unix_ns, double value, size_t slot);
  double Recent(size_t back) const { return ring_[(ring_end_ + kRing - 1 - back) % kRing]; }

  DetectorOptions options_;
  StepClock clock_;
  SeasonalProfile profile_;
  uint64_t rows_ = 0;

  // Levels: slow (thousands of rows), half a day, a few rows.
  double origin_ = 0;  // the first value
  double slow_ = 0;
  double spread_ = 0;  // mean absolute distance from slow_
  double half_day_ = 0;
  double half_day_power_ = 0;
  double offset_ = 0;     // of the last rows from the profile
  double drift_ = 0;      // of the last day from the profile, clipped
  double wobble_ = 0;     // mean absolute distance from the profile and its drift
  double roughness_ = 0;  // mean of the log roughness
  uint64_t roughness_rows_ = 0;

  std::array<double, kRing> ring_{};
  size_t ring_end_ = 0;

  std::array<SignedView, kSignedViews> signed_views_;
  std::array<TailHistogram, kNoveltyViews> novelty_views_;
  Codebook<1, 96> values_;
  Codebook<4, 64> shapes_;
  Codebook<3, 64> means_;

  std::array<double, kBaselines> losses_{};
  ResidualBand band_;
  AlarmJudge judge_;

  // The distance from the baseline that has lasted for about an hour of five-minute rows.
  double lasting_ = 0;
  double roughness_surprise_ = 0;
  CautiousView lasting_view_;
  AlarmJudge level_judge_;
  bool lasting_alarm_ = false;
};

double RobustSeasonalDetector::Roughness() const {
  double sum = 0;
  for (size_t back = 0; back < 12; ++back) {
    sum += std::abs(Recent(back) - Recent(back + 1));
  }
  const double floor = 1e-6 * std::abs(slow_) + 1e-3 * spread_ + std::numeric_limits<double>::min();
  return std::log2(sum / 12 + floor);
}

double RobustSeasonalDetector::ObserveViews(double value, size_t slot) {
  std::array<double, kViews> surprise{};
  size_t view = 0;
  const auto observe = [&](double number) { surprise[view] = signed_views_[view].Observe(number); };
  const double floor = 1e-9 * std::abs(slow_) + std::numeric_limits<double>::min();
  const double residual = profile_.Knows(slot) ? value - profile_.At(slot) : 0.0;
  const bool known = profile_.Knows(slot);
  if (known) {
    observe(std::abs(residual) > floor ? residual : 0.0);
  }
  ++view;
  if (known) {
    const double outside = profile_.DistanceOutside(value, slot, 2);
    observe(std::abs(outside) > floor ? outside : 0.0);
  }
  ++view;
  if (known) {
    const double fresh = residual - offset_;
    observe(std::abs(fresh) > floor ? fresh : 0.0);
  }
  ++view;
  if (rows_ >= 8) {
    const double deviation = std::sqrt(std::max(half_day_power_, 0.0)) + 1e-3 * spread_ + floor;
    const double z = (value - half_day_) / deviation;
    observe(std::abs(z) > 1e-6 ? z : 0.0);
  }
  ++view;
  if (rows_ >= 14) {
    const double rough = Roughness();
    if (roughness_rows_ > 0) {
      const double z = rough - roughness_;
      observe(std::abs(z) > 1e-9 ? z : 0.0);
      roughness_surprise_ = surprise[view];
    }
    ++roughness_rows_;
    const double gain = std::max(1 / static_cast<double>(roughness_rows_), 0.001);
    roughness_ += gain * (rough - roughness_);
  }
  ++view;

  // Code vectors are single precision about the first value, so that an offset costs no digits.
  const auto near = [&](double v) { return static_cast<float>(std::clamp(v - origin_, -1e37, 1e37)); };
  const auto novel = [&](size_t k, double distance) { surprise[view + k] = novelty_views_[k].Observe(distance); };
  novel(0, values_.Observe({near(value)}));
  if (rows_ >= 9) {
    novel(1, shapes_.Observe({near(value), near(Recent(1)), near(Recent(3)), near(Recent(7))}));
  }
  if (rows_ >= 16) {
    std::array<double, 3> mean{};
    for (size_t k = 0; k < 15; ++k) {
      mean[k / 5] += Recent(k) / 5;
    }
    novel(2, means_.Observe({near(mean[0]), near(mean[1]), near(mean[2])}));
  }
  double sum = 0;
  double largest = 0;
  for (const double s : surprise) {
    sum += s;
    largest = std::max(largest, s);
  }
  return std::max(sum / static_cast<double>(kViews), kLoneShare * largest);
}

void RobustSeasonalDetector::LearnLevels(double value, size_t slot) {
  const double n = static_cast<double>(rows_ + 1);
  if (rows_ == 0) {
    origin_ = slow_ = half_day_ = value;
  }
  const double distance = value - slow_;
  const double clipped = rows_ < 8 ? distance : std::clamp(distance, -5 * spread_, 5 * spread_);
  // A series that never moved has no spread to clip by.
  const double step = spread_ > 0 ? clipped : distance;
  spread_ += std::max(1 / n, 0.002) * (std::abs(step) - spread_);
  slow_ +=
      std::max(1 / n, 0.001) * std::clamp(step, -3 * spread_ - std::abs(step) / n, 3 * spread_ + std::abs(step) / n);

  const double gain = std::max(1 / n, 2 / std::max(clock_.rows_per_day(), 48.0));
  const double deviation = value - half_day_;
  half_day_ += gain * deviation;
  half_day_power_ = (1 - gain) * (half_day_power_ + gain * deviation * deviation);
  if (profile_.Knows(slot)) {
    offset_ += 0.1 * (value - profile_.At(slot) - offset_);
  }
  profile_.Learn(slot, value, spread_, clock_.rows_per_day());
}

Verdict RobustSeasonalDetector::JudgeAgainstBaseline(int64_t time_unix_ns, double value, size_t slot) {
  Verdict verdict = MissingVerdict();
  const double rows_per_day = clock_.rows_per_day();
  const bool known = profile_.Knows(slot);
  std::array<double, kBaselines> baselines{};
  baselines[kLevel] = slow_;
  baselines[kSeason] = known ? profile_.Between(time_unix_ns, slot, rows_per_day) + drift_ : slow_;
  const size_t best = losses_[kSeason] <= losses_[kLevel] ? kSeason : kLevel;
  const double floor = 1e-6 * std::abs(slow_) + std::numeric_limits<double>::min();
  const double scale = (best == kSeason && known ? profile_.ScaleAt(slot, wobble_) : spread_) + floor;
  if (band_.warm()) {
    verdict.expected = baselines[best];
    verdict.lower = verdict.expected - scale * band_.LowerDistance();
    verdict.upper = verdict.expected + scale * band_.UpperDistance();
  }
  if (std::isfinite(value)) {
    const double distance_in_scales = (value - baselines[best]) / scale;
    // What lies far outside is learned as if it were just outside: incidents must not widen the band, a new normal may.
    band_.Add(!band_.warm() ? distance_in_scales
                            : std::clamp(distance_in_scales, -kOutsideShare * band_.LowerDistance() - kLeastOutside,
                                         kOutsideShare * band_.UpperDistance() + kLeastOutside));
    lasting_ += kLastingGain * (std::clamp(distance_in_scales, -kMostScales, kMostScales) - lasting_);
    const double gain = std::max(1 / static_cast<double>(rows_ + 1), 1 / std::max(rows_per_day, 48.0));
    for (size_t k = 0; k < kBaselines; ++k) {
      losses_[k] += gain * (std::min(std::abs(value - baselines[k]), 5 * spread_) - losses_[k]);
    }
    if (known) {
      const double limit = wobble_ > 0 ? 2 * wobble_ : spread_;
      const double distance = std::clamp(value - baselines[kSeason], -limit, limit);
      wobble_ += std::max(gain, 0.002) * (std::min(std::abs(value - baselines[kSeason]), 4 * spread_) - wobble_);
      drift_ += gain * distance;
    }
  }
  return verdict;
}

std::vector<Period> RobustSeasonalDetector::Periods() const {
  const double rows_per_day = clock_.rows_per_day();
  // The profile repeats by the day (by the week for rows of half a day and more); it counts where it beats the level.
  const double steps = rows_per_day <= 2 ? 7 * rows_per_day : rows_per_day;
  if (static_cast<double>(rows_) < 2 * steps || !(losses_[kSeason] < losses_[kLevel])) {
    return {};
  }
  const double share = losses_[kSeason] / losses_[kLevel];
  return {{.steps = static_cast<size_t>(std::lround(steps)), .strength = 1 - share * share}};
}

Verdict RobustSeasonalDetector::Observe(int64_t time_unix_ns, double value) {
  clock_.Observe(time_unix_ns);
  const size_t slot = SeasonalProfile::SlotOf(time_unix_ns, clock_.rows_per_day());
  const bool missing = !std::isfinite(value);
  if (!missing) {
    value = std::clamp(value, -kLargestMagnitude, kLargestMagnitude);
  }
  Verdict verdict = rows_ > 0 ? JudgeAgainstBaseline(time_unix_ns, value, slot) : MissingVerdict();
  if (missing) {
    return verdict;
  }
  if (rows_ == 0) {
    origin_ = value;
  }
  ring_[ring_end_] = value;
  ring_end_ = (ring_end_ + 1) % kRing;
  double combined = ObserveViews(value, slot);
  // The rarer of two lasting changes: of the distance from the baseline and of the roughness (flatline, other
  // variance).
  double lasting = std::max(0.0, std::max(lasting_view_.Observe(lasting_), roughness_surprise_) - kLog10Two);
  if (!DeviationCounts(value, verdict.expected, options_)) {
    combined = 0;
    lasting = 0;
  }
  const Judgement moment = judge_.Judge(combined, clock_.rows_per_day());
  Judgement level = level_judge_.Judge(lasting, clock_.rows_per_day());
  // A lasting distance builds up over many rows, each a little rarer than the one before: only its beginning is an
  // alarm, and only there does it score in full, or these rows would drown what happens at once.
  const bool begins = level.is_alarm && !lasting_alarm_;
  lasting_alarm_ = (lasting_alarm_ || level.is_alarm) && level.surprise >= kLastingOver;
  if (!begins) {
    level.score *= kUnsettledShare;
  }
  level.is_alarm = begins;
  const Judgement& stronger = level.is_alarm && !moment.is_alarm                                      ? level
                              : moment.is_alarm && !level.is_alarm                                    ? moment
                              : level.surprise - level.threshold > moment.surprise - moment.threshold ? level
                                                                                                      : moment;
  verdict.score = std::max(moment.score, level.score);
  verdict.p_value = std::min(1.0, 2 * std::pow(10.0, -std::max(moment.surprise, level.surprise)));
  verdict.is_anomaly = moment.is_alarm || level.is_alarm;
  if (verdict.is_anomaly) {
    verdict.severity = SeverityOf(stronger, value, verdict);
  }
  LearnLevels(value, slot);
  ++rows_;
  return verdict;
}

}  // namespace

std::unique_ptr<StreamingDetector> MakeRobustSeasonalDetector(const DetectorOptions& options) {
  return std::make_unique<RobustSeasonalDetector>(options);
}

}  // namespace bellwether
