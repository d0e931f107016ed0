#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "server/analytics/multivariate/forest_kernel.h"
#include "server/analytics/multivariate/isolation_forest.h"
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

/// Walks one tree of a quad with plain arithmetic.
uint32_t PlainLength(const TreeQuad& quad, size_t tree, const std::vector<uint8_t>& codes_of_row) {
  size_t place = 1;
  while (place < kTreePlaces) {
    size_t first = 1;
    while (2 * first <= place) {
      first *= 2;
    }
    const size_t packed = 4 * first + tree * first + (place - first);
    const size_t feature = quad.feature[packed] % 8 * 8 + quad.feature[packed] / 16;
    place = 2 * place + (codes_of_row[feature] >= quad.cut[packed] ? 1 : 0);
  }
  return quad.length[tree * kTreePlaces + place - kTreePlaces];
}

TEST(ForestKernelTest, CountsTheSameLengthsAsAPlainWalk) {
  for (const size_t features : {size_t{1}, size_t{2}, size_t{8}, size_t{9}, size_t{17}, size_t{33}, size_t{64}}) {
    SCOPED_TRACE(features);
    const size_t rows = 48;
    RandomStream random(features);
    std::vector<TreeQuad> quads(3);
    for (TreeQuad& quad : quads) {
      for (size_t i = 0; i < quad.cut.size(); ++i) {
        quad.cut[i] = static_cast<uint8_t>(random.Below(256));
        quad.feature[i] = FeatureByte(random.Below(features));
        quad.length[i] = static_cast<uint8_t>(random.Below(256));
      }
    }
    std::vector<uint8_t> codes(rows / kGroupRows * GroupBytes(features));
    std::vector<std::vector<uint8_t>> by_row(rows, std::vector<uint8_t>(features));
    for (size_t i = 0; i < rows; ++i) {
      for (size_t f = 0; f < features; ++f) {
        by_row[i][f] = static_cast<uint8_t>(random.Below(256));
        codes[i / kGroupRows * GroupBytes(features) + f * kGroupRows + i % kGroupRows] = by_row[i][f];
      }
    }
    for (const ForestKernel kernel : AvailableForestKernels()) {
      SCOPED_TRACE(static_cast<int>(kernel));
      std::vector<uint32_t> sums(rows, 5);
      AddPathLengths(quads, features, codes, sums, kernel);
      for (size_t i = 0; i < rows; ++i) {
        uint32_t want = 5;
        for (const TreeQuad& quad : quads) {
          for (size_t tree = 0; tree < 4; ++tree) {
            want += PlainLength(quad, tree, by_row[i]);
          }
        }
        ASSERT_EQ(sums[i], want) << "row " << i;
      }
    }
  }
}

TEST(ForestKernelTest, CodesByHowManyCutsAreAtMostTheNumber) {
  CutTree tree;
  tree.centre = 10;
  tree.inverse_scale = 0.5;
  std::vector<float> cuts(255);
  for (size_t i = 0; i < 255; ++i) {
    cuts[i] = static_cast<float>(i) - 100;
  }
  // In-order filling of the complete tree.
  size_t next = 0;
  const std::function<void(size_t)> fill = [&](size_t place) {
    if (place < kTreePlaces) {
      fill(2 * place);
      tree.cut[place] = cuts[next++];
      fill(2 * place + 1);
    }
  };
  fill(1);
  std::vector<double> values;
  std::vector<uint8_t> want;
  for (int i = -210; i < 330; ++i) {
    values.push_back(10 + i);
    want.push_back(static_cast<uint8_t>(
        std::count_if(cuts.begin(), cuts.end(), [&](float cut) { return cut <= static_cast<float>(i) * 0.5F; })));
  }
  for (const double special : {std::nan(""), HUGE_VAL, -HUGE_VAL, 1e308, -1e308}) {
    values.push_back(special);
  }
  want.insert(want.end(), {101, 255, 0, 255, 0});
  // The special ones also where whole groups are coded at once.
  values.insert(values.begin(), values.end() - 5, values.end());
  want.insert(want.begin(), want.end() - 5, want.end());
  for (const ForestKernel kernel : AvailableForestKernels()) {
    SCOPED_TRACE(static_cast<int>(kernel));
    std::vector<uint8_t> codes((values.size() + kGroupRows - 1) / kGroupRows * GroupBytes(1));
    EncodeFeature(tree, values, 0, GroupBytes(1), codes, kernel);
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(codes[i / kGroupRows * GroupBytes(1) + i % kGroupRows], want[i]) << values[i];
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
