#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/analysis_method.h"
#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/multivariate/extended_forest.h"
#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/feature_scale.h"
#include "server/analytics/multivariate/isolation_forest.h"
#include "server/analytics/multivariate/one_class_svm.h"
#include "server/analytics/multivariate/random_cut_forest.h"
#include "server/analytics/multivariate/score_calibration.h"

namespace bellwether {

/// The detectors that the ensemble is made of.
enum class MultivariateMember { kIsolationForest, kExtendedForest, kOneClassSvm, kRandomCutForest };
inline constexpr size_t kMultivariateMembers = 4;

/// "isolation-forest", "extended-isolation-forest", "one-class-svm", "random-cut-forest".
[[nodiscard]] std::string_view MultivariateMemberName(MultivariateMember member);

/// The ensemble and then each member, in the order of MultivariateMember.
[[nodiscard]] std::span<const AnalysisMethod> MultivariateMethods();

/// What the user asks.
struct MultivariateOptions {
  /// The promise: at most this many false alarms a week, on rows like the history's.
  double false_alarms_per_week = 1;
  int64_t step_ns = int64_t{60} * 1'000'000'000;  ///< between rows, above 0
  size_t trees = 100;                             ///< of each isolation forest, 1 to 1,000
  uint64_t seed = 1;
  std::optional<MultivariateMember> only = std::nullopt;  ///< this member alone instead of the ensemble
};

/// What one feature adds to an anomaly.
struct FeatureContribution {
  size_t feature = 0;
  double share = 0;  ///< of the anomaly, 0 to 1; all features together 1
  double units = 0;  ///< how far the feature is from its median, in its own spreads, with sign
};

/// Verdicts on rows, one entry a row.
struct MultivariateVerdicts {
  std::vector<double> score;    ///< 0 to 1: 1 / (1 + e^(3 - surprise)), the same meaning as of single series
  std::vector<double> p_value;  ///< the chance of a row at least as unusual on the history
  std::vector<uint8_t> is_anomaly;
};

/// Judges rows of aligned features by several detectors together. Each member's score becomes a surprise (-log10 of its
/// chance on the history), the two most surprised members are averaged (Aggarwal, Sathe, "Outlier Ensembles", 2017),
/// and that mean is calibrated on the history once more, which makes the p-value valid however much the members agree.
/// Immutable after Fit; deterministic.
class MultivariateDetector {
 public:
  /// Learns from the rows of `history`, ascending in time; members that are not asked for are not made.
  /// INVALID_ARGUMENT for fewer than kLeastHistory rows, no features, more than kMaxForestFeatures, or options out of
  /// range.
  [[nodiscard]] static absl::StatusOr<MultivariateDetector> Fit(const FeatureColumns& history,
                                                                const MultivariateOptions& options = {});

  /// Judges rows with the features of the history. A row without any number is no anomaly.
  [[nodiscard]] MultivariateVerdicts Judge(const FeatureColumns& points) const;

  /// What each feature adds to the surprise of one row, largest first: the mean of how much goes away when the feature
  /// alone is put at its median and of how much there is when all others are (the first and the last term of Shapley's
  /// value), so that of two features that would each suffice neither hides the other.
  [[nodiscard]] std::vector<FeatureContribution> Explain(std::span<const double> row) const;

  /// Rows below which nothing is learned.
  static constexpr size_t kLeastHistory = 30;

  /// Whatever the budget, a row is no anomaly above this chance.
  static constexpr double kMostAlarmChance = 0.05;

  /// All that was learned as a record with version and checksum.
  [[nodiscard]] std::string SaveState() const;

  /// A detector that judges bit for bit as the saved one. INVALID_ARGUMENT (downstream) for what is no whole record, or
  /// one whose numbers make no sense.
  [[nodiscard]] static absl::StatusOr<MultivariateDetector> RestoreState(std::string_view record);

  /// What SaveState wraps, and what RestoreState finds in there; nothing where it makes no sense.
  void Save(StateWriter& writer) const;
  [[nodiscard]] static std::optional<MultivariateDetector> Restore(StateReader& reader);

  [[nodiscard]] size_t features() const { return scales_.size(); }
  [[nodiscard]] size_t StateBytes() const;

 private:
  MultivariateDetector() = default;

  [[nodiscard]] absl::Status FitMembers(const FeatureColumns& history, const MultivariateOptions& options);
  [[nodiscard]] std::vector<double> MemberScores(MultivariateMember member, const FeatureColumns& points) const;
  [[nodiscard]] std::vector<double> Combine(const std::array<std::vector<double>, kMultivariateMembers>& scores,
                                            size_t rows) const;
  [[nodiscard]] std::vector<double> CombinedScores(const FeatureColumns& points) const;
  [[nodiscard]] bool Uses(MultivariateMember member) const { return !only_.has_value() || *only_ == member; }

  std::vector<FeatureScale> scales_;
  std::optional<MultivariateMember> only_;
  // Those that are used are there.
  std::optional<IsolationForest> plain_;
  std::optional<ExtendedForest> extended_;
  std::optional<OneClassSvm> machine_;
  std::optional<RandomCutForest> cuts_;  ///< as it stands at the end of the history
  std::array<std::optional<ScoreCalibration>, kMultivariateMembers> members_;
  std::optional<ScoreCalibration> combined_;  ///< always there
  double alarm_chance_ = 0;
};

}  // namespace bellwether
