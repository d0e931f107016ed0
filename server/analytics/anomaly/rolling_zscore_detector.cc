#include "server/analytics/anomaly/rolling_zscore_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "server/analytics/anomaly/budget_judge.h"
#include "server/analytics/anomaly/distance_band.h"
#include "server/analytics/anomaly/feedback_timeline.h"
#include "server/analytics/anomaly/severity.h"
#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/anomaly/step_clock.h"
#include "server/analytics/anomaly/tail_sketch.h"
#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/series/fast_exp.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr std::string_view kMethod = "rolling-zscore";
constexpr uint16_t kStateVersion = 2;
constexpr uint32_t kFirstRows = 8;  // rows before the deviation means anything
constexpr double kMostDeviations = 1e6;
constexpr uint32_t kMostRows = uint32_t{1} << 31;  // counted no further
constexpr float kScoreCentre = 3;                  // the surprise that scores one half
constexpr float kHeldShare = 0.1f;

class RollingZscoreDetector final : public StreamingDetector {
 public:
  explicit RollingZscoreDetector(const DetectorOptions& options)
      : options_(options),
        feedback_(options.feedback),
        band_(options.band_level),
        judge_({.false_alarms_per_week = static_cast<float>(options.false_alarms_per_week)}) {
    options_.feedback = {};
  }

  Verdict Observe(int64_t time_unix_ns, double value) override;
  size_t StateBytes() const override { return sizeof(*this) + feedback_.HeapBytes(); }
  std::string SaveState() const override {
    StateWriter writer;
    // Visiting does not change anything; the members' visitors are written once, for reading and writing.
    const_cast<RollingZscoreDetector&>(*this).VisitMembers(writer);
    return WrapState(kMethod, kStateVersion, writer.bytes());
  }
  absl::Status RestoreState(std::string_view record);

 private:
  template <class Visitor>
  void VisitMembers(Visitor&& visit) {
    visit(rows_), visit(mean_), visit(power_), clock_.VisitState(visit), tail_.VisitState(visit);
    band_.VisitState(visit), judge_.VisitState(visit);
  }
  void Judge(double value, double z, std::optional<FeedbackLabel> label, Verdict& verdict);
  void Learn(double value);

  DetectorOptions options_;
  FeedbackTimeline feedback_;
  StepClock clock_;
  uint32_t rows_ = 0;
  double mean_ = 0;
  double power_ = 0;
  TailSketch<1> tail_;
  DistanceBand<> band_;
  BudgetJudge<> judge_;
};

Verdict RollingZscoreDetector::Observe(int64_t time_unix_ns, double value) {
  Verdict verdict = MissingVerdict();
  clock_.Observe(time_unix_ns);
  const double deviation =
      std::sqrt(std::max(power_, 0.0)) + 1e-9 * std::abs(mean_) + std::numeric_limits<double>::min();
  if (band_.warm()) {
    verdict.expected = mean_;
    verdict.lower = std::max(mean_ - deviation * static_cast<double>(band_.down()), -kLargestMagnitude);
    verdict.upper = std::min(mean_ + deviation * static_cast<double>(band_.up()), kLargestMagnitude);
  }
  const std::optional<FeedbackLabel> label = feedback_.At(time_unix_ns);
  if (!std::isfinite(value) || label == FeedbackLabel::kIgnore) {
    return verdict;
  }
  value = std::clamp(value, -kLargestMagnitude, kLargestMagnitude);
  const double z = std::clamp((value - mean_) / deviation, -kMostDeviations, kMostDeviations);
  if (rows_ >= kFirstRows) {
    Judge(value, z, label, verdict);
  }
  if (label != FeedbackLabel::kAnomaly) {
    if (rows_ >= kFirstRows) {
      band_.Learn(static_cast<float>(z));
    }
    Learn(value);
  }
  return verdict;
}

void RollingZscoreDetector::Judge(double value, double z, std::optional<FeedbackLabel> label, Verdict& verdict) {
  const bool known_anomaly = label == FeedbackLabel::kAnomaly;
  float surprise = tail_.Observe(static_cast<float>(std::abs(z)), known_anomaly ? 0 : kFullWeight);
  if (!DeviationCounts(value, verdict.expected, options_)) {
    surprise = 0;
  }
  const BudgetVerdict<> judged = judge_.Judge(surprise, clock_.rows_per_day(),
                                              known_anomaly                       ? Learning::kKnownAnomaly
                                              : label == FeedbackLabel::kExpected ? Learning::kKnownNormal
                                                                                  : Learning::kFull);
  if (label == FeedbackLabel::kExpected) {
    return;
  }
  const float score = 1 / (1 + FastExp(kScoreCentre - judged.surprise));
  verdict.score = static_cast<double>(judged.speaks ? score : kHeldShare * score);
  verdict.p_value = static_cast<double>(FastExp10(-judged.surprise));
  verdict.is_anomaly = judged.is_alarm;
  if (judged.is_alarm) {
    SeverityFacts facts = SizeOf(value, verdict.expected, verdict.lower, verdict.upper);
    facts.surprise = static_cast<double>(judged.surprise);
    facts.needed = static_cast<double>(judge_.threshold());
    verdict.severity = GradeSeverity(facts);
  }
}

void RollingZscoreDetector::Learn(double value) {
  rows_ = std::min(rows_ + 1, kMostRows);
  const double gain =
      std::max(1 / static_cast<double>(rows_), 1 / std::max(static_cast<double>(clock_.rows_per_day()), 24.0));
  const double distance = value - mean_;
  mean_ += gain * distance;
  power_ = (1 - gain) * (power_ + gain * distance * distance);
}

absl::Status RollingZscoreDetector::RestoreState(std::string_view record) {
  const absl::StatusOr<std::string_view> state = UnwrapState(kMethod, kStateVersion, record);
  if (!state.ok()) {
    return state.status();
  }
  StateReader reader(*state);
  VisitMembers(reader);
  if (!reader.Complete() || !clock_.Valid() || !tail_.Valid() || !band_.Valid() || !judge_.Valid() ||
      rows_ > kMostRows || std::abs(mean_) > kLargestMagnitude ||
      !(power_ >= 0 && power_ <= 4 * kLargestMagnitude * kLargestMagnitude)) {
    return BadQueryError("The saved state of a detector makes no sense. Let the detector learn anew.");
  }
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<StreamingDetector> MakeRollingZscoreDetector(const DetectorOptions& options) {
  return std::make_unique<RollingZscoreDetector>(options);
}

absl::StatusOr<std::unique_ptr<StreamingDetector>> RestoreRollingZscoreDetector(const DetectorOptions& options,
                                                                                std::string_view state) {
  auto detector = std::make_unique<RollingZscoreDetector>(options);
  if (absl::Status status = detector->RestoreState(state); !status.ok()) {
    return status;
  }
  return detector;
}

}  // namespace bellwether
