// Extended isolation forest, one-class support vector machine and random-cut forest.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "server/analytics/multivariate/extended_forest.h"
#include "server/analytics/multivariate/one_class_svm.h"
#include "server/analytics/multivariate/random_cut_forest.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

/// Two features that go together: the second is ten times the first plus little noise.
std::vector<double> Band(size_t rows, uint64_t seed) {
  std::vector<double> values = Noise(rows, seed);
  const std::vector<double> noise = Noise(rows, seed + 1000);
  for (size_t i = 0; i < rows; ++i) {
    values.push_back(10 * values[i] + noise[i]);
  }
  return values;
}

template <typename Model>
std::vector<double> Scores(const Model& model, const FeatureColumns& points) {
  std::vector<double> scores(points.rows, std::nan(""));
  model.Score(points, scores);
  return scores;
}

TEST(ExtendedForestTest, SeesWhatIsUnusualOnlyTogether) {
  const std::vector<double> history = Band(2000, 1);
  const auto forest = ExtendedForest::Fit({history, 2000, 2});
  ASSERT_TRUE(forest.ok());
  // Both numbers are usual; only the second pair belongs together.
  const std::vector<double> points = {1.5, 1.5, -15, 15};
  const std::vector<double> scores = Scores(*forest, {points, 2, 2});
  EXPECT_GT(scores[0], scores[1] + 0.1);
  std::vector<double> usual = Scores(*forest, {history, 2000, 2});
  std::sort(usual.begin(), usual.end());
  EXPECT_GT(scores[0], usual[1900]);
}

TEST(ExtendedForestTest, IsDeterministicAndSurvivesHostileNumbers) {
  for (const std::vector<double>& series : HostileSeries()) {
    if (series.empty()) {
      EXPECT_FALSE(ExtendedForest::Fit({{}, 0, 2}).ok());
      continue;
    }
    std::vector<double> two = series;
    two.insert(two.end(), series.rbegin(), series.rend());
    const FeatureColumns points{two, series.size(), 2};
    const auto forest = ExtendedForest::Fit(points, {.trees = 8});
    ASSERT_TRUE(forest.ok());
    const std::vector<double> scores = Scores(*forest, points);
    for (const double score : scores) {
      EXPECT_TRUE(score > 0 && score <= 1) << score;
    }
    EXPECT_EQ(scores, Scores(*ExtendedForest::Fit(points, {.trees = 8}), points));
  }
}

TEST(OneClassSvmTest, LeavesTheWantedShareOutside) {
  for (const double nu : {0.02, 0.1, 0.3}) {
    const std::vector<double> history = Band(3000, 2);
    const auto machine = OneClassSvm::Fit({history, 3000, 2}, {.nu = nu});
    ASSERT_TRUE(machine.ok());
    const std::vector<double> fresh = Band(3000, 77);
    const std::vector<double> scores = Scores(*machine, {fresh, 3000, 2});
    const auto outside = std::count_if(scores.begin(), scores.end(), [](double score) { return score > 0; });
    EXPECT_NEAR(static_cast<double>(outside) / 3000, nu, 0.02 + nu / 4);
  }
}

TEST(OneClassSvmTest, GivesTheHighestScoresToWhatLiesFarOff) {
  const std::vector<double> history = Band(2000, 3);
  const auto machine = OneClassSvm::Fit({history, 2000, 2});
  ASSERT_TRUE(machine.ok());
  const std::vector<double> points = {0, 8, std::nan(""), 0, 80, std::nan("")};
  const std::vector<double> scores = Scores(*machine, {points, 3, 2});
  EXPECT_LT(scores[0], 0);
  EXPECT_GT(scores[1], 0.5);
  EXPECT_NEAR(scores[2], scores[0], 0.1);  // missing counts as the median, which is about 0
}

TEST(OneClassSvmTest, SurvivesHostileNumbersAndRefusesWhatItCannotDo) {
  for (const std::vector<double>& series : HostileSeries()) {
    if (series.empty()) {
      EXPECT_FALSE(OneClassSvm::Fit({{}, 0, 2}).ok());
      continue;
    }
    const FeatureColumns points{series, series.size(), 1};
    const auto machine = OneClassSvm::Fit(points);
    ASSERT_TRUE(machine.ok());
    for (const double score : Scores(*machine, points)) {
      EXPECT_TRUE(std::isfinite(score));
    }
  }
  const std::vector<double> one = {1};
  EXPECT_FALSE(OneClassSvm::Fit({one, 1, 1}, {.nu = 0}).ok());
  EXPECT_FALSE(OneClassSvm::Fit({one, 1, 1}, {.nu = 1.01}).ok());
  EXPECT_FALSE(OneClassSvm::Fit({one, 1, 1}, {.nu = std::nan("")}).ok());
}

