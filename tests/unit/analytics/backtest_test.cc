#include "server/analytics/anomaly/backtest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "server/base/status/error_origin.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr size_t kWeek = 2016;  // five-minute rows

int64_t TimeOf(size_t row) { return kStartNs + static_cast<int64_t>(row) * kFiveMinutesNs; }

FeedbackInterval Label(size_t from, size_t to, FeedbackLabel label) { return {TimeOf(from), TimeOf(to), label}; }

RuleAlarm Alarm(size_t from, size_t to) { return {.from_unix_ns = TimeOf(from), .to_unix_ns = TimeOf(to)}; }

BacktestRange Range(size_t from, size_t to) { return {TimeOf(from), TimeOf(to), 3 * kFiveMinutesNs}; }

std::vector<BacktestRow> MustBacktest(const std::vector<double>& values, const BacktestRequest& request,
                                      const DetectorOptions& options = {}) {
  const auto rows = Backtest(Times(values.size(), kFiveMinutesNs), values, "auto", options, request, Cancellation());
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() ? *rows : std::vector<BacktestRow>();
}

TEST(BacktestTest, SaysOfEachBudgetWhatDetectSays) {
  std::vector<double> values = Noise(4 * kWeek, 3);
  values[5000] += 15;
  const std::vector<int64_t> times = Times(values.size(), kFiveMinutesNs);
  const std::vector<BacktestRow> rows = MustBacktest(values, {.budgets = {7.0 / 30, 1, 7, 50}});
  ASSERT_EQ(rows.size(), 4U);
  for (const BacktestRow& row : rows) {
    DetectorOptions options;
    options.false_alarms_per_week = row.outcome.false_alarms_per_week;
    const auto detection = Detect(times, values, "auto", options, DetectionMode::kOnline);
    ASSERT_TRUE(detection.ok());
    ASSERT_EQ(row.alarms.size(), detection->incidents.size());
    for (size_t i = 0; i < row.alarms.size(); ++i) {
      EXPECT_EQ(row.alarms[i].from_unix_ns, times[detection->incidents[i].first]);
      EXPECT_EQ(row.alarms[i].to_unix_ns, times[detection->incidents[i].last] + kFiveMinutesNs);
    }
    EXPECT_NEAR(row.outcome.weeks, 4.0, 0.1);
    EXPECT_NEAR(row.outcome.achieved_per_week(), detection->alarms_per_week, 1e-9);
    EXPECT_TRUE(std::isnan(row.outcome.recall()));
    EXPECT_TRUE(std::isnan(row.outcome.precision()));
  }
  EXPECT_LE(rows[0].outcome.alarms, rows[2].outcome.alarms);
  EXPECT_LT(rows[1].outcome.alarms, rows[3].outcome.alarms);
}

TEST(BacktestTest, JudgesTheLastDaysOnlyAndLearnsFromTheRest) {
  std::vector<double> values = Noise(3 * kWeek, 5);
  values[1000] += 20;
  values[5000] += 20;
  const std::vector<BacktestRow> rows =
      MustBacktest(values, {.budgets = {1}, .from_unix_ns = TimeOf(2 * kWeek), .truth = {}});
  EXPECT_NEAR(rows[0].outcome.weeks, 1.0, 1e-9);
  bool found = false;
  for (const RuleAlarm& alarm : rows[0].alarms) {
    EXPECT_GE(alarm.from_unix_ns, TimeOf(2 * kWeek));
    found = found || (alarm.from_unix_ns <= TimeOf(5000) && alarm.to_unix_ns > TimeOf(5000));
  }
  EXPECT_TRUE(found);
}

