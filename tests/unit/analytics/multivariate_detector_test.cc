#include "server/analytics/multivariate/multivariate_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "server/analytics/multivariate/random_stream.h"
#include "server/analytics/multivariate/score_calibration.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

/// Four features of a host under a common load with a daily wave.
std::vector<double> Host(size_t rows, uint64_t seed) {
  RandomStream random(seed);
  std::vector<double> values(4 * rows);
  for (size_t i = 0; i < rows; ++i) {
    const double load = 40 + 15 * Sine(i, 288) + 3 * random.Normal();
    values[i] = load + random.Normal();                             // cpu
    values[rows + i] = 2e9 + 1e7 * random.Normal();                 // memory
    values[2 * rows + i] = 10 * load + 15 * random.Normal();        // requests
    values[3 * rows + i] = 0.05 * std::exp(0.1 * random.Normal());  // latency
  }
  return values;
}

MultivariateDetector MustFit(const FeatureColumns& history, const MultivariateOptions& options = {}) {
  auto detector = MultivariateDetector::Fit(history, options);
  EXPECT_TRUE(detector.ok()) << detector.status();
  return *std::move(detector);
}

TEST(ScoreCalibrationTest, CountsTheBulkAndExtendsTheTail) {
  RandomStream random(1);
  std::vector<double> scores(20'000);
  for (double& score : scores) {
    score = -std::log(1 - random.Uniform());  // exponential: the chance of at least s is exp(-s)
  }
  const ScoreCalibration calibration(scores);
  for (const double score : {0.2, 1.0, 2.5, 5.0, 9.0, 14.0}) {
    EXPECT_NEAR(calibration.SurpriseOf(score) / (score / std::log(10)), 1, 0.06) << score;
  }
  EXPECT_EQ(calibration.ChanceOf(std::nan("")), 1);
  EXPECT_EQ(calibration.ChanceOf(1e308), ScoreCalibration::kLeastChance);
}

TEST(ScoreCalibrationTest, IsNotBlindedByAnomaliesInTheHistory) {
  RandomStream random(2);
  std::vector<double> scores(10'000);
  for (double& score : scores) {
    score = -std::log(1 - random.Uniform());
  }
  const double clean = ScoreCalibration(scores).SurpriseOf(12);
  for (size_t i = 0; i < 100; ++i) {
    scores[i] = 50;
  }
  EXPECT_GT(ScoreCalibration(scores).SurpriseOf(12), 0.5 * clean);
}

TEST(ScoreCalibrationTest, FallsWithTheScoreAndTakesAnyHistory) {
  for (const std::vector<double>& history : HostileSeries()) {
    const ScoreCalibration calibration(history);
    double before = 1;
    for (const double score : {-HUGE_VAL, -1e308, -1.0, 0.0, 1e-300, 2.0, 3.0, 1e200, HUGE_VAL}) {
      const double chance = calibration.ChanceOf(score);
      EXPECT_TRUE(chance > 0 && chance <= before) << chance << " after " << before;
      before = chance;
    }
  }
}

TEST(MultivariateDetectorTest, FindsTheRowAndTheFeatureThatBroke) {
  const size_t rows = 4000;
  std::vector<double> values = Host(rows, 1);
  values[3 * rows + 3500] = 0.5;  // ten times the latency
  const FeatureColumns points{values, rows, 4};
  const MultivariateDetector detector = MustFit(points, {.step_ns = kFiveMinutesNs});
  const MultivariateVerdicts verdicts = detector.Judge(points);
  EXPECT_EQ(std::max_element(verdicts.score.begin(), verdicts.score.end()) - verdicts.score.begin(), 3500);
  EXPECT_EQ(verdicts.is_anomaly[3500], 1);
  EXPECT_GT(verdicts.score[3500], 0.5);
  std::vector<double> row;
  for (size_t f = 0; f < 4; ++f) {
    row.push_back(values[f * rows + 3500]);
  }
  const std::vector<FeatureContribution> contributions = detector.Explain(row);
  ASSERT_EQ(contributions.size(), 4U);
  EXPECT_EQ(contributions[0].feature, 3U);
  EXPECT_GT(contributions[0].share, 0.7);
  EXPECT_GT(contributions[0].units, 20);
  double total = 0;
  for (const FeatureContribution& one : contributions) {
    total += one.share;
  }
  EXPECT_NEAR(total, 1, 1e-9);
}

TEST(MultivariateDetectorTest, FindsWhatIsUnusualOnlyTogether) {
  const size_t rows = 4000;
  std::vector<double> values = Host(rows, 2);
  // Many requests at little CPU: each is usual at some time of the day.
  values[3000] = 26;
  values[2 * rows + 3000] = 550;
  const FeatureColumns points{values, rows, 4};
  const MultivariateVerdicts verdicts = MustFit(points, {.step_ns = kFiveMinutesNs}).Judge(points);
  std::vector<double> sorted = verdicts.p_value;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_LE(verdicts.p_value[3000], sorted[80]);  // within the 2 % most unusual
}

TEST(MultivariateDetectorTest, KeepsAboutItsBudgetOnFreshRows) {
  const size_t rows = 8 * 2016;
  const std::vector<double> history = Host(rows, 3);
  const std::vector<double> fresh = Host(rows, 4);
  for (const double budget : {7.0, 50.0}) {
    const MultivariateDetector detector =
        MustFit({history, rows, 4}, {.false_alarms_per_week = budget, .step_ns = kFiveMinutesNs});
    const MultivariateVerdicts verdicts = detector.Judge({fresh, rows, 4});
    const auto alarms = static_cast<double>(std::count(verdicts.is_anomaly.begin(), verdicts.is_anomaly.end(), 1));
    EXPECT_GE(alarms / 8, 0.4 * budget);
    EXPECT_LE(alarms / 8, 1.8 * budget);
  }
}

class EveryMember : public testing::TestWithParam<MultivariateMember> {};
INSTANTIATE_TEST_SUITE_P(All, EveryMember,
                         testing::Values(MultivariateMember::kIsolationForest, MultivariateMember::kExtendedForest,
                                         MultivariateMember::kOneClassSvm, MultivariateMember::kRandomCutForest));

TEST_P(EveryMember, FindsASpikeByItself) {
  const size_t rows = 3000;
  std::vector<double> values = Host(rows, 5);
  values[2000] = 160;
  values[3 * rows + 2000] = 0.3;
  const FeatureColumns points{values, rows, 4};
  const MultivariateVerdicts verdicts = MustFit(points, {.step_ns = kFiveMinutesNs, .only = GetParam()}).Judge(points);
  EXPECT_LE(verdicts.p_value[2000], 0.005) << MultivariateMemberName(GetParam());
}

TEST(MultivariateDetectorTest, GivesTheSameVerdictsForTheSameSeed) {
  const std::vector<double> values = Host(600, 6);
  const FeatureColumns points{values, 600, 4};
  EXPECT_EQ(MustFit(points, {.seed = 4}).Judge(points).p_value, MustFit(points, {.seed = 4}).Judge(points).p_value);
}

TEST(MultivariateDetectorTest, TakesMissingFeaturesAndConstants) {
  const size_t rows = 500;
  std::vector<double> values = Host(rows, 7);
  for (size_t i = 0; i < rows; ++i) {
    values[rows + i] = std::nan("");
    values[2 * rows + i] = 3;
  }
  for (size_t f = 0; f < 4; ++f) {
    values[f * rows + 100] = std::nan("");
  }
  const FeatureColumns points{values, rows, 4};
  const MultivariateVerdicts verdicts = MustFit(points).Judge(points);
  EXPECT_EQ(verdicts.is_anomaly[100], 0);
  EXPECT_EQ(verdicts.p_value[100], 1);
  for (const double score : verdicts.score) {
    EXPECT_TRUE(score >= 0 && score <= 1);
  }
}

TEST(MultivariateDetectorTest, SurvivesHostileNumbers) {
  for (const std::vector<double>& series : HostileSeries()) {
    if (series.size() < MultivariateDetector::kLeastHistory) {
      EXPECT_FALSE(MultivariateDetector::Fit({series, series.size(), 1}).ok());
      continue;
    }
    std::vector<double> two = series;
    two.insert(two.end(), series.rbegin(), series.rend());
    const FeatureColumns points{two, series.size(), 2};
    const MultivariateDetector detector = MustFit(points, {.trees = 8});
    const MultivariateVerdicts verdicts = detector.Judge(points);
    for (size_t i = 0; i < series.size(); ++i) {
      ASSERT_TRUE(verdicts.score[i] >= 0 && verdicts.score[i] <= 1);
      ASSERT_TRUE(verdicts.p_value[i] > 0 && verdicts.p_value[i] <= 1);
    }
    for (const FeatureContribution& one : detector.Explain(std::vector<double>{two[1], HUGE_VAL})) {
      ASSERT_TRUE(one.share >= 0 && one.share <= 1 && std::isfinite(one.units));
    }
  }
}

}  // namespace
}  // namespace bellwether
