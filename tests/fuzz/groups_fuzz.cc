// Arbitrary numbers through what looks at several series together: series unlike their peers, and the isolation forest
// on aligned features. Input: method, number of series, options, then values (rows of detector_rows.h without their
// times).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "server/analytics/multivariate/isolation_forest.h"
#include "server/analytics/multivariate/multivariate_detector.h"
#include "server/analytics/outliers/group_outliers.h"
#include "tests/fuzz/detector_rows.h"
#include "tests/fuzz/require.h"

namespace {

using bellwether::Require;

constexpr size_t kValuesMax = 3000;

void FuzzOutliers(const bellwether::SeriesMatrix& matrix, bellwether::FuzzBytes& bytes, uint8_t choice) {
  bellwether::GroupOutlierOptions options;
  options.method = choice % 2 == 0 ? bellwether::OutlierMethod::kMad : bellwether::OutlierMethod::kDbscan;
  if (choice >= 128) {
    options.tolerance = bytes.Take<double>();
    options.min_share = bytes.Take<double>();
    options.window = bytes.Take<uint16_t>();
  }
  const auto group = bellwether::FindGroupOutliers(matrix, options);
  if (!group.ok()) {
    return;
  }
  Require(group->median.size() == matrix.points && group->lower.size() == matrix.points);
  Require(group->upper.size() == matrix.points && group->spread.size() == matrix.points);
  Require(group->series.size() == matrix.series);
  for (size_t t = 0; t < matrix.points; ++t) {
    Require(std::isnan(group->median[t]) == std::isnan(group->lower[t]) &&
                std::isnan(group->median[t]) == std::isnan(group->upper[t]),
            "the band is known as a whole");
    Require(!(group->lower[t] > group->median[t]) && !(group->upper[t] < group->median[t]), "the band is in order");
    Require(!(group->spread[t] < 0));
  }
  for (size_t s = 0; s < matrix.series; ++s) {
    const bellwether::SeriesOutlierVerdict& verdict = group->series[s];
    Require(verdict.score >= 0 && verdict.score <= 1 && verdict.is_outlier == !verdict.stretches.empty());
    size_t next = 0;
    for (const bellwether::OutlierStretch& stretch : verdict.stretches) {
      Require(stretch.first >= next && stretch.first <= stretch.last && stretch.last < matrix.points);
      Require(std::isfinite(stretch.deviation) && std::abs(stretch.spreads) <= 1e6);
      next = stretch.last + 1;
    }
    for (const double share : bellwether::OutlierShares(matrix.Row(s), *group, options)) {
      Require(std::isnan(share) || (share >= 0 && share <= 1));
    }
  }
}

void FuzzForest(const bellwether::FeatureColumns& columns, uint8_t choice) {
  bellwether::IsolationForestOptions options;
  options.trees = 1 + choice % 16;
  options.sample_size = 2 + choice;
  options.seed = choice;
  const auto forest = bellwether::IsolationForest::Fit(columns, options);
  if (!forest.ok()) {
    return;
  }
  std::vector<double> scores(columns.rows);
  forest->Score(columns, scores);
  for (const double score : scores) {
    Require(score > 0 && score <= 1, "the forest's score must lie in (0, 1]");
  }
}

void FuzzEnsemble(const bellwether::FeatureColumns& columns, uint8_t choice) {
  bellwether::MultivariateOptions options;
  options.trees = 1 + choice % 16;
  options.seed = choice;
  if (choice % 8 < bellwether::kMultivariateMembers) {
    options.only = static_cast<bellwether::MultivariateMember>(choice % 8);
  }
  const auto detector = bellwether::MultivariateDetector::Fit(columns, options);
  if (!detector.ok()) {
    return;
  }
  const bellwether::MultivariateVerdicts verdicts = detector->Judge(columns);
  Require(verdicts.score.size() == columns.rows && verdicts.p_value.size() == columns.rows);
  Require(verdicts.is_anomaly.size() == columns.rows);
  for (size_t i = 0; i < columns.rows; ++i) {
    Require(verdicts.score[i] >= 0 && verdicts.score[i] <= 1 && verdicts.p_value[i] > 0 && verdicts.p_value[i] <= 1);
  }
  std::vector<double> row(columns.features);
  for (size_t f = 0; f < columns.features; ++f) {
    row[f] = columns.Column(f).back();
  }
  for (const bellwether::FeatureContribution& part : detector->Explain(row)) {
    Require(part.feature < columns.features && part.share >= 0 && part.share <= 1 && !std::isnan(part.units));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bellwether::FuzzBytes bytes(std::span(data, size));
  const auto choice = bytes.Take<uint8_t>();
  const size_t across = 1 + bytes.Take<uint8_t>() % 80;
  const std::vector<double> values = bellwether::TakeRows(bytes, kValuesMax).values;
  const size_t along = values.size() / across;
  const std::span<const double> whole = std::span(values).first(along * across);
  bellwether::FuzzBytes options(std::span(data, size).subspan(size / 2));
  FuzzOutliers({whole, across, along}, options, choice);
  FuzzForest({whole, along, across}, choice);
  if (choice % 4 == 0) {  // slow: on fewer rows
    const size_t rows = std::min<size_t>(along, 400 / across);
    FuzzEnsemble({whole.first(rows * across), rows, across}, choice / 4);
  }
  return 0;
}
