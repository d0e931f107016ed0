#include "server/analytics/anomaly/detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/analytics/anomaly/bank_detection.h"
#include "server/analytics/anomaly/batch_detection.h"
#include "server/analytics/anomaly/gap_judge.h"
#include "server/analytics/anomaly/incidents.h"
#include "server/analytics/anomaly/lane_bank.h"
#include "server/analytics/anomaly/lasting_incidents.h"
#include "server/analytics/anomaly/robust_seasonal_detector.h"
#include "server/analytics/anomaly/rolling_zscore_detector.h"
#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/series/grid.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"

namespace bellwether {
namespace {

constexpr std::string_view kEveryOption =
    "False alarms a week, direction, least deviation, level of the band, feedback.";

constexpr std::array<DetectorMethod, 2> kMethods = {{
    {"robust-seasonal", "Robust seasonal",
     "What is normal repeats by the time of hour, day or week or in another cycle of 2 to 128 rows, goes on as a line "
     "or "
     "stays near where it was; anomalies are rare.",
     "Metrics of every kind, with or without an hourly, daily or weekly rhythm.", kEveryOption},
    {"rolling-zscore", "Rolling z-score", "Values scatter about the mean of the last day with a steady deviation.",
     "A baseline to compare with, and series without any rhythm.", kEveryOption},
}};

absl::Status UnknownMethod(std::string_view id) {
  return BadQueryError(absl::StrCat(
      "There is no detection method \"", std::string(id.substr(0, 64)), "\". Use \"auto\" or one of: ",
      absl::StrJoin(kMethods, ", ", [](std::string* out, const DetectorMethod& m) { out->append(m.id); }), "."));
}

Detection DetectOnline(std::span<const int64_t> times_unix_ns, std::span<const double> values,
                       StreamingDetector& detector) {
  const size_t n = values.size();
  Detection detection;
  for (auto* column : {&detection.expected, &detection.lower, &detection.upper, &detection.score, &detection.p_value}) {
    column->reserve(n);
  }
  detection.is_anomaly.reserve(n);
  detection.severity.reserve(n);
  bool cold = true;
  for (size_t i = 0; i < n; ++i) {
    const Verdict verdict = detector.Observe(times_unix_ns[i], values[i]);
    detection.expected.push_back(verdict.expected);
    detection.lower.push_back(verdict.lower);
    detection.upper.push_back(verdict.upper);
    detection.score.push_back(verdict.score);
    detection.p_value.push_back(verdict.p_value);
    detection.is_anomaly.push_back(verdict.is_anomaly ? 1 : 0);
    detection.severity.push_back(verdict.severity);
    if (verdict.is_anomaly) {
      if (std::vector<Contribution> contributions = detector.Contributions(); !contributions.empty()) {
        detection.evidence.push_back({.row = i, .contributions = std::move(contributions)});
      }
    }
    cold = cold && std::isnan(verdict.expected);
    detection.learning_points += cold ? 1 : 0;
  }
  detection.periods = detector.Periods();
  return detection;
}

/// Shares of a whole series' budget for alarms by what came before and for those by hindsight. Both learn from what
/// they find and often mean the same incident, so together they spend less than all of it.
constexpr double kCausalShare = 0.9;
constexpr double kHindsightShare = 0.6;

/// Judges a whole series from both sides and, row by row, from what came before: hindsight knows the season from the
/// first row on, while what never was before can only be seen in order. Either may raise an alarm.
Detection DetectFromBothSides(std::span<const int64_t> times_unix_ns, std::span<const double> values,
                              const DetectorOptions& options) {
  DetectorOptions part = options;
  part.false_alarms_per_week = kHindsightShare * options.false_alarms_per_week;
  Detection detection = DetectInBatch(times_unix_ns, values, part);
  part.false_alarms_per_week = kCausalShare * options.false_alarms_per_week;
  const std::unique_ptr<StreamingDetector> detector = MakeRobustSeasonalDetector(part);
  Detection causal = DetectOnline(times_unix_ns, values, *detector);
  for (size_t i = 0; i < values.size(); ++i) {
    detection.score[i] = std::max(detection.score[i], causal.score[i]);
    detection.p_value[i] = std::min(detection.p_value[i], causal.p_value[i]);
    // What counts in order may not count by hindsight.
    if (causal.is_anomaly[i] != 0 && DeviationCounts(values[i], detection.expected[i], options)) {
      detection.is_anomaly[i] = 1;
      detection.severity[i] = std::max(detection.severity[i], causal.severity[i]);
    }
  }
  detection.evidence = std::move(causal.evidence);
  std::erase_if(detection.evidence, [&](const AlarmEvidence& one) { return detection.is_anomaly[one.row] == 0; });
  return detection;
}

/// Weeks of the rows judged: their number times the usual step, since times may jump.
double ObservedWeeks(std::span<const int64_t> times_unix_ns, size_t rows) {
  return static_cast<double>(rows) * static_cast<double>(MedianStep(times_unix_ns)) / (7 * 86'400e9);
}

/// Gaps, incidents and how often there were some: what follows from the verdicts on all rows.
void Finish(std::span<const int64_t> times_unix_ns, std::span<const double> values, const DetectorOptions& options,
            Detection& detection) {
  const int64_t step_ns = MedianStep(times_unix_ns);
  if (options.alert_on_missing) {
    JudgeGaps(values, step_ns, options, detection);
  }
  detection.incidents =
      WithLasting(std::move(detection.incidents), GroupIncidents(values, detection, step_ns), detection);
  const double weeks = ObservedWeeks(times_unix_ns, values.size() - detection.learning_points);
  detection.alarms_per_week = weeks > 0 ? static_cast<double>(detection.incidents.size()) / weeks : 0.0;
}

/// Series from which on a bank is faster than one detector after the other.
constexpr size_t kLeastLanes = 5;

}  // namespace

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kNone:
      return "none";
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      return "high";
    case Severity::kCritical:
      return "critical";
  }
  return "none";
}

