#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// What to find out about each series.
enum class Analysis { kAnomalies, kForecast, kTrend, kRaw };

/// The shape of the answer.
enum class AnswerForm { kOverlay, kRows, kSeverity, kLast, kAnnotations };

/// What an overlay draws.
struct ShowSet {
  bool value = true;
  bool expected = true;
  bool band = true;
  bool points = true;
  bool score = false;
  bool p_value = false;
  bool regions = false;  ///< shaded stretches of the incidents found
  bool labels = false;   ///< shaded stretches that the source itself says are abnormal
  friend bool operator==(const ShowSet&, const ShowSet&) = default;
};

/// What a bucket without data means.
enum class MissingPolicy { kIgnore, kZero, kHold };

/// Options of the analysis `anomalies`.
struct AnomalySpec {
  std::string method = "auto";
  double false_alarms_per_week = 1;
  Direction direction = Direction::kBoth;
  double min_deviation_absolute = 0;
  double min_deviation_relative = 0;
  std::optional<double> alert_threshold;  ///< set: alert rules get 0 or 1
  MissingPolicy missing = MissingPolicy::kIgnore;
};

/// Options of the analysis `forecast`.
struct ForecastSpec {
  std::string method = "auto";
  absl::Duration horizon = absl::Hours(24);
  std::vector<double> levels = {0.8, 0.95};  ///< ascending, distinct
  std::optional<double> min;
  std::optional<double> max;
};

/// A saved query after parsing: every member is within its bounds. Contract: proto/contract/query.schema.json.
struct QuerySpec {
  Analysis analysis = Analysis::kAnomalies;
  std::string source_kind;
  std::string source_json;                 ///< the `source` object, for its connector
  std::optional<absl::Duration> history;   ///< empty = auto
  std::optional<absl::Duration> interval;  ///< empty = auto
  AnswerForm form = AnswerForm::kOverlay;
  ShowSet show;
  AnomalySpec anomalies;
  ForecastSpec forecast;
};

/// The words of the contract, in the order in which error messages list them.
inline constexpr std::array<std::string_view, 4> kAnalysisNames = {"anomalies", "forecast", "trend", "raw"};
inline constexpr std::array<std::string_view, 5> kFormNames = {"overlay", "rows", "severity", "last", "annotations"};
inline constexpr std::array<std::string_view, 8> kShowNames = {"value", "expected", "band",    "points",
                                                               "score", "pValue",   "regions", "labels"};
inline constexpr std::array<std::string_view, 3> kSensitivityNames = {"low", "medium", "high"};
/// False alarms a series and week of each sensitivity: one a month (30 days), a week, a day.
inline constexpr std::array<double, 3> kSensitivityBudgets = {7.0 / 30.0, 1.0, 7.0};
inline constexpr std::array<std::string_view, 3> kDirectionNames = {"both", "up", "down"};
inline constexpr std::array<std::string_view, 3> kMissingNames = {"ignore", "zero", "hold"};
inline constexpr int kContractVersion = 1;

}  // namespace bellwether
