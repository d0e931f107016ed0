#include "server/analytics/multivariate/multivariate_detector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kWeekNs = 7 * 86'400e9;
constexpr double kFarthest = 1e6;  // units in what people are told

bool HasNumber(const FeatureColumns& points, size_t row) {
  for (size_t f = 0; f < points.features; ++f) {
    if (!std::isnan(points.values[f * points.rows + row])) {
      return true;
    }
  }
  return false;
}

void CopyRow(const FeatureColumns& points, size_t row, std::span<double> to) {
  for (size_t f = 0; f < points.features; ++f) {
    to[f] = points.values[f * points.rows + row];
  }
}

/// Runs the stream over the history; the first rows, which are scored by next to nothing, are left out.
std::vector<double> LearnStream(const FeatureColumns& history, RandomCutForest& cuts) {
  const size_t cold = std::min<size_t>(256, history.rows / 4);
  std::vector<double> scores(history.rows, kNan);
  std::vector<double> row(history.features);
  for (size_t i = 0; i < history.rows; ++i) {
    CopyRow(history, i, row);
    const double score = cuts.Observe(row);
    scores[i] = i < cold ? kNan : score;
  }
  return scores;
}

absl::Status CheckFit(const FeatureColumns& history, const MultivariateOptions& options) {
  if (history.rows < MultivariateDetector::kLeastHistory) {
    return BadQueryError(Concat("The history has ", history.rows,
                                history.rows == 1 ? " row, and at least " : " rows, and at least ",
                                MultivariateDetector::kLeastHistory, " are needed. Choose a longer range."));
  }
  if (!(options.false_alarms_per_week > 0) || options.false_alarms_per_week > 1e6 || options.step_ns <= 0) {
    return BadQueryError("The false alarms per week must be above 0 and at most 1000000.");
  }
  return absl::OkStatus();
}

}  // namespace

std::span<const AnalysisMethod> MultivariateMethods() {
  static constexpr AnalysisMethod kMethods[] = {
      {.id = "ensemble",
       .name = "Ensemble",
       .assumptions = "Most of the history is ordinary operation; the two most surprised of the others decide.",
       .purpose = "Hosts and services with 2 to 64 metrics, whatever way they break."},
      {.id = "isolation-forest",
       .name = "Isolation forest",
       .assumptions = "Anomalies are few, and some metric or a few of them lie outside their usual ranges.",
       .purpose = "Metrics that leave their own ranges; units and outlying history do not matter."},
      {.id = "extended-isolation-forest",
       .name = "Extended isolation forest",
       .assumptions = "Anomalies are few, and some weighted sum of the metrics lies outside its usual range.",
       .purpose = "Metrics that move together and cease to, each within its range."},
      {.id = "one-class-svm",
       .name = "One-class support vector machine",
       .assumptions = "Ordinary moments fill one smooth region; about 5 % of the history may lie outside.",
       .purpose = "Close relations between few metrics."},
      {.id = "random-cut-forest",
       .name = "Random-cut forest",
       .assumptions = "Ordinary moments are like some of the last 4,096; what lasts becomes ordinary.",
       .purpose = "Operation that changes slowly."},
  };
  return kMethods;
}

std::string_view MultivariateMemberName(MultivariateMember member) {
  return MultivariateMethods()[1 + static_cast<size_t>(member)].id;
}

absl::StatusOr<MultivariateDetector> MultivariateDetector::Fit(const FeatureColumns& history,
                                                               const MultivariateOptions& options) {
  BELLWETHER_RETURN_IF_ERROR(CheckFit(history, options));
  MultivariateDetector detector;
  detector.only_ = options.only;
  detector.scales_ = MeasureScales(history);
  detector.alarm_chance_ =
      std::min(kMostAlarmChance, options.false_alarms_per_week * static_cast<double>(options.step_ns) / kWeekNs);
  BELLWETHER_RETURN_IF_ERROR(detector.FitMembers(history, options));
  std::array<std::vector<double>, kMultivariateMembers> scores;
  for (size_t m = 0; m < kMultivariateMembers; ++m) {
    const auto member = static_cast<MultivariateMember>(m);
    if (detector.Uses(member)) {
      scores[m] = member == MultivariateMember::kRandomCutForest ? LearnStream(history, *detector.cuts_)
                                                                 : detector.MemberScores(member, history);
      detector.members_[m].emplace(scores[m]);
    }
  }
  std::vector<double> combined = detector.Combine(scores, history.rows);
  for (size_t i = 0; i < history.rows; ++i) {
    combined[i] = HasNumber(history, i) ? combined[i] : kNan;
  }
  detector.combined_.emplace(combined);
  return detector;
}

