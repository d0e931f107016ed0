#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "server/analytics/multivariate/isolation_forest.h"
#include "server/analytics/multivariate/packed_grove.h"
#include "server/analytics/multivariate/random_stream.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

/// Normal noise with the features' own units, 1, 10, 100 …
std::vector<double> Cloud(size_t rows, size_t features, uint64_t seed) {
  std::vector<double> values;
  double unit = 1;
  for (size_t f = 0; f < features; ++f, unit *= 10) {
    for (const double noise : Noise(rows, seed * 100 + f)) {
      values.push_back(unit * (5 + noise));
    }
  }
  return values;
}

IsolationForest MustFit(const FeatureColumns& history, const IsolationForestOptions& options = {}) {
  auto forest = IsolationForest::Fit(history, options);
  EXPECT_TRUE(forest.ok()) << forest.status();
  return *std::move(forest);
}

std::vector<double> Scores(const IsolationForest& forest, const FeatureColumns& points) {
  std::vector<double> scores(points.rows, -1);
  forest.Score(points, scores);
  return scores;
}

/// Walks the tree as it grew, with the doubles themselves.
double PlainLength(const GrownTree& tree, const FeatureColumns& points, size_t row) {
  size_t place = 1;
  while (place < kTreePlaces) {
    const int32_t feature = tree.feature[place];
    const bool right = feature >= 0 && points.Column(static_cast<size_t>(feature))[row] >= tree.threshold[place];
    place = 2 * place + static_cast<size_t>(right);
  }
  return tree.length[place - kTreePlaces];
}

TEST(PackedGroveTest, CountsTheSameLengthsAsThePlainTrees) {
  for (const size_t features :
       {size_t{1}, size_t{2}, size_t{5}, size_t{8}, size_t{13}, size_t{32}, size_t{33}, size_t{700}}) {
    SCOPED_TRACE(features);
    const size_t rows = 333;
    const std::vector<double> values = Noise(rows * features, features);
    const FeatureColumns points{values, rows, features};
    RandomStream random(features);
    std::vector<GrownTree> trees(features == 1 ? 1 : kGroveTrees);
    for (GrownTree& tree : trees) {
      for (size_t place = 1; place < kTreePlaces; ++place) {
        const bool ends = place > 1 && (tree.feature[place / 2] < 0 || random.Below(12) == 0);
        // Thresholds often equal to a value: the comparison must be exact.
        const size_t feature = random.Below(features);
        tree.feature[place] = ends ? -1 : static_cast<int32_t>(feature);
        tree.threshold[place] = points.Column(feature)[random.Below(rows)];
      }
      for (size_t leaf = 0; leaf < kTreePlaces; ++leaf) {
        size_t place = kTreePlaces + leaf;
        while (place > 1 && tree.feature[place / 2] < 0) {
          place /= 2;
        }
        tree.length[leaf] = static_cast<float>(place % 37) / 2;
      }
    }
    const PackedGrove grove(trees, features);
    std::vector<uint32_t> sums(rows, 0);
    grove.AddPathLengths(points, std::vector<double>(features, 0.0), sums);
    for (size_t i = 0; i < rows; ++i) {
      double want = 0;
      for (const GrownTree& tree : trees) {
        want += PlainLength(tree, points, i);
      }
      ASSERT_DOUBLE_EQ(sums[i] * PackedGrove::kLengthUnit, want) << "row " << i;
    }
  }
}

TEST(IsolationForestTest, RanksWhatLiesApartFirst) {
  std::vector<double> values = Cloud(2000, 4, 1);
  for (size_t f = 0; f < 4; ++f) {
    values[f * 2000 + 77] *= f % 2 == 0 ? 3 : -2;
  }
  const FeatureColumns points{values, 2000, 4};
  const std::vector<double> scores = Scores(MustFit(points), points);
  EXPECT_EQ(std::max_element(scores.begin(), scores.end()) - scores.begin(), 77);
  EXPECT_GT(scores[77], 0.7);
  std::vector<double> sorted = scores;
  std::nth_element(sorted.begin(), sorted.begin() + 1000, sorted.end());
  EXPECT_NEAR(sorted[1000], 0.45, 0.05);
}