TEST(RandomCutTreeTest, HoldsWhatWasAddedAndForgetsWhatWasTaken) {
  RandomStream random(3);
  RandomCutTree tree(3, 64);
  std::vector<size_t> leaves;
  for (int i = 0; i < 64; ++i) {
    const std::vector<float> row = {static_cast<float>(random.Below(4)), static_cast<float>(random.Normal()),
                                    i % 8 == 0 ? 0.0F : 1.0F};
    leaves.push_back(tree.Insert(row, random));
  }
  EXPECT_EQ(tree.size(), 64U);
  const size_t bytes = tree.StateBytes();
  for (int round = 0; round < 20; ++round) {
    for (size_t& leaf : leaves) {
      tree.Remove(leaf);
      const std::vector<float> row = {static_cast<float>(random.Below(4)), static_cast<float>(random.Below(3)), 2.0F};
      leaf = tree.Insert(row, random);
      ASSERT_EQ(tree.size(), 64U);
    }
  }
  EXPECT_LE(tree.StateBytes(), bytes + 1024);  // the list of free places alone may have grown
  for (const size_t leaf : leaves) {
    tree.Remove(leaf);
  }
  EXPECT_EQ(tree.size(), 0U);
}

TEST(RandomCutTreeTest, ScoresTwoRowsAsTheCutsSay) {
  // Rows 0 and 1. A row at 3: the first cut of [0, 3] sets it apart with chance 2/3 at depth 1; otherwise it goes to
  // the leaf 1 at depth 2, where it is always set apart. Times log2(3).
  RandomStream random(1);
  RandomCutTree tree(1, 4);
  (void)tree.Insert(std::vector<float>{0}, random);
  (void)tree.Insert(std::vector<float>{1}, random);
  std::vector<float> row(RandomCutTree::PaddedWidth(1));
  row[0] = 3;
  EXPECT_NEAR(RandomCutTree::MeanScore({&tree, 1}, row), (2.0 / 3 + 1.0 / 3 / 2) * std::log2(3), 1e-6);
}

TEST(RandomCutForestTest, SeesSpikesAndAcceptsANewNormal) {
  const std::vector<double> x = Noise(6000, 5);
  const std::vector<double> y = Noise(6000, 6);
  RandomCutForest forest({{0, 1}, {0, 1}}, {.memory = 1000});
  double usual = 0;
  double spike = 0;
  double first_shifted = 0;
  double last_shifted = 0;
  for (size_t i = 0; i < 6000; ++i) {
    const double shift = i >= 3000 ? 12 : 0;
    std::vector<double> row = {x[i] + shift, y[i]};
    if (i == 2000) {
      row[1] = 15;
    }
    const double score = forest.Observe(row);
    spike = i == 2000 ? score : spike;
    usual = i >= 1000 && i < 2000 ? std::max(usual, score) : usual;
    first_shifted = i == 3000 ? score : first_shifted;
    last_shifted = i >= 5900 ? std::max(last_shifted, score) : last_shifted;
  }
  EXPECT_GT(spike, 1.5 * usual);
  EXPECT_GT(first_shifted, 1.5 * usual);
  EXPECT_LT(last_shifted, 1.3 * usual);
}

TEST(RandomCutForestTest, SurvivesHostileNumbers) {
  for (const std::vector<double>& series : HostileSeries()) {
    RandomCutForest forest({MeasureScale(series), {0, 1}}, {.trees = 4, .sample_size = 32, .memory = 64});
    for (const double value : series) {
      const double score = forest.Observe(std::vector<double>{value, -value});
      EXPECT_TRUE(std::isfinite(score) && score >= 0) << score;
    }
  }
}

TEST(RandomCutForestTest, GoesOnBitForBitWhereItWasSaved) {
  const std::vector<double> x = Noise(3000, 15);
  const std::vector<double> y = Noise(3000, 16);
  RandomCutForest whole({{0, 1}, {0, 1}}, {.trees = 8, .sample_size = 64, .memory = 500});
  std::string record;
  for (size_t i = 0; i < 3000; ++i) {
    const std::vector<double> row = {std::round(4 * x[i]), y[i]};  // equal rows happen
    if (i == 1700) {
      record = whole.SaveState();
    }
    if (i < 1700) {
      static_cast<void>(whole.Observe(row));
    }
  }
  auto restored = RandomCutForest::RestoreState(record);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->SaveState(), record);
  for (size_t i = 1700; i < 3000; ++i) {
    const std::vector<double> row = {std::round(4 * x[i]), y[i]};
    ASSERT_EQ(restored->Observe(row), whole.Observe(row)) << i;
  }
}

}  // namespace
}  // namespace bellwether
