#include "server/analytics/anomaly/backtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/analytics/series/grid.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kWeekNs = 7 * 86'400e9;

// Sums that stay within int64 whatever times a file holds.
int64_t Plus(int64_t time, int64_t duration) {
  int64_t sum = 0;
  if (__builtin_add_overflow(time, duration, &sum)) {
    return duration < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  }
  return sum;
}

bool Overlaps(const RuleAlarm& alarm, const FeedbackInterval& label, int64_t grace_ns) {
  return alarm.from_unix_ns < Plus(label.to_unix_ns, grace_ns) &&
         alarm.to_unix_ns > Plus(label.from_unix_ns, -grace_ns);
}

// What the labels say of an alarm; the anomalies that it overlaps are marked in `caught`.
AlarmTruth TruthOf(const RuleAlarm& alarm, const BacktestTruth& truth, int64_t grace_ns, std::vector<uint8_t>& caught) {
  bool hit = false;
  bool normal = truth.complete;
  bool ignored = false;
  auto label = std::partition_point(truth.labels.begin(), truth.labels.end(), [&](const FeedbackInterval& one) {
    return Plus(one.to_unix_ns, grace_ns) <= alarm.from_unix_ns;
  });
  for (; label != truth.labels.end() && Plus(label->from_unix_ns, -grace_ns) < alarm.to_unix_ns; ++label) {
    const bool touches = Overlaps(alarm, *label, 0);
    switch (label->label) {
      case FeedbackLabel::kAnomaly:
        if (Overlaps(alarm, *label, grace_ns)) {
          hit = true;
          caught[static_cast<size_t>(label - truth.labels.begin())] = 1;
        }
        break;
      case FeedbackLabel::kExpected:
        normal = normal || touches;
        break;
      case FeedbackLabel::kIgnore:
        ignored = ignored || touches;
        break;
    }
  }
  return hit ? AlarmTruth::kTrue : normal && !ignored ? AlarmTruth::kFalse : AlarmTruth::kUnlabelled;
}

double Ratio(size_t part, size_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : kNan;
}

// The first moment that is judged, at or after `from_unix_ns`: nothing is while the detector learns.
int64_t FirstJudged(std::span<const int64_t> times, const Detection& detection, int64_t from_unix_ns, int64_t none) {
  const size_t warm = std::min(detection.learning_points, times.size());
  int64_t first = none;
  for (const int64_t time : times.subspan(warm)) {
    first = time >= from_unix_ns ? std::min(first, time) : first;
  }
  return first;
}

size_t JudgedRows(std::span<const int64_t> times, const Detection& detection, int64_t from_unix_ns) {
  const size_t warm = std::min(detection.learning_points, times.size());
  return static_cast<size_t>(std::count_if(times.begin() + static_cast<std::ptrdiff_t>(warm), times.end(),
                                           [&](int64_t time) { return time >= from_unix_ns; }));
}

}  // namespace

double BudgetOutcome::achieved_per_week() const {
  return weeks > 0 ? static_cast<double>(alarms - true_alarms) / weeks : 0.0;
}

double BudgetOutcome::precision() const { return Ratio(true_alarms, true_alarms + false_alarms); }

double BudgetOutcome::recall() const { return Ratio(caught, anomalies); }

void BudgetOutcome::Add(const BudgetOutcome& other) {
  weeks += other.weeks;
  alarms += other.alarms;
  alarm_seconds += other.alarm_seconds;
  true_alarms += other.true_alarms;
  false_alarms += other.false_alarms;
  anomalies += other.anomalies;
  caught += other.caught;
}

std::vector<RuleAlarm> AlarmsIn(const BacktestRange& range, std::span<const Incident> incidents,
                                std::span<const int64_t> times_unix_ns, int64_t step_ns) {
  std::vector<RuleAlarm> alarms;
  for (const Incident& incident : incidents) {
    const int64_t from = times_unix_ns[incident.first];
    if (from >= range.from_unix_ns && from < range.to_unix_ns) {
      // Times may step back: an alarm lasts at least its own step.
      const int64_t last = std::max(from, times_unix_ns[incident.last]);
      alarms.push_back(
          {from, Plus(last, std::max<int64_t>(step_ns, 1)), incident.type, incident.severity, AlarmTruth::kUnlabelled});
    }
  }
  return alarms;
}