TEST(IsolationForestTest, ScoresTwoRowsAsTheFormulaSays) {
  // Each tree has one split and two leaves of length 1; c(2) = 1, so the score is 2^-1.
  const std::vector<double> values = {0, 1};
  const FeatureColumns points{values, 2, 1};
  for (const double score : Scores(MustFit(points), points)) {
    EXPECT_DOUBLE_EQ(score, 0.5);
  }
}

TEST(IsolationForestTest, GivesTheSameScoresForTheSameSeedOnly) {
  const std::vector<double> values = Cloud(500, 3, 2);
  const FeatureColumns points{values, 500, 3};
  EXPECT_EQ(Scores(MustFit(points, {.seed = 9}), points), Scores(MustFit(points, {.seed = 9}), points));
  EXPECT_NE(Scores(MustFit(points, {.seed = 9}), points), Scores(MustFit(points, {.seed = 10}), points));
}

TEST(IsolationForestTest, DoesNotDependOnTheUnitsOfTheFeatures) {
  std::vector<double> values = Cloud(600, 3, 3);
  const std::vector<double> scores = Scores(MustFit({values, 600, 3}), {values, 600, 3});
  for (size_t i = 0; i < 600; ++i) {
    values[600 + i] *= 1024;  // exact, so that every comparison stays the same
  }
  EXPECT_EQ(Scores(MustFit({values, 600, 3}), {values, 600, 3}), scores);
}

TEST(IsolationForestTest, ScoresOneRowAsItScoresMany) {
  const std::vector<double> values = Cloud(700, 5, 4);
  const FeatureColumns points{values, 700, 5};
  const IsolationForest forest = MustFit(points, {.trees = 250});
  const std::vector<double> scores = Scores(forest, points);
  for (size_t i = 0; i < 700; i += 51) {
    std::vector<double> row;
    for (size_t f = 0; f < 5; ++f) {
      row.push_back(points.Column(f)[i]);
    }
    EXPECT_EQ(Scores(forest, {row, 1, 5})[0], scores[i]);
  }
}

TEST(IsolationForestTest, TakesAMissingNumberAsTheMedian) {
  std::vector<double> values = Cloud(301, 2, 5);
  const IsolationForest forest = MustFit({values, 301, 2});
  std::vector<double> sorted(values.begin(), values.begin() + 301);
  std::sort(sorted.begin(), sorted.end());
  const std::vector<double> missing = {std::nan(""), 50};
  const std::vector<double> median = {sorted[150], 50};
  EXPECT_EQ(Scores(forest, {missing, 1, 2}), Scores(forest, {median, 1, 2}));
}

TEST(IsolationForestTest, SurvivesHostileNumbers) {
  for (const std::vector<double>& series : HostileSeries()) {
    if (series.empty()) {
      continue;
    }
    std::vector<double> two = series;
    two.insert(two.end(), series.rbegin(), series.rend());
    const FeatureColumns points{two, series.size(), 2};
    for (const double score : Scores(MustFit(points, {.trees = 20}), points)) {
      EXPECT_TRUE(score > 0 && score <= 1) << score;
    }
  }
}

TEST(IsolationForestTest, RefusesWhatItCannotDo) {
  const std::vector<double> values(3000, 1);
  EXPECT_FALSE(IsolationForest::Fit({{}, 0, 3}).ok());
  EXPECT_FALSE(IsolationForest::Fit({{}, 3, 0}).ok());
  EXPECT_FALSE(IsolationForest::Fit({values, 1, 3000}).ok());
  EXPECT_FALSE(IsolationForest::Fit({values, 1000, 3}, {.trees = 0}).ok());
  EXPECT_FALSE(IsolationForest::Fit({values, 1000, 3}, {.trees = 1001}).ok());
  EXPECT_FALSE(IsolationForest::Fit({values, 1000, 3}, {.sample_size = 1}).ok());
  EXPECT_FALSE(IsolationForest::Fit({values, 1000, 3}, {.sample_size = 257}).ok());
}

}  // namespace
}  // namespace bellwether