TEST(BacktestTest, CountsWhatLabelsSay) {
  std::vector<double> values = Noise(4 * kWeek, 11);
  values[4000] += 20;
  values[6000] += 20;
  BacktestRequest request{.budgets = {1}, .from_unix_ns = TimeOf(kWeek), .truth = {}};
  // The second spike is said to be normal, a third anomaly is not to be seen, a fourth lies before the stretch.
  request.truth.labels = {Label(500, 510, FeedbackLabel::kAnomaly), Label(3995, 4010, FeedbackLabel::kAnomaly),
                          Label(5990, 6010, FeedbackLabel::kExpected), Label(7000, 7001, FeedbackLabel::kAnomaly)};
  const BudgetOutcome partial = MustBacktest(values, request)[0].outcome;
  EXPECT_EQ(partial.anomalies, 2U);
  EXPECT_EQ(partial.caught, 1U);
  EXPECT_EQ(partial.true_alarms, 1U);
  EXPECT_EQ(partial.false_alarms, 1U);
  EXPECT_DOUBLE_EQ(partial.recall(), 0.5);
  EXPECT_DOUBLE_EQ(partial.precision(), 0.5);
  request.truth.complete = true;
  const BudgetOutcome complete = MustBacktest(values, request)[0].outcome;
  EXPECT_EQ(complete.true_alarms + complete.false_alarms, complete.alarms);
  EXPECT_LT(complete.achieved_per_week(), static_cast<double>(complete.alarms) / complete.weeks);
}

TEST(AssessTest, AHitIsAnOverlapWithGrace) {
  const BacktestTruth truth{.labels = {Label(100, 110, FeedbackLabel::kAnomaly)}, .complete = true};
  struct Case {
    RuleAlarm alarm;
    AlarmTruth expected;
  };
  for (const auto& [alarm, expected] : {Case{Alarm(100, 101), AlarmTruth::kTrue},
                                        {Alarm(90, 98), AlarmTruth::kTrue},
                                        {Alarm(90, 97), AlarmTruth::kFalse},
                                        {Alarm(112, 120), AlarmTruth::kTrue},
                                        {Alarm(113, 120), AlarmTruth::kFalse},
                                        {Alarm(50, 300), AlarmTruth::kTrue}}) {
    std::vector<RuleAlarm> alarms = {alarm};
    const BudgetOutcome outcome = Assess(1, 1, Range(0, 1000), truth, alarms);
    EXPECT_EQ(alarms[0].truth, expected) << (alarm.from_unix_ns - kStartNs) / kFiveMinutesNs;
    EXPECT_EQ(outcome.caught, expected == AlarmTruth::kTrue ? 1U : 0U);
    EXPECT_EQ(outcome.anomalies, 1U);
  }
}

TEST(AssessTest, SeveralAlarmsOnOneAnomalyAreAllTrueAndCatchItOnce) {
  const BacktestTruth truth{.labels = {Label(100, 150, FeedbackLabel::kAnomaly)}, .complete = true};
  std::vector<RuleAlarm> alarms = {Alarm(100, 105), Alarm(120, 125), Alarm(400, 402)};
  const BudgetOutcome outcome = Assess(1, 2, Range(0, 1000), truth, alarms);
  EXPECT_EQ(outcome.caught, 1U);
  EXPECT_EQ(outcome.true_alarms, 2U);
  EXPECT_EQ(outcome.false_alarms, 1U);
  EXPECT_DOUBLE_EQ(outcome.alarm_seconds, 300.0 * (5 + 5 + 2));
  EXPECT_DOUBLE_EQ(outcome.achieved_per_week(), 0.5);
}

TEST(AssessTest, IgnoredStretchesAreNotFalse) {
  const BacktestTruth truth{.labels = {Label(100, 150, FeedbackLabel::kIgnore)}, .complete = true};
  std::vector<RuleAlarm> alarms = {Alarm(120, 125), Alarm(300, 301)};
  const BudgetOutcome outcome = Assess(1, 1, Range(0, 1000), truth, alarms);
  EXPECT_EQ(alarms[0].truth, AlarmTruth::kUnlabelled);
  EXPECT_EQ(alarms[1].truth, AlarmTruth::kFalse);
  EXPECT_EQ(outcome.false_alarms, 1U);
  EXPECT_DOUBLE_EQ(outcome.precision(), 0);
}