BudgetOutcome Assess(double budget, double weeks, const BacktestRange& range, const BacktestTruth& truth,
                     std::span<RuleAlarm> alarms) {
  BudgetOutcome outcome;
  outcome.false_alarms_per_week = budget;
  outcome.weeks = weeks;
  outcome.alarms = alarms.size();
  std::vector<uint8_t> caught(truth.labels.size(), 0);
  for (RuleAlarm& alarm : alarms) {
    alarm.truth = TruthOf(alarm, truth, range.grace_ns, caught);
    outcome.true_alarms += alarm.truth == AlarmTruth::kTrue ? 1 : 0;
    outcome.false_alarms += alarm.truth == AlarmTruth::kFalse ? 1 : 0;
    outcome.alarm_seconds += (static_cast<double>(alarm.to_unix_ns) - static_cast<double>(alarm.from_unix_ns)) / 1e9;
  }
  for (size_t i = 0; i < truth.labels.size(); ++i) {
    const FeedbackInterval& label = truth.labels[i];
    if (label.label == FeedbackLabel::kAnomaly && label.from_unix_ns >= range.from_unix_ns &&
        label.from_unix_ns < range.to_unix_ns) {
      ++outcome.anomalies;
      outcome.caught += caught[i];
    }
  }
  return outcome;
}

std::vector<FeedbackInterval> KnownFeedback(std::span<const FeedbackInterval> feedback, int64_t from_unix_ns) {
  std::vector<FeedbackInterval> known;
  for (FeedbackInterval interval : feedback) {
    if (interval.label != FeedbackLabel::kIgnore) {
      interval.to_unix_ns = std::min(interval.to_unix_ns, from_unix_ns);
    }
    if (interval.from_unix_ns < interval.to_unix_ns) {
      known.push_back(interval);
    }
  }
  return known;
}

absl::StatusOr<std::vector<BacktestRow>> Backtest(std::span<const int64_t> times_unix_ns,
                                                  std::span<const double> values, std::string_view method,
                                                  const DetectorOptions& options, const BacktestRequest& request,
                                                  const Cancellation& cancellation) {
  if (request.budgets.empty() || request.budgets.size() > kMostBacktestBudgets) {
    return BadQueryError(absl::StrCat("A backtest compares 1 to ", kMostBacktestBudgets, " budgets, not ",
                                      request.budgets.size(), ". Name fewer of them."));
  }
  const int64_t step_ns = std::max<int64_t>(0, MedianStep(times_unix_ns));
  const int64_t last = times_unix_ns.empty() ? 0 : *std::max_element(times_unix_ns.begin(), times_unix_ns.end());
  const int64_t grace_ns =
      kBacktestGraceSteps * std::min(step_ns, std::numeric_limits<int64_t>::max() / kBacktestGraceSteps);
  std::vector<BacktestRow> rows;
  for (const double budget : request.budgets) {
    BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
    DetectorOptions asked = options;
    asked.false_alarms_per_week = budget;
    BELLWETHER_ASSIGN_OR_RETURN(const Detection detection,
                                Detect(times_unix_ns, values, method, asked, DetectionMode::kOnline));
    // A label before the first judged row, or after the last, is neither caught nor missed.
    const int64_t end = Plus(last, 1);
    const BacktestRange range = {FirstJudged(times_unix_ns, detection, request.from_unix_ns, end), end, grace_ns};
    BacktestRow row;
    row.alarms = AlarmsIn(range, detection.incidents, times_unix_ns, step_ns);
    const double weeks = static_cast<double>(JudgedRows(times_unix_ns, detection, request.from_unix_ns)) *
                         static_cast<double>(step_ns) / kWeekNs;
    row.outcome = Assess(budget, weeks, range, request.truth, row.alarms);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace bellwether
