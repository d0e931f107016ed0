// Saved states of the detectors of several features.

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/multivariate/extended_forest.h"
#include "server/analytics/multivariate/isolation_forest.h"
#include "server/analytics/multivariate/multivariate_detector.h"
#include "server/analytics/multivariate/one_class_svm.h"
#include "server/analytics/multivariate/random_cut_forest.h"
#include "server/analytics/multivariate/random_stream.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr size_t kRows = 400;
constexpr size_t kFeatures = 3;

/// Features that are related, in different units, with equal numbers and gaps.
std::vector<double> History() {
  std::vector<double> values = Noise(kRows, 41);
  const std::vector<double> other = Noise(kRows, 42, 0.9);
  for (size_t i = 0; i < kRows; ++i) {
    values.push_back(1e9 * values[i] + 1e8 * other[i]);
  }
  for (size_t i = 0; i < kRows; ++i) {
    values.push_back(i % 50 == 3 ? std::nan("") : std::round(other[i]));
  }
  return values;
}

/// Rows to judge, wild ones among them.
std::vector<double> Probes() {
  std::vector<double> values;
  for (size_t f = 0; f < kFeatures; ++f) {
    values.insert(values.end(), {0, 1, -2, 40, 1e12, -1e308, HUGE_VAL, f == 1 ? 5.0 : std::nan("")});
  }
  return values;
}

template <typename Model>
std::vector<double> Answers(const Model& model) {
  const std::vector<double> probes = Probes();
  std::vector<double> scores(probes.size() / kFeatures);
  model.Score({probes, scores.size(), kFeatures}, scores);
  return scores;
}
template <>
std::vector<double> Answers(const MultivariateDetector& detector) {
  const std::vector<double> probes = Probes();
  std::vector<double> answers = detector.Judge({probes, probes.size() / kFeatures, kFeatures}).p_value;
  for (const FeatureContribution& one : detector.Explain(std::vector<double>{9, 1e9, 3})) {
    answers.push_back(one.share);
  }
  return answers;
}
template <>
std::vector<double> Answers(const RandomCutForest& forest) {
  RandomCutForest moving = forest;
  std::vector<double> scores;
  for (size_t i = 0; i < 200; ++i) {
    scores.push_back(moving.Observe(std::vector<double>{Sine(i, 7), 1e9 * Sine(i, 11), std::round(Sine(i, 5))}));
  }
  return scores;
}

template <typename Model>
Model Learned();
template <>
IsolationForest Learned() {
  const std::vector<double> history = History();
  return *IsolationForest::Fit({history, kRows, kFeatures}, {.trees = 10});  // the last quad is half empty
}
template <>
ExtendedForest Learned() {
  const std::vector<double> history = History();
  return *ExtendedForest::Fit({history, kRows, kFeatures}, {.trees = 5});
}
template <>
OneClassSvm Learned() {
  const std::vector<double> history = History();
  return *OneClassSvm::Fit({history, kRows, kFeatures});
}
template <>
RandomCutForest Learned() {
  const std::vector<double> history = History();
  const FeatureColumns columns{history, kRows, kFeatures};
  RandomCutForest forest(MeasureScales(columns), {.trees = 3, .sample_size = 16, .memory = 64});
  for (size_t i = 0; i < kRows; ++i) {
    (void)forest.Observe(std::vector<double>{history[i], history[kRows + i], history[2 * kRows + i]});
  }
  return forest;
}
template <>
MultivariateDetector Learned() {
  const std::vector<double> history = History();
  return *MultivariateDetector::Fit({history, kRows, kFeatures}, {.trees = 6});
}

template <typename Model>
constexpr std::string_view kName = "";
template <>
constexpr std::string_view kName<IsolationForest> = "isolation-forest";
template <>
constexpr std::string_view kName<ExtendedForest> = "extended-isolation-forest";
template <>
constexpr std::string_view kName<OneClassSvm> = "one-class-svm";
template <>
constexpr std::string_view kName<RandomCutForest> = "random-cut-forest";
template <>
constexpr std::string_view kName<MultivariateDetector> = "multivariate";

template <typename Model>
class SavedModelTest : public testing::Test {};
using Models = testing::Types<IsolationForest, ExtendedForest, OneClassSvm, RandomCutForest, MultivariateDetector>;
TYPED_TEST_SUITE(SavedModelTest, Models);