TEST(AssessTest, PartialLabelsSayNothingOfTheRest) {
  const BacktestTruth truth{.labels = {Label(100, 150, FeedbackLabel::kExpected)}, .complete = false};
  std::vector<RuleAlarm> alarms = {Alarm(120, 125), Alarm(300, 301)};
  const BudgetOutcome outcome = Assess(1, 1, Range(0, 1000), truth, alarms);
  EXPECT_EQ(alarms[0].truth, AlarmTruth::kFalse);
  EXPECT_EQ(alarms[1].truth, AlarmTruth::kUnlabelled);
  EXPECT_TRUE(std::isnan(outcome.recall()));
}

TEST(BacktestTest, ToldIsWhatWasKnownBeforeTheStretchAndItsBlackouts) {
  const std::vector<FeedbackInterval> feedback = {
      Label(10, 20, FeedbackLabel::kAnomaly), Label(90, 110, FeedbackLabel::kExpected),
      Label(120, 130, FeedbackLabel::kAnomaly), Label(140, 150, FeedbackLabel::kIgnore)};
  const std::vector<FeedbackInterval> known = KnownFeedback(feedback, TimeOf(100));
  ASSERT_EQ(known.size(), 3U);
  EXPECT_EQ(known[0].label, FeedbackLabel::kAnomaly);
  EXPECT_EQ(known[1].to_unix_ns, TimeOf(100));
  EXPECT_EQ(known[2].label, FeedbackLabel::kIgnore);
  EXPECT_EQ(known[2].from_unix_ns, TimeOf(140));
}

TEST(BacktestTest, RefusesBudgetsOutsideTheRangeAndTooMany) {
  const std::vector<double> values = Noise(100, 1);
  const std::vector<int64_t> times = Times(values.size(), kFiveMinutesNs);
  for (const std::vector<double>& budgets :
       {std::vector<double>{}, {0}, {1, -1}, {std::nan("")}, {1e9}, std::vector<double>(13, 1.0)}) {
    const auto rows = Backtest(times, values, "auto", {}, {.budgets = budgets}, Cancellation());
    EXPECT_EQ(HttpStatusOf(rows.status()), 400);
  }
  EXPECT_EQ(HttpStatusOf(Backtest(times, values, "magic", {}, {.budgets = {1}}, Cancellation()).status()), 400);
}

TEST(BacktestTest, StopsWhenNobodyWaits) {
  const std::vector<double> values = Noise(100, 1);
  int questions = 0;
  const Cancellation gone([&] { return ++questions > 1; });
  const auto rows = Backtest(Times(100, kFiveMinutesNs), values, "auto", {}, {.budgets = {1, 2, 3}}, gone);
  EXPECT_EQ(rows.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(questions, 2);
}

TEST(BacktestTest, HostileSeriesTimesAndLabelsAreAnswered) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  for (const std::vector<double>& values : HostileSeries()) {
    for (const int64_t step : {int64_t{1}, int64_t{0}, -kHourNs, int64_t{31'536'000} * 1'000'000'000}) {
      BacktestRequest request{.budgets = {0.002, 1000}, .from_unix_ns = kMin, .truth = {}};
      request.truth.labels = {{kMin, kStartNs, FeedbackLabel::kAnomaly}, {kStartNs, kMax, FeedbackLabel::kExpected}};
      const auto rows = Backtest(Times(values.size(), step), values, "auto", {}, request, Cancellation());
      ASSERT_TRUE(rows.ok()) << rows.status();
      for (const BacktestRow& row : *rows) {
        EXPECT_TRUE(std::isfinite(row.outcome.weeks));
        EXPECT_GE(row.outcome.weeks, 0);
        EXPECT_GE(row.outcome.alarm_seconds, 0);
        EXPECT_TRUE(std::isfinite(row.outcome.achieved_per_week()));
      }
    }
  }
}

}  // namespace
}  // namespace bellwether
