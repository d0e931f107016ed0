// What people said of stretches of time changes what a detector says and learns.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr size_t kDay = 288;  // five-minute rows
constexpr size_t kWeek = 7 * kDay;

FeedbackInterval Said(size_t from, size_t to, FeedbackLabel label) {
  return {kStartNs + static_cast<int64_t>(from) * kFiveMinutesNs, kStartNs + static_cast<int64_t>(to) * kFiveMinutesNs,
          label};
}

class FeedbackTest : public testing::TestWithParam<std::string> {
 protected:
  static Detection MustDetect(const std::vector<double>& values, std::vector<FeedbackInterval> feedback = {},
                              double budget = 1) {
    DetectorOptions options;
    options.false_alarms_per_week = budget;
    options.feedback = std::move(feedback);
    auto detection = Detect(Times(values.size(), kFiveMinutesNs), values, GetParam(), options, DetectionMode::kOnline);
    EXPECT_TRUE(detection.ok()) << detection.status();
    return *std::move(detection);
  }
};

INSTANTIATE_TEST_SUITE_P(Methods, FeedbackTest, testing::Values("robust-seasonal", "rolling-zscore"),
                         [](const auto& test) { return test.param == "robust-seasonal" ? "Seasonal" : "Zscore"; });

size_t AlarmsIn(const Detection& detection, size_t from, size_t to) {
  return static_cast<size_t>(std::count(detection.is_anomaly.begin() + static_cast<std::ptrdiff_t>(from),
                                        detection.is_anomaly.begin() + static_cast<std::ptrdiff_t>(to), 1));
}

// Noise that jumps by `jump` for rows [from, to).
std::vector<double> Jump(size_t rows, size_t from, size_t to, double jump, uint64_t seed) {
  std::vector<double> values = Noise(rows, seed);
  for (size_t i = from; i < to; ++i) {
    values[i] += jump;
  }
  return values;
}

TEST_P(FeedbackTest, ExpectedRaisesNoAlarmWhereOtherwiseThereIsOne) {
  const std::vector<double> values = Jump(3 * kWeek, 5000, 5020, 15, 1);
  EXPECT_GT(AlarmsIn(MustDetect(values), 5000, 5020), 0U);
  const Detection detection = MustDetect(values, {Said(5000, 5020, FeedbackLabel::kExpected)});
  EXPECT_EQ(AlarmsIn(detection, 5000, 5020), 0U);
  EXPECT_TRUE(std::none_of(detection.incidents.begin(), detection.incidents.end(),
                           [](const Incident& incident) { return incident.first >= 5000 && incident.first < 5020; }));
}

TEST_P(FeedbackTest, ExpectedIsLearnedAsNormal) {
  // A new level for good. Called expected for a day it raises no alarm, and none after that day either.
  const std::vector<double> values = Jump(4 * kWeek, 5000, 4 * kWeek, 12, 2);
  const Detection detection = MustDetect(values, {Said(5000, 5000 + 2 * kDay, FeedbackLabel::kExpected)}, 7.0 / 30);
  EXPECT_LE(AlarmsIn(detection, 5000, 4 * kWeek), 2U);
  EXPECT_GT(detection.expected[5000 + 2 * kDay], 9) << "most of the way";
}

TEST_P(FeedbackTest, IgnoredRowsAreAsGoodAsMissing) {
  const std::vector<double> values = Jump(3 * kWeek, 4000, 4300, 30, 3);
  std::vector<double> gap = values;
  std::fill(gap.begin() + 4000, gap.begin() + 4300, std::nan(""));
  const Detection ignored = MustDetect(values, {Said(4000, 4300, FeedbackLabel::kIgnore)});
  const Detection missing = MustDetect(gap);
  EXPECT_EQ(AlarmsIn(ignored, 4000, 4300), 0U);
  for (size_t i = 4300; i < values.size(); ++i) {
    ASSERT_EQ(ignored.is_anomaly[i], missing.is_anomaly[i]) << i;
    ASSERT_EQ(ignored.score[i], missing.score[i]) << i;
    ASSERT_EQ(ignored.expected[i], missing.expected[i]) << i;
  }
}

