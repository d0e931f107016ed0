#include "server/analytics/anomaly/robust_seasonal_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "server/analytics/anomaly/alarm_judge.h"
#include "server/analytics/anomaly/codebook.h"
#include "server/analytics/anomaly/residual_band.h"
#include "server/analytics/anomaly/seasonal_profile.h"
#include "server/analytics/anomaly/step_clock.h"
#include "server/analytics/anomaly/tail_histogram.h"
#include "server/analytics/anomaly/verdict_rules.h"

namespace bellwether {
namespace {

constexpr size_t kRing = 16;          // newest values kept
constexpr size_t kSignedViews = 5;
constexpr size_t kNoveltyViews = 3;
constexpr size_t kViews = kSignedViews + kNoveltyViews;
constexpr double kLog10Two = 0.3010299956639812;
/// One view alone may speak (a flatline shows in one only), at this share of its surprise.
constexpr double kLoneShare = 0.3;
/// Of the combined surprise, measured on generated noise of many kinds.
constexpr double kCombinedSlope = 0.25;
constexpr double kCombinedEdge = 0.6;

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

/// Forecasts of the next value, the best of which is the expected one.
enum Predictor : size_t { kLast, kSmooth, kProfile, kProfileLevel, kPredictors };

class RobustSeasonalDetector final : public StreamingDetector {
 public:
  explicit RobustSeasonalDetector(const DetectorOptions& options)
      : options_(options),
        band_(options.band_level),
        judge_({.false_alarms_per_week = options.false_alarms_per_week,
                .tail_slope = kCombinedSlope,
                .bulk_edge = kCombinedEdge}) {}

  Verdict Observe(int64_t time_unix_ns, double value) override;
  size_t StateBytes() const override { return sizeof(*this); }

 private:
  double ObserveViews(double value, size_t slot);
  double Roughness() const;
  void LearnLevels(double value, size_t slot);
  std::array<double, kPredictors> Predictions(size_t slot) const;
  double Recent(size_t back) const { return ring_[(ring_end_ + kRing - 1 - back) % kRing]; }

  DetectorOptions options_;
  StepClock clock_;
  SeasonalProfile profile_;
  uint64_t rows_ = 0;

  // Levels: slow (thousands of rows), half a day, a few rows.
  double origin_ = 0;         // the first value
  double slow_ = 0;
  double spread_ = 0;         // mean absolute distance from slow_
  double half_day_ = 0;
  double half_day_power_ = 0;
  double smooth_ = 0;
  double offset_ = 0;         // of the last rows from the profile
  double roughness_ = 0;      // mean of the log roughness
  uint64_t roughness_rows_ = 0;

  std::array<double, kRing> ring_{};
  size_t ring_end_ = 0;

  std::array<SignedView, kSignedViews> signed_views_;
  std::array<TailHistogram, kNoveltyViews> novelty_views_;
  Codebook<1, 96> values_;
  Codebook<4, 64> shapes_;
  Codebook<3, 64> means_;

  std::array<double, kPredictors> losses_{};
  ResidualBand band_;
  AlarmJudge judge_;
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
    origin_ = slow_ = half_day_ = smooth_ = value;
  }
  const double distance = value - slow_;
  const double clipped = rows_ < 8 ? distance : std::clamp(distance, -5 * spread_, 5 * spread_);
  // A series that never moved has no spread to clip by.
  const double step = spread_ > 0 ? clipped : distance;
  spread_ += std::max(1 / n, 0.002) * (std::abs(step) - spread_);
  slow_ += std::max(1 / n, 0.001) * std::clamp(step, -3 * spread_ - std::abs(step) / n, 3 * spread_ + std::abs(step) / n);

  const double gain = std::max(1 / n, 2 / std::max(clock_.rows_per_day(), 48.0));
  const double deviation = value - half_day_;
  half_day_ += gain * deviation;
  half_day_power_ = (1 - gain) * (half_day_power_ + gain * deviation * deviation);
  smooth_ += std::max(1 / n, 0.2) * (value - smooth_);
  if (profile_.Knows(slot)) {
    offset_ += 0.1 * (value - profile_.At(slot) - offset_);
  }
  profile_.Learn(slot, value, spread_, clock_.rows_per_day());
}

std::array<double, kPredictors> RobustSeasonalDetector::Predictions(size_t slot) const {
  std::array<double, kPredictors> predictions{};
  predictions[kLast] = Recent(0);
  predictions[kSmooth] = smooth_;
  predictions[kProfile] = profile_.Knows(slot) ? profile_.At(slot) : smooth_;
  predictions[kProfileLevel] = profile_.Knows(slot) ? profile_.At(slot) + offset_ : smooth_;
  return predictions;
}

Verdict RobustSeasonalDetector::Observe(int64_t time_unix_ns, double value) {
  Verdict verdict = MissingVerdict();
  clock_.Observe(time_unix_ns);
  const size_t slot = SeasonalProfile::SlotOf(time_unix_ns, clock_.rows_per_day());
  const bool missing = !std::isfinite(value);
  if (!missing) {
    value = std::clamp(value, -kLargestMagnitude, kLargestMagnitude);
  }
  if (rows_ > 0) {
    const std::array<double, kPredictors> predictions = Predictions(slot);
    const size_t best = static_cast<size_t>(std::min_element(losses_.begin(), losses_.end()) - losses_.begin());
    if (band_.warm()) {
      verdict.expected = predictions[best];
      verdict.lower = verdict.expected - band_.LowerDistance();
      verdict.upper = verdict.expected + band_.UpperDistance();
    }
    if (!missing) {
      band_.Add(value - predictions[best]);
      for (size_t k = 0; k < kPredictors; ++k) {
        losses_[k] += 0.005 * (std::abs(value - predictions[k]) - losses_[k]);
      }
    }
  }
  if (missing) {
    return verdict;
  }
  if (rows_ == 0) {
    origin_ = value;
  }
  ring_[ring_end_] = value;
  ring_end_ = (ring_end_ + 1) % kRing;
  double combined = ObserveViews(value, slot);
  if (!DeviationCounts(value, verdict.expected, options_)) {
    combined = 0;
  }
  const Judgement judgement = judge_.Judge(combined, clock_.rows_per_day());
  verdict.score = judgement.score;
  verdict.p_value = std::pow(10.0, -judgement.surprise);
  verdict.is_anomaly = judgement.is_alarm;
  if (judgement.is_alarm) {
    verdict.severity = SeverityOf(judgement, value, verdict);
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
