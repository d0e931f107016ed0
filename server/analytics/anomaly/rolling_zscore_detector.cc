#include "server/analytics/anomaly/rolling_zscore_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "server/analytics/anomaly/alarm_judge.h"
#include "server/analytics/anomaly/residual_band.h"
#include "server/analytics/anomaly/step_clock.h"
#include "server/analytics/anomaly/tail_histogram.h"
#include "server/analytics/anomaly/verdict_rules.h"

namespace bellwether {
namespace {

constexpr uint64_t kFirstRows = 8;  // rows before the deviation means anything

class RollingZscoreDetector final : public StreamingDetector {
 public:
  explicit RollingZscoreDetector(const DetectorOptions& options)
      : options_(options),
        band_(options.band_level),
        judge_({.false_alarms_per_week = options.false_alarms_per_week}) {}

  Verdict Observe(int64_t time_unix_ns, double value) override {
    Verdict verdict = MissingVerdict();
    clock_.Observe(time_unix_ns);
    const double deviation =
        std::sqrt(std::max(power_, 0.0)) + 1e-9 * std::abs(mean_) + std::numeric_limits<double>::min();
    if (band_.warm()) {
      verdict.expected = mean_;
      verdict.lower = mean_ - deviation * band_.LowerDistance();
      verdict.upper = mean_ + deviation * band_.UpperDistance();
    }
    if (!std::isfinite(value)) {
      return verdict;
    }
    value = std::clamp(value, -kLargestMagnitude, kLargestMagnitude);
    double surprise = 0;
    const double z = (value - mean_) / deviation;
    if (rows_ >= kFirstRows) {
      surprise = tail_.Observe(std::min(std::abs(z), 1e9));
      band_.Add(std::clamp(z, -1e9, 1e9));
    }
    if (!DeviationCounts(value, verdict.expected, options_)) {
      surprise = 0;
    }
    const Judgement judgement = judge_.Judge(surprise, clock_.rows_per_day());
    verdict.score = judgement.score;
    verdict.p_value = std::pow(10.0, -judgement.surprise);
    verdict.is_anomaly = judgement.is_alarm;
    if (judgement.is_alarm) {
      verdict.severity = SeverityOf(judgement, value, verdict);
    }
    Learn(value);
    return verdict;
  }

  size_t StateBytes() const override { return sizeof(*this); }

 private:
  void Learn(double value) {
    ++rows_;
    const double gain = std::max(1 / static_cast<double>(rows_), 1 / std::max(clock_.rows_per_day(), 24.0));
    const double distance = value - mean_;
    mean_ += gain * distance;
    power_ = (1 - gain) * (power_ + gain * distance * distance);
  }

  DetectorOptions options_;
  StepClock clock_;
  uint64_t rows_ = 0;
  double mean_ = 0;
  double power_ = 0;
  TailHistogram tail_;
  ResidualBand band_;
  AlarmJudge judge_;
};

}  // namespace

std::unique_ptr<StreamingDetector> MakeRollingZscoreDetector(const DetectorOptions& options) {
  return std::make_unique<RollingZscoreDetector>(options);
}

}  // namespace bellwether