std::string_view AnomalyTypeName(AnomalyType type) {
  switch (type) {
    case AnomalyType::kNone:
      return "none";
    case AnomalyType::kSpike:
      return "spike";
    case AnomalyType::kDrop:
      return "drop";
    case AnomalyType::kLevelShift:
      return "level_shift";
    case AnomalyType::kDrift:
      return "drift";
    case AnomalyType::kVarianceChange:
      return "variance_change";
    case AnomalyType::kSeasonBreak:
      return "season_break";
    case AnomalyType::kFlatline:
      return "flatline";
    case AnomalyType::kMissingData:
      return "missing_data";
  }
  return "none";
}

std::span<const DetectorMethod> DetectorMethods() { return kMethods; }

absl::Status CheckOptions(const DetectorOptions& options) {
  const double budget = options.false_alarms_per_week;
  if (!(budget >= kLeastFalseAlarmsPerWeek && budget <= kMostFalseAlarmsPerWeek)) {
    return BadQueryError(absl::StrCat("The number of false alarms a series and week is ", budget,
                                      ". It must be at least ", kLeastFalseAlarmsPerWeek, " and at most ",
                                      kMostFalseAlarmsPerWeek, ", for example 1."));
  }
  if (!(options.band_level > 0 && options.band_level < 1)) {
    return BadQueryError("The level of the band must lie between 0 and 1, for example 0.99.");
  }
  if (!(options.min_deviation_absolute >= 0) || !(options.min_deviation_relative >= 0)) {
    return BadQueryError("The least deviations must not be below 0. Leave them out to count every deviation.");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<StreamingDetector>> MakeStreamingDetector(std::string_view id,
                                                                         const DetectorOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) {
    return status;
  }
  if (id == "auto" || id == "robust-seasonal") {
    return MakeRobustSeasonalDetector(options);
  }
  if (id == "rolling-zscore") {
    return MakeRollingZscoreDetector(options);
  }
  return UnknownMethod(id);
}

absl::StatusOr<std::unique_ptr<StreamingDetector>> RestoreStreamingDetector(std::string_view id,
                                                                            const DetectorOptions& options,
                                                                            std::string_view state) {
  BELLWETHER_RETURN_IF_ERROR(CheckOptions(options));
  if (id == "auto" || id == "robust-seasonal") {
    return RestoreRobustSeasonalDetector(options, state);
  }
  if (id == "rolling-zscore") {
    return RestoreRollingZscoreDetector(options, state);
  }
  return UnknownMethod(id);
}

absl::StatusOr<Detection> Detect(std::span<const int64_t> times_unix_ns, std::span<const double> values,
                                 std::string_view method, const DetectorOptions& options, DetectionMode mode) {
  if (times_unix_ns.size() != values.size()) {
    return absl::InternalError("Detect was given columns of different lengths.");
  }
  auto detector = MakeStreamingDetector(method, options);
  if (!detector.ok()) {
    return detector.status();
  }
  // Only the seasonal method has a second, two-sided form; the others see nothing more in a whole series.
  const bool two_sided = mode == DetectionMode::kBatch && method != "rolling-zscore";
  Detection detection =
      two_sided ? DetectFromBothSides(times_unix_ns, values, options) : DetectOnline(times_unix_ns, values, **detector);
  Finish(times_unix_ns, values, options, detection);
  return detection;
}

absl::StatusOr<std::vector<Detection>> DetectTogether(std::span<const int64_t> times_unix_ns,
                                                      std::span<const SeriesToJudge> series, std::string_view method,
                                                      const DetectorOptions& options) {
  for (const SeriesToJudge& one : series) {
    if (one.values.size() != times_unix_ns.size() || one.begin > one.values.size()) {
      return absl::InternalError("DetectTogether was given columns of different lengths.");
    }
  }
  BELLWETHER_RETURN_IF_ERROR(MakeStreamingDetector(method, options).status());
  const bool in_lanes = method == "auto" || method == "robust-seasonal";
  std::vector<Detection> detections(series.size());
  for (size_t first = 0; first < series.size();) {
    const size_t count = std::min(kBankLanes, series.size() - first);
    const bool as_bank = in_lanes && count >= kLeastLanes;
    if (as_bank) {
      DetectInBank(times_unix_ns, series.subspan(first, count), options, std::span(detections).subspan(first, count));
    }
    for (size_t k = first; k < first + count; ++k) {
      const auto times = times_unix_ns.subspan(series[k].begin);
      const auto values = series[k].values.subspan(series[k].begin);
      DetectorOptions own = options;
      own.feedback = series[k].feedback;
      if (!as_bank) {
        BELLWETHER_ASSIGN_OR_RETURN(const std::unique_ptr<StreamingDetector> detector,
                                    MakeStreamingDetector(method, own));
        detections[k] = DetectOnline(times, values, *detector);
      }
      Finish(times, values, own, detections[k]);
    }
    first += count;
  }
  return detections;
}

}  // namespace bellwether