TEST_P(FeedbackTest, AKnownAnomalyNeverBecomesTheNewNormal) {
  // Four days of an outage: long enough to be taken for a new level where nobody says otherwise.
  const size_t from = 2 * kWeek;
  const size_t to = from + 4 * kDay;
  const std::vector<double> values = Jump(3 * kWeek, from, to, 10, 4);
  const Detection labelled = MustDetect(values, {Said(from, to, FeedbackLabel::kAnomaly)});
  EXPECT_GT(AlarmsIn(labelled, from, from + 10), 0U);
  EXPECT_NEAR(labelled.expected[to - 1], 0, 1);
  EXPECT_EQ(AlarmsIn(labelled, to, to + kDay), 0U) << "the return to normal is no anomaly";
  const Detection plain = MustDetect(values);
  EXPECT_GT(plain.expected[to - 1], 5);
}

TEST_P(FeedbackTest, KnownAnomaliesDoNotWidenTheBand) {
  // A bad hour a day for two weeks.
  std::vector<double> values = Noise(4 * kWeek, 5);
  std::vector<FeedbackInterval> feedback;
  for (size_t day = 8; day < 22; ++day) {
    const size_t from = day * kDay + 37 * (day % 5);
    feedback.push_back(Said(from, from + 12, FeedbackLabel::kAnomaly));
    for (size_t i = from; i < from + 12; ++i) {
      values[i] += (i % 2 == 0 ? 25 : -25);
    }
  }
  const auto width = [](const Detection& detection) {
    double sum = 0;
    for (size_t i = 22 * kDay; i < 23 * kDay; ++i) {
      sum += detection.upper[i] - detection.lower[i];
    }
    return sum / kDay;
  };
  const double labelled = width(MustDetect(values, feedback));
  EXPECT_NEAR(labelled, width(MustDetect(Noise(4 * kWeek, 5))), 0.5);
}

TEST_P(FeedbackTest, KnownAnomaliesAreNotPaidFromTheBudget) {
  // Six known anomalies a week, at a budget of one a week: what is left is judged as if they had not been.
  std::vector<double> values = Noise(8 * kWeek, 6);
  const std::vector<double> quiet = values;
  std::vector<FeedbackInterval> feedback;
  for (size_t k = 0; k < 24; ++k) {
    const size_t row = 2 * kWeek + k * kWeek / 6 + 11;
    values[row] += 30;
    feedback.push_back(Said(row, row + 1, FeedbackLabel::kAnomaly));
  }
  // Spikes that are worth an alarm, but not at any price.
  std::vector<size_t> probes;
  for (size_t k = 0; k < 12; ++k) {
    probes.push_back(6 * kWeek + 500 + k * 290);
  }
  std::vector<double> probed_quiet = quiet;
  for (const size_t row : probes) {
    values[row] = 5.2;
    probed_quiet[row] = 5.2;
  }
  const auto caught = [&](const Detection& detection) {
    return std::count_if(probes.begin(), probes.end(), [&](size_t row) { return detection.is_anomaly[row] != 0; });
  };
  const auto labelled = caught(MustDetect(values, feedback));
  EXPECT_GE(labelled + 1, caught(MustDetect(probed_quiet)));
  EXPECT_GE(labelled, caught(MustDetect(values)));
  EXPECT_GT(labelled, 0);
}

TEST_P(FeedbackTest, LabelsOutsideTheDataChangeNothing) {
  const std::vector<double> values = Jump(2 * kWeek, 3000, 3003, 15, 7);
  const Detection plain = MustDetect(values);
  const int64_t last = Times(values.size(), kFiveMinutesNs).back();
  for (const FeedbackLabel label : {FeedbackLabel::kExpected, FeedbackLabel::kAnomaly, FeedbackLabel::kIgnore}) {
    const Detection detection = MustDetect(
        values, {{INT64_MIN, kStartNs, label}, {kStartNs - 10, kStartNs, label}, {last + 1, INT64_MAX, label}});
    EXPECT_EQ(detection.is_anomaly, plain.is_anomaly);
    EXPECT_EQ(detection.score, plain.score);
  }
}

}  // namespace
}  // namespace bellwether
