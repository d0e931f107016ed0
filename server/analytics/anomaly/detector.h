#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/analysis_method.h"
#include "server/analytics/anomaly/evidence.h"
#include "server/analytics/seasonality/period_finder.h"

namespace bellwether {

/// Which side of the expected value counts.
enum class Direction { kBoth, kUp, kDown };

/// How bad an anomaly is, from its p-value against the budget.
enum class Severity { kNone, kLow, kMedium, kHigh, kCritical };

/// What kind of anomaly a stretch is.
enum class AnomalyType {
  kNone,
  kSpike,
  kDrop,
  kLevelShift,
  kDrift,
  kVarianceChange,
  kSeasonBreak,
  kFlatline,
  kMissingData,
};

[[nodiscard]] std::string_view SeverityName(Severity severity);    ///< "none", "low" … "critical"
[[nodiscard]] std::string_view AnomalyTypeName(AnomalyType type);  ///< "none", "spike", "level_shift" …

/// What a person said about a stretch of time.
enum class FeedbackLabel {
  kExpected,  ///< normal, whatever it looks like: no alarm, and learned as normal
  kAnomaly,   ///< a true anomaly: never learned as normal, and its alarms are no false ones
  kIgnore,    ///< a blackout, for example maintenance: no alarm, nothing learned
};

/// A stretch [from, to) and what a person said of it.
struct FeedbackInterval {
  int64_t from_unix_ns = 0;
  int64_t to_unix_ns = 0;
  FeedbackLabel label = FeedbackLabel::kIgnore;
};

/// The budgets there are, in false alarms a series and week: from about one in ten years to one in ten minutes.
inline constexpr double kLeastFalseAlarmsPerWeek = 0.002;
inline constexpr double kMostFalseAlarmsPerWeek = 1000;

/// What the user asks of a detector.
struct DetectorOptions {
  /// The promise: at most this many false alarms a series and week, kLeastFalseAlarmsPerWeek to
  /// kMostFalseAlarmsPerWeek.
  double false_alarms_per_week = 1;
  Direction direction = Direction::kBoth;
  double min_deviation_absolute = 0;  ///< in the series' own unit; smaller deviations are never anomalies
  double min_deviation_relative = 0;  ///< as a share of |expected|
  double band_level = 0.99;           ///< coverage of lower..upper on normal data
  bool alert_on_missing = false;      ///< a stretch without data that is longer than usual is an incident
  /// What people said of this series, ascending by start. A label acts from its start on, never before.
  std::vector<FeedbackInterval> feedback;
};

/// What is said of one point. NaN = nothing known yet (cold start) or the point is missing.
struct Verdict {
  double expected;
  double lower;
  double upper;
  double score = 0;    ///< 0 to 1, higher is more anomalous; the same meaning on every series
  double p_value = 1;  ///< calibrated on the series' own history
  bool is_anomaly = false;
  Severity severity = Severity::kNone;
};

/// How much one view of a series adds to what is said of a point.
struct Contribution {
  std::string_view view;  ///< for example "point", "hour mean", "spread"; lower case, fit for a sentence
  double surprise = 0;    ///< -log10 of the chance of what this view sees, on the series' own history; 0 to 6
};

/// Judges points one after the other, each from those before it alone; state is bounded whatever the length of the
/// stream. Not thread-safe; one object a series.
class StreamingDetector {
 public:
  virtual ~StreamingDetector() = default;

  /// Judges the point, then learns from it. Times may repeat or step back (positions count); NaN = missing.
  [[nodiscard]] virtual Verdict Observe(int64_t time_unix_ns, double value) = 0;

  /// The periods the model uses by now; empty for a method without seasons.
  [[nodiscard]] virtual std::vector<Period> Periods() const { return {}; }

  /// What each view said of the point observed last, most surprised first; empty for a method with a single view.
  [[nodiscard]] virtual std::vector<Contribution> Contributions() const { return {}; }

  /// Bytes of state, all heap included.
  [[nodiscard]] virtual size_t StateBytes() const = 0;