absl::Status MultivariateDetector::FitMembers(const FeatureColumns& history, const MultivariateOptions& options) {
  const IsolationForestOptions forest_options{.trees = options.trees, .seed = options.seed};
  if (Uses(MultivariateMember::kIsolationForest)) {
    BELLWETHER_ASSIGN_OR_RETURN(plain_, IsolationForest::Fit(history, forest_options));
  }
  if (Uses(MultivariateMember::kExtendedForest)) {
    BELLWETHER_ASSIGN_OR_RETURN(extended_, ExtendedForest::Fit(history, forest_options));
  }
  if (Uses(MultivariateMember::kOneClassSvm)) {
    BELLWETHER_ASSIGN_OR_RETURN(machine_, OneClassSvm::Fit(history, {.seed = options.seed}));
  }
  if (Uses(MultivariateMember::kRandomCutForest)) {
    cuts_.emplace(scales_, RandomCutForestOptions{.seed = options.seed});
  }
  return absl::OkStatus();
}

std::vector<double> MultivariateDetector::MemberScores(MultivariateMember member, const FeatureColumns& points) const {
  std::vector<double> scores(points.rows);
  switch (member) {
    case MultivariateMember::kIsolationForest:
      plain_->Score(points, scores);
      break;
    case MultivariateMember::kExtendedForest:
      extended_->Score(points, scores);
      break;
    case MultivariateMember::kOneClassSvm:
      machine_->Score(points, scores);
      break;
    case MultivariateMember::kRandomCutForest: {
      std::vector<double> row(points.features);
      for (size_t i = 0; i < points.rows; ++i) {
        CopyRow(points, i, row);
        scores[i] = cuts_->Score(row);
      }
      break;
    }
  }
  return scores;
}

std::vector<double> MultivariateDetector::Combine(const std::array<std::vector<double>, kMultivariateMembers>& scores,
                                                  size_t rows) const {
  std::vector<double> combined(rows);
  for (size_t i = 0; i < rows; ++i) {
    double first = 0;
    double second = 0;
    size_t used = 0;
    for (size_t m = 0; m < kMultivariateMembers; ++m) {
      if (scores[m].empty()) {
        continue;
      }
      ++used;
      const double surprise = members_[m]->SurpriseOf(scores[m][i]);
      second = std::max(second, std::min(first, surprise));
      first = std::max(first, surprise);
    }
    combined[i] = used == 1 ? first : (first + second) / 2;
  }
  return combined;
}

std::vector<double> MultivariateDetector::CombinedScores(const FeatureColumns& points) const {
  std::array<std::vector<double>, kMultivariateMembers> scores;
  for (size_t m = 0; m < kMultivariateMembers; ++m) {
    const auto member = static_cast<MultivariateMember>(m);
    if (Uses(member)) {
      scores[m] = MemberScores(member, points);
    }
  }
  return Combine(scores, points.rows);
}

MultivariateVerdicts MultivariateDetector::Judge(const FeatureColumns& points) const {
  const std::vector<double> combined = CombinedScores(points);
  MultivariateVerdicts verdicts;
  for (size_t i = 0; i < points.rows; ++i) {
    const double chance = HasNumber(points, i) ? combined_->ChanceOf(combined[i]) : 1;
    verdicts.p_value.push_back(chance);
    verdicts.score.push_back(1 / (1 + std::exp(3 + std::log10(chance))));
    verdicts.is_anomaly.push_back(chance <= alarm_chance_ ? 1 : 0);
  }
  return verdicts;
}

std::vector<FeatureContribution> MultivariateDetector::Explain(std::span<const double> row) const {
  // The row itself, the row without one feature each, one feature alone each, and no feature at all. Missing means at
  // its median.
  const size_t features = scales_.size();
  const size_t rows = 2 * features + 2;
  std::vector<double> values(rows * features, kNan);
  for (size_t f = 0; f < features; ++f) {
    double* const column = values.data() + f * rows;
    std::fill_n(column, features + 1, row[f]);
    column[1 + f] = kNan;
    column[1 + features + f] = row[f];
  }
  const std::vector<double> surprise = CombinedScores({values, rows, features});
  std::vector<FeatureContribution> contributions(features);
  double total = 0;
  for (size_t f = 0; f < features; ++f) {
    const double units = static_cast<double>(UnitsOf(scales_[f], row[f], kFarthest));
    const double goes = std::max(0.0, surprise[0] - surprise[1 + f]);
    const double comes = std::max(0.0, surprise[1 + features + f] - surprise.back());
    contributions[f] = {f, (goes + comes) / 2, units};
    total += contributions[f].share;
  }
  if (total <= 0) {  // no feature explains it alone: by their distances
    for (FeatureContribution& one : contributions) {
      one.share = std::abs(one.units);
      total += one.share;
    }
  }
  for (FeatureContribution& one : contributions) {
    one.share = total > 0 ? one.share / total : 1 / static_cast<double>(features);
  }
  std::stable_sort(contributions.begin(), contributions.end(),
                   [](const FeatureContribution& a, const FeatureContribution& b) { return a.share > b.share; });
  return contributions;
}

size_t MultivariateDetector::StateBytes() const {
  size_t bytes = sizeof(*this) + scales_.capacity() * sizeof(FeatureScale);
  const auto add = [&bytes](const auto& member) {
    if (member.has_value()) {
      bytes += member->StateBytes() - sizeof(*member);
    }
  };
  add(plain_), add(extended_), add(machine_), add(cuts_);
  return bytes;
}

}  // namespace bellwether
