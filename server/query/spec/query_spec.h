#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/analytics/anomaly/detector.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/regressors.h"
#include "server/analytics/multivariate/multivariate_detector.h"
#include "server/analytics/outliers/group_outliers.h"

namespace bellwether {

/// What to find out about each series.
enum class Analysis { kAnomalies, kForecast, kTrend, kChangepoints, kPatterns, kOutliers, kMultivariate, kRaw };

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
  bool regions = false;      ///< shaded stretches of the incidents found
  bool probability = false;  ///< of a forecast: that its threshold has been reached by each step
  bool labels = false;       ///< shaded stretches that the source itself says are abnormal, blackouts and feedback
  friend bool operator==(const ShowSet&, const ShowSet&) = default;
};

/// What a bucket without data means. `kAlert`: a stretch of them is an incident of its own.
enum class MissingPolicy { kIgnore, kZero, kHold, kAlert };

/// A blackout that repeats on the same days of every week, read on the clock of a zone.
struct WeeklyBlackout {
  std::array<bool, 7> days = {true, true, true, true, true, true, true};  ///< on which it begins, Monday first
  int from_minute = 0;                                                    ///< of the day, 0 to 1439
  int to_minute = 0;  ///< after the same midnight: above from_minute, past 1440 on the next day
  absl::TimeZone zone = absl::UTCTimeZone();
};

/// What a person said of a stretch, and of which series: a display name, a metric's name, or empty for all.
struct SeriesFeedback {
  FeedbackInterval interval;
  std::string series;
};

/// Options of the analysis `anomalies`.
struct AnomalySpec {
  std::string method = "auto";
  double false_alarms_per_week = 1;
  Direction direction = Direction::kBoth;
  double min_deviation_absolute = 0;
  double min_deviation_relative = 0;
  std::optional<double> alert_threshold;  ///< set: alert rules get 0 or 1
  MissingPolicy missing = MissingPolicy::kIgnore;
  std::vector<WeeklyBlackout> weekly_blackouts;
  std::vector<FeedbackInterval> single_blackouts;  ///< in the order of the query, each labelled kIgnore
  std::vector<SeriesFeedback> feedback;            ///< in the order of the query
};

/// A value that a forecast is compared with.
struct ThresholdSpec {
  double value = 0;  ///< finite
  CrossingSide side = CrossingSide::kAbove;
};

/// When something is full, or empty.
struct CapacitySpec {
  ThresholdSpec at;
  absl::Duration look_ahead = absl::Hours(90 * 24);
};

/// What alert rules get of a forecast. kAuto: the time left where there is a capacity, else the probability where there
/// is a threshold, else the forecast.
enum class ForecastAlert { kAuto, kForecast, kProbability, kTimeLeft };

/// Holidays and weekdays that explain a series.
struct CalendarSpec {
  bool weekdays = false;
  std::string country;  ///< code of a country in the table of holidays; empty = none
  std::string file;     ///< path of an iCalendar file below the allowed folder; empty = none
  absl::TimeZone zone = absl::UTCTimeZone();
  [[nodiscard]] bool IsAsked() const { return weekdays || !country.empty() || !file.empty(); }
};

/// How far ahead a forecast may be asked for.
inline constexpr absl::Duration kLongestHorizon = absl::Hours(366 * 24);

/// Options of the analysis `forecast`.
struct ForecastSpec {
  std::string method = "auto";
  absl::Duration horizon = absl::Hours(24);
  std::vector<double> levels = {0.8, 0.95};  ///< ascending, distinct
  std::optional<double> min;
  std::optional<double> max;
  bool whole_numbers = false;
  std::optional<ThresholdSpec> threshold;
  std::optional<CapacitySpec> capacity;
  ForecastAlert alert = ForecastAlert::kAuto;
  std::vector<std::string> regressors;  ///< names of metrics or of series, as the legend shows them; distinct
  UnknownFuture unknown_future = UnknownFuture::kHold;
  CalendarSpec calendar;
};

/// Options of the analysis `changepoints`.
struct ChangepointSpec {
  bool online = false;        ///< each change found from the values up to the one that settles it; else from all
  double min_confidence = 0;  ///< changes below it are not told, 0 to 1
};

/// Options of the analysis `outliers`.
struct OutlierSpec {
  OutlierMethod method = OutlierMethod::kMad;
  std::optional<double> tolerance;       ///< empty = by the number of series
  std::optional<absl::Duration> window;  ///< empty = auto: 30 model steps
  double min_share = 0.7;
};

/// Options of the analysis `multivariate`.
struct MultivariateSpec {
  std::optional<MultivariateMember> only;  ///< empty = all members together
  double false_alarms_per_week = 1;        ///< of each group
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
  ChangepointSpec changepoints;
  OutlierSpec outliers;
  MultivariateSpec multivariate;
};

/// The words of the contract, in the order in which error messages list them.
inline constexpr std::array<std::string_view, 8> kAnalysisNames = {
    "anomalies", "forecast", "trend", "changepoints", "patterns", "outliers", "multivariate", "raw"};
inline constexpr std::array<std::string_view, 5> kFormNames = {"overlay", "rows", "severity", "last", "annotations"};
inline constexpr std::array<std::string_view, 9> kShowNames = {"value",  "expected", "band",   "points",     "score",
                                                               "pValue", "regions",  "labels", "probability"};
inline constexpr std::array<std::string_view, 3> kSensitivityNames = {"low", "medium", "high"};
/// False alarms a series and week of each sensitivity: one a month (30 days), a week, a day.
inline constexpr std::array<double, 3> kSensitivityBudgets = {7.0 / 30.0, 1.0, 7.0};
inline constexpr std::array<std::string_view, 3> kDirectionNames = {"both", "up", "down"};
inline constexpr std::array<std::string_view, 4> kMissingNames = {"ignore", "zero", "hold", "alert"};
inline constexpr std::array<std::string_view, 7> kDayNames = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
inline constexpr std::array<std::string_view, 3> kFeedbackNames = {"expected", "anomaly", "ignore"};
inline constexpr std::array<std::string_view, 2> kChangepointModeNames = {"batch", "online"};
inline constexpr std::array<std::string_view, 2> kOutlierMethodNames = {"mad", "dbscan"};
inline constexpr std::array<std::string_view, 5> kMultivariateMethodNames = {
    "ensemble", "isolation-forest", "extended-isolation-forest", "one-class-svm", "random-cut-forest"};
inline constexpr std::array<std::string_view, 2> kSideNames = {"above", "below"};
inline constexpr std::array<std::string_view, 4> kForecastAlertNames = {"auto", "forecast", "probability", "timeLeft"};
inline constexpr std::array<std::string_view, 2> kUnknownFutureNames = {"hold", "leaveOut"};
inline constexpr int kContractVersion = 1;

}  // namespace bellwether