  /// The state as a versioned, checksummed record for RestoreStreamingDetector. What was said last (Contributions) is
  /// kept, the options are not.
  [[nodiscard]] virtual std::string SaveState() const = 0;
};

/// A stretch of anomalous points that belong together.
struct Incident {
  size_t first = 0;  ///< index of its first point
  size_t last = 0;   ///< index of its last point
  size_t peak = 0;   ///< index of the point with the largest score
  AnomalyType type = AnomalyType::kNone;
  Severity severity = Severity::kNone;
  std::vector<Contribution> contributions;  ///< of the views to its first alarm, most surprised first; may be empty
  IncidentEvidence evidence;                ///< what speaks for its type
};

/// Verdicts as columns of equal length, one entry a point.
struct VerdictColumns {
  std::vector<double> expected;
  std::vector<double> lower;
  std::vector<double> upper;
  std::vector<double> score;
  std::vector<double> p_value;
  std::vector<uint8_t> is_anomaly;
  std::vector<Severity> severity;
};

/// What the views said of one row that raised an alarm.
struct AlarmEvidence {
  size_t row = 0;
  std::vector<Contribution> contributions;
};

/// The verdicts on a whole series; the columns have the length of the input.
struct Detection : VerdictColumns {
  std::vector<Incident> incidents;
  std::vector<AlarmEvidence>
      evidence;                 ///< ascending by row, one for each row with is_anomaly where the method has views
  std::vector<Period> periods;  ///< those the model uses
  size_t learning_points = 0;   ///< leading points on which the model was still cold
  double alarms_per_week = 0;   ///< incidents over the observed time: what the budget achieved on this history
};

/// How the whole series may be used.
enum class DetectionMode {
  kOnline,  ///< row i depends on rows up to i alone
  kBatch,   ///< the whole series may be looked at first (periods, baseline)
};

/// A registered method: all of its texts are there.
using DetectorMethod = AnalysisMethod;

/// The methods there are. The first is what "auto" means.
[[nodiscard]] std::span<const DetectorMethod> DetectorMethods();

/// OK, or INVALID_ARGUMENT (downstream) with the range of the option that lies outside it.
[[nodiscard]] absl::Status CheckOptions(const DetectorOptions& options);

/// A detector of method `id` ("auto" or one of DetectorMethods). INVALID_ARGUMENT names the known methods.
[[nodiscard]] absl::StatusOr<std::unique_ptr<StreamingDetector>> MakeStreamingDetector(std::string_view id,
                                                                                       const DetectorOptions& options);

/// A detector that continues, bit for bit, where the one that saved `state` stopped. `options` are those it was made
/// with. INVALID_ARGUMENT when the record is cut off, damaged, of another version or of another method.
[[nodiscard]] absl::StatusOr<std::unique_ptr<StreamingDetector>> RestoreStreamingDetector(
    std::string_view id, const DetectorOptions& options, std::string_view state);

/// Judges a whole series. `times_unix_ns` and `values` are equally long. Deterministic.
[[nodiscard]] absl::StatusOr<Detection> Detect(std::span<const int64_t> times_unix_ns, std::span<const double> values,
                                               std::string_view method, const DetectorOptions& options,
                                               DetectionMode mode);

/// A series that is judged together with others.
struct SeriesToJudge {
  std::span<const double> values;
  size_t begin = 0;  ///< rows before it do not belong to the series
  std::vector<FeedbackInterval> feedback = {};
};

/// Judges several series with the same times, each as Detect does its rows from `begin` on in the mode kOnline; the
/// columns of an answer begin there too. Times are those of a grid. Faster than one after the other: the seasonal
/// method judges sixteen at once (LaneBank). `options.feedback` is not used.
[[nodiscard]] absl::StatusOr<std::vector<Detection>> DetectTogether(std::span<const int64_t> times_unix_ns,
                                                                    std::span<const SeriesToJudge> series,
                                                                    std::string_view method,
                                                                    const DetectorOptions& options);

}  // namespace bellwether
