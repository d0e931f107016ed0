// Saved states of the detectors of several features: arbitrary bytes are refused or make a model that answers soundly,
// and what a model saved judges bit for bit as the model itself. Input: one byte that chooses the model (its remainder
// by 5) and what is done with its state (the rest, by 3), number of features, then
//   0: a record as it is;
//   1: changes to a true state: places and bytes, in a record whose frame fits, then the rows it was learned from;
//   2: rows to learn from, and to judge by the model and by the restored one.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/analytics/multivariate/extended_forest.h"
#include "server/analytics/multivariate/isolation_forest.h"
#include "server/analytics/multivariate/multivariate_detector.h"
#include "server/analytics/multivariate/one_class_svm.h"
#include "server/analytics/multivariate/random_cut_forest.h"
#include "tests/fuzz/detector_rows.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/state_changes.h"

namespace {

using bellwether::FeatureColumns;
using bellwether::Require;

constexpr size_t kValuesMax = 400;

/// Rows that every model is asked about: usual, far, missing, out of range.
std::vector<double> ProbeRows(size_t features) {
  constexpr double kValues[] = {0, 1, -3.5, 1e6, -1e308, HUGE_VAL, -HUGE_VAL};
  std::vector<double> values;
  for (size_t f = 0; f < features; ++f) {
    values.insert(values.end(), std::begin(kValues), std::end(kValues));
    values.push_back(f % 2 == 0 ? std::nan("") : 2);
  }
  return values;
}

template <typename Model>
std::vector<double> ScoresOf(const Model& model, double least, double most) {
  const std::vector<double> values = ProbeRows(model.features());
  const FeatureColumns points{values, values.size() / model.features(), model.features()};
  std::vector<double> scores(points.rows);
  model.Score(points, scores);
  for (const double score : scores) {
    Require(score >= least && score <= most, "a score lies in its range");
  }
  return scores;
}

std::vector<double> Answers(const bellwether::IsolationForest& forest) { return ScoresOf(forest, 0, 1); }
std::vector<double> Answers(const bellwether::ExtendedForest& forest) { return ScoresOf(forest, 0, 1); }
std::vector<double> Answers(const bellwether::OneClassSvm& machine) { return ScoresOf(machine, -1e30, 1e30); }

std::vector<double> Answers(const bellwether::RandomCutForest& forest) {
  bellwether::RandomCutForest moving = forest;
  const std::vector<double> values = ProbeRows(forest.features());
  const size_t rows = values.size() / forest.features();
  std::vector<double> row(forest.features());
  std::vector<double> scores;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t f = 0; f < row.size(); ++f) {
      row[f] = values[f * rows + i];
    }
    scores.push_back(moving.Observe(row));
    Require(std::isfinite(scores.back()) && scores.back() >= 0);
  }
  Require(bellwether::RandomCutForest::RestoreState(moving.SaveState()).ok(), "what was saved can be restored");
  return scores;
}

std::vector<double> Answers(const bellwether::MultivariateDetector& detector) {
  const std::vector<double> values = ProbeRows(detector.features());
  const size_t rows = values.size() / detector.features();
  std::vector<double> answers = detector.Judge({values, rows, detector.features()}).p_value;
  for (const double chance : answers) {
    Require(chance > 0 && chance <= 1, "a chance lies in (0, 1]");
  }
  const std::vector<double> row(detector.features(), 1e6);
  for (const bellwether::FeatureContribution& part : detector.Explain(row)) {
    Require(part.feature < detector.features() && part.share >= 0 && part.share <= 1 && std::isfinite(part.units));
    answers.push_back(part.share);
  }
  return answers;
}

template <typename Model>
void RestoreAndAsk(const std::string& record) {
  const auto model = Model::RestoreState(record);
  if (!model.ok()) {
    Require(!model.status().message().empty());
    return;
  }
  Require(model->SaveState() == record, "what was restored is saved as it was");
  Answers(*model);
}

template <typename Model>
void Fuzz(std::string_view name, const absl::StatusOr<Model>& model, bellwether::FuzzBytes changes_from, int what) {
  if (!model.ok()) {
    return;
  }
  const std::string record = model->SaveState();
  if (what == 1) {
    const bellwether::StateChanges changes(changes_from, 4);
    std::string state = bellwether::StateOf(name, record);
    changes.Apply(state);
    RestoreAndAsk<Model>(bellwether::FramedState(name, record, state));
    return;
  }
  const auto restored = Model::RestoreState(record);
  Require(restored.ok(), "what a model saves can be restored");
  Require(restored->SaveState() == record && Answers(*model) == Answers(*restored),
          "a restored model answers bit for bit");
}

absl::StatusOr<bellwether::RandomCutForest> GrowCuts(const FeatureColumns& columns) {
  bellwether::RandomCutForest forest(bellwether::MeasureScales(columns), {.trees = 3, .sample_size = 16, .memory = 64});
  std::vector<double> row(columns.features);
  for (size_t i = 0; i < columns.rows; ++i) {
    for (size_t f = 0; f < columns.features; ++f) {
      row[f] = columns.Column(f)[i];
    }
    (void)forest.Observe(row);
  }
  return forest;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bellwether::FuzzBytes bytes(std::span(data, size));
  const auto choice = bytes.Take<uint8_t>();
  const int what = choice / 5 % 3;
  const size_t features = 1 + bytes.Take<uint8_t>() % 12;
  if (what == 0) {
    const std::string record(bytes.rest().begin(), bytes.rest().end());
    RestoreAndAsk<bellwether::IsolationForest>(record);
    RestoreAndAsk<bellwether::ExtendedForest>(record);
    RestoreAndAsk<bellwether::OneClassSvm>(record);
    RestoreAndAsk<bellwether::RandomCutForest>(record);
    RestoreAndAsk<bellwether::MultivariateDetector>(record);
    return 0;
  }
  const bellwether::FuzzBytes changes = bytes;
  for (int skipped = 0; what == 1 && skipped < 4 * 10; ++skipped) {
    (void)bytes.Take<uint8_t>();
  }
  const std::vector<double> values = bellwether::TakeRows(bytes, kValuesMax).values;
  const size_t rows = values.size() / features;
  const FeatureColumns columns{std::span(values).first(rows * features), rows, features};
  switch (choice % 5) {
    case 0:
      Fuzz("isolation-forest", bellwether::IsolationForest::Fit(columns, {.trees = 5}), changes, what);
      break;
    case 1:
      Fuzz("extended-isolation-forest", bellwether::ExtendedForest::Fit(columns, {.trees = 5}), changes, what);
      break;
    case 2:
      Fuzz("one-class-svm", bellwether::OneClassSvm::Fit(columns), changes, what);
      break;
    case 3:
      Fuzz("random-cut-forest", GrowCuts(columns), changes, what);
      break;
    default: {
      bellwether::MultivariateOptions options{.trees = 5};
      if (choice / 15 < bellwether::kMultivariateMembers) {
        options.only = static_cast<bellwether::MultivariateMember>(choice / 15);
      }
      Fuzz("multivariate", bellwether::MultivariateDetector::Fit(columns, options), changes, what);
    }
  }
  return 0;
}
