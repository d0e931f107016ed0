#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/detector.h"
#include "server/base/time/cancellation.h"

namespace bellwether {

/// The most budgets that one backtest compares.
inline constexpr size_t kMostBacktestBudgets = 12;

/// Alarms count as hits of a labelled anomaly up to this many steps before its start and after its end.
inline constexpr int64_t kBacktestGraceSteps = 3;

/// What labels say of an alarm.
enum class AlarmTruth {
  kUnlabelled,  ///< no label tells
  kTrue,        ///< it overlaps a labelled anomaly, with grace
  kFalse,       ///< it lies where the labels say that all was normal
};

/// One time that a rule would have fired: an incident of the detector.
struct RuleAlarm {
  int64_t from_unix_ns = 0;
  int64_t to_unix_ns = 0;  ///< end of its last step
  AnomalyType type = AnomalyType::kNone;
  Severity severity = Severity::kNone;
  AlarmTruth truth = AlarmTruth::kUnlabelled;
};

/// What is known of the stretch that is judged.
struct BacktestTruth {
  std::vector<FeedbackInterval> labels;  ///< disjoint, ascending
  bool complete = false;  ///< every anomaly is labelled: alarms elsewhere are false, ignored stretches left out
};

/// What a rule would have done at one budget, on one series or on several together.
struct BudgetOutcome {
  double false_alarms_per_week = 0;  ///< the budget
  double weeks = 0;                  ///< judged series-weeks: steps judged times their length
  size_t alarms = 0;
  double alarm_seconds = 0;  ///< their total duration
  size_t true_alarms = 0;
  size_t false_alarms = 0;  ///< the rest of `alarms` is not labelled
  size_t anomalies = 0;     ///< labelled ones that begin in the judged stretch
  size_t caught = 0;        ///< those of them that an alarm overlaps, with grace

  /// Alarms a series and week without those that are known to be true: what the budget spent. 0 without weeks.
  [[nodiscard]] double achieved_per_week() const;
  /// Of the alarms on which the labels tell, the share that is true; NaN without such alarms.
  [[nodiscard]] double precision() const;
  /// The share of the labelled anomalies that were caught; NaN without any.
  [[nodiscard]] double recall() const;

  /// Adds what the rule did on another series. The budgets must be equal.
  void Add(const BudgetOutcome& other);
};

/// Which times are judged, in nanoseconds since the epoch, and how much grace an alarm gets.
struct BacktestRange {
  int64_t from_unix_ns = 0;
  int64_t to_unix_ns = 0;
  int64_t grace_ns = 0;
};

/// The alarms of a detection that begin in `range`; `step_ns` is the length of a row.
[[nodiscard]] std::vector<RuleAlarm> AlarmsIn(const BacktestRange& range, std::span<const Incident> incidents,
                                              std::span<const int64_t> times_unix_ns, int64_t step_ns);

/// Compares `alarms` with the labels, sets the truth of each, and counts. `weeks` of data were judged.
[[nodiscard]] BudgetOutcome Assess(double budget, double weeks, const BacktestRange& range, const BacktestTruth& truth,
                                   std::span<RuleAlarm> alarms);

/// What of `feedback` (disjoint, ascending) a backtest from `from_unix_ns` on tells the detector: all that lies before,
/// and blackouts. Of the judged stretch itself a rule could not have known more; what people said of it is the truth to
/// compare with.
[[nodiscard]] std::vector<FeedbackInterval> KnownFeedback(std::span<const FeedbackInterval> feedback,
                                                          int64_t from_unix_ns);

/// What is asked of a backtest.
struct BacktestRequest {
  std::vector<double> budgets;       ///< 1 to kMostBacktestBudgets
  int64_t from_unix_ns = INT64_MIN;  ///< rows before are learned from, not judged
  BacktestTruth truth = {};
};

/// What a backtest of one series found at one budget.
struct BacktestRow {
  BudgetOutcome outcome;
  std::vector<RuleAlarm> alarms;
};

/// Replays one series at each budget: what `method` with `options` would have done on the rows from
/// `request.from_unix_ns` on, each judged from those before it alone. `options` carries the feedback, see
/// KnownFeedback. One row a budget, in the order asked for. INVALID_ARGUMENT for what Detect refuses and for too many
/// budgets.
[[nodiscard]] absl::StatusOr<std::vector<BacktestRow>> Backtest(std::span<const int64_t> times_unix_ns,
                                                                std::span<const double> values, std::string_view method,
                                                                const DetectorOptions& options,
                                                                const BacktestRequest& request,
                                                                const Cancellation& cancellation);

}  // namespace bellwether
