#include "server/analytics/anomaly/gap_judge.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr double kRowsPerWeek = 2016;
constexpr size_t kDay = 288;

// Rows of the next `rows` without data that pass before the judge speaks; `rows` where it stays silent.
size_t RowsToAlarm(GapJudge& judge, size_t rows) {
  size_t said = rows;
  for (size_t i = 0; i < rows; ++i) {
    if (judge.Observe(false).is_alarm && said == rows) {
      said = i + 1;
    }
  }
  return said;
}

void Feed(GapJudge& judge, size_t present) {
  for (size_t i = 0; i < present; ++i) {
    EXPECT_FALSE(judge.Observe(true).is_alarm);
  }
}

TEST(GapJudgeTest, SpeaksSoonWhereDataAlwaysCame) {
  GapJudge judge(1, kRowsPerWeek);
  Feed(judge, 2000);
  const size_t rows = RowsToAlarm(judge, 100);
  EXPECT_GE(rows, 3u);
  EXPECT_LE(rows, 6u);
}

TEST(GapJudgeTest, IsAnAlarmUntilDataComeBack) {
  GapJudge judge(1, kRowsPerWeek);
  Feed(judge, 500);
  RowsToAlarm(judge, 50);
  EXPECT_TRUE(judge.Observe(false).is_alarm);
  EXPECT_FALSE(judge.Observe(true).is_alarm);
  EXPECT_FALSE(judge.Observe(false).is_alarm);
}

TEST(GapJudgeTest, LearnsNightsWithoutDataAndSeesALongerOne) {
  GapJudge judge(1, kRowsPerWeek);
  size_t alarms = 0;
  for (size_t day = 0; day < 21; ++day) {
    Feed(judge, kDay / 2);
    const bool spoke = RowsToAlarm(judge, kDay / 2) < kDay / 2;
    alarms += spoke ? 1 : 0;
    EXPECT_FALSE(day > 4 && spoke) << day;
  }
  EXPECT_GE(alarms, 1u);  // the first night was news
  Feed(judge, kDay / 2);
  EXPECT_LT(RowsToAlarm(judge, 2 * kDay), kDay);
}

TEST(GapJudgeTest, KeepsTheBudgetOnSparseSeries) {
  for (const double budget : {0.25, 1.0, 7.0}) {
    std::mt19937_64 random(11);
    std::bernoulli_distribution comes(0.3);
    GapJudge judge(budget, kRowsPerWeek);
    size_t alarms = 0;
    bool before = false;
    constexpr size_t kWeeks = 60;
    for (size_t i = 0; i < kWeeks * 2016; ++i) {
      const bool now = judge.Observe(comes(random)).is_alarm;
      alarms += now && !before ? 1 : 0;
      before = now;
    }
    EXPECT_LE(static_cast<double>(alarms), budget * kWeeks / 2) << budget;
  }
}

TEST(GapJudgeTest, IsSilentOnSeriesThatHardlyBegan) {
  GapJudge judge(1, kRowsPerWeek);
  EXPECT_EQ(RowsToAlarm(judge, 5000), 5000u);
  Feed(judge, 10);
  EXPECT_EQ(RowsToAlarm(judge, 5000), 5000u);
}

TEST(GapJudgeTest, MissingDataAreAnIncidentWhereTheyAreAskedFor) {
  std::vector<double> values = Noise(3000, 2);
  std::fill(values.begin() + 2500, values.begin() + 2600, std::nan(""));
  const std::vector<int64_t> times = Times(values.size(), kFiveMinutesNs);
  DetectorOptions options;
  const auto ignored = Detect(times, values, "auto", options, DetectionMode::kOnline);
  options.alert_on_missing = true;
  const auto asked = Detect(times, values, "auto", options, DetectionMode::kOnline);
  ASSERT_TRUE(ignored.ok() && asked.ok());
  EXPECT_EQ(ignored->is_anomaly[2550], 0);
  EXPECT_EQ(asked->is_anomaly[2550], 1);
  EXPECT_GE(asked->severity[2550], Severity::kLow);
  EXPECT_EQ(asked->is_anomaly[2600], ignored->is_anomaly[2600]);
  const auto found = std::find_if(asked->incidents.begin(), asked->incidents.end(),
                                  [](const Incident& one) { return one.type == AnomalyType::kMissingData; });
  ASSERT_NE(found, asked->incidents.end());
  EXPECT_EQ(found->evidence.since, 2500u);
  EXPECT_EQ(found->last, 2599u);
  EXPECT_EQ(found->evidence.missing_rows, 100u);
}

}  // namespace
}  // namespace bellwether