TYPED_TEST(SavedModelTest, GoesOnBitForBit) {
  const TypeParam model = Learned<TypeParam>();
  const std::string record = model.SaveState();
  const auto restored = TypeParam::RestoreState(record);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->SaveState(), record);
  EXPECT_EQ(restored->features(), kFeatures);
  EXPECT_EQ(Answers(*restored), Answers(model));
}

TYPED_TEST(SavedModelTest, IsRefusedWhenDamagedCutOffOrOfAnotherVersion) {
  const std::string record = Learned<TypeParam>().SaveState();
  RandomStream random(5);
  const int rounds = record.size() < 100'000 ? 300 : 60;
  for (int round = 0; round < rounds; ++round) {
    std::string damaged = record;
    const size_t at = random.Below(record.size());
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.Below(8)));
    EXPECT_FALSE(TypeParam::RestoreState(damaged).ok()) << at;
    EXPECT_FALSE(TypeParam::RestoreState(record.substr(0, at)).ok()) << at;
  }
  const auto state = UnwrapState(kName<TypeParam>, 1, record);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_FALSE(TypeParam::RestoreState(WrapState(kName<TypeParam>, 2, *state)).ok());
  EXPECT_FALSE(TypeParam::RestoreState(WrapState("robust-seasonal", 1, *state)).ok());
  EXPECT_FALSE(TypeParam::RestoreState(WrapState(kName<TypeParam>, 1, std::string(*state) + '\0')).ok());
  EXPECT_FALSE(TypeParam::RestoreState("").ok());
}

TYPED_TEST(SavedModelTest, MadeUpNumbersAreRefusedOrAnswerSoundly) {
  const std::string record = Learned<TypeParam>().SaveState();
  const std::string_view state = *UnwrapState(kName<TypeParam>, 1, record);
  RandomStream random(6);
  size_t refused = 0;
  const int rounds = record.size() < 100'000 ? 400 : 80;
  for (int round = 0; round < rounds; ++round) {
    std::string made_up(state);
    // Half of the changes near the beginning, where the sizes stand.
    const size_t at = random.Below(round % 2 == 0 ? 64 : made_up.size());
    made_up[at] = static_cast<char>(random.Below(256));
    const std::string forged_record = WrapState(kName<TypeParam>, 1, made_up);
    const auto forged = TypeParam::RestoreState(forged_record);
    refused += forged.ok() ? 0 : 1;
    if (forged.ok() && forged->features() == kFeatures) {
      EXPECT_EQ(forged->SaveState(), forged_record) << at;
      for (const double answer : Answers(*forged)) {
        ASSERT_TRUE(std::isfinite(answer)) << at;
      }
    }
  }
  EXPECT_GT(refused, 10u);
}

TEST(MultivariateStateTest, AMemberAloneIsMadeAndKeptAlone) {
  const std::vector<double> history = History();
  const FeatureColumns columns{history, kRows, kFeatures};
  const size_t whole = MultivariateDetector::Fit(columns, {.trees = 6})->SaveState().size();
  for (size_t m = 0; m < kMultivariateMembers; ++m) {
    const auto member = static_cast<MultivariateMember>(m);
    SCOPED_TRACE(MultivariateMemberName(member));
    const auto detector = MultivariateDetector::Fit(columns, {.trees = 6, .only = member});
    ASSERT_TRUE(detector.ok());
    const std::string record = detector->SaveState();
    EXPECT_LT(record.size(), whole);
    const auto restored = MultivariateDetector::RestoreState(record);
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_EQ(restored->SaveState(), record);
    EXPECT_EQ(Answers(*restored), Answers(*detector));
  }
}

TEST(MultivariateStateTest, AMemberAloneKeepsTheOrderOfItsScores) {
  const std::vector<double> history = History();
  const FeatureColumns columns{history, kRows, kFeatures};
  const auto forest = IsolationForest::Fit(columns, {.trees = 6});
  const auto alone = MultivariateDetector::Fit(columns, {.trees = 6, .only = MultivariateMember::kIsolationForest});
  ASSERT_TRUE(forest.ok() && alone.ok());
  std::vector<double> scores(kRows);
  forest->Score(columns, scores);
  const std::vector<double> chances = alone->Judge(columns).p_value;
  for (size_t i = 1; i < kRows; ++i) {
    EXPECT_EQ(scores[i] >= scores[i - 1], chances[i] <= chances[i - 1]) << i;
  }
}

}  // namespace
}  // namespace bellwether
