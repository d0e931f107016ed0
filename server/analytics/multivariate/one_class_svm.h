#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/multivariate/feature_columns.h"
#include "server/analytics/multivariate/feature_scale.h"

namespace bellwether {

/// How a one-class support vector machine is trained.
struct OneClassSvmOptions {
  double nu = 0.05;  ///< the share of the history that may lie outside, above 0, to 1
  uint64_t seed = 1;
};

/// The frontier around where a history's rows lie densely. Schölkopf et al., "Estimating the support of a
/// high-dimensional distribution" (2001), with a Gaussian kernel, as a linear machine on random Fourier features:
/// Rahimi, Recht, "Random features for large-scale kernel machines" (2007). Cost of a row does not grow with the
/// history. The kernel is the mean of two: one in units of the features' own spreads, one after their correlations are
/// taken out, so that what contradicts a close relation is unlike the rest, however usual each number.
/// Immutable; safe to share between threads.
class OneClassSvm {
 public:
  /// Trains on at most 4,096 rows, evenly taken from the history. Deterministic. INVALID_ARGUMENT for no rows, no
  /// features or `nu` out of range.
  [[nodiscard]] static absl::StatusOr<OneClassSvm> Fit(const FeatureColumns& history,
                                                       const OneClassSvmOptions& options = {});

  /// How far outside the frontier each row lies: above 0 outside, below 0 inside, about -1 to 1 in size. NaN features
  /// count as their medians.
  void Score(const FeatureColumns& points, std::span<double> scores) const;

  /// The machine as a record with version and checksum.
  [[nodiscard]] std::string SaveState() const;

  /// A machine that scores bit for bit as the saved one. INVALID_ARGUMENT (downstream) for what is no whole record, or
  /// one whose numbers make no sense.
  [[nodiscard]] static absl::StatusOr<OneClassSvm> RestoreState(std::string_view record);

  /// Appends the machine to the saved state of a model that holds it.
  void Save(StateWriter& writer) const;
  /// Takes it from there; nothing where it makes no sense.
  [[nodiscard]] static std::optional<OneClassSvm> Restore(StateReader& reader);

  [[nodiscard]] size_t features() const { return scales_.size(); }
  [[nodiscard]] size_t StateBytes() const;

 private:
  OneClassSvm() = default;

  std::vector<FeatureScale> scales_;
  std::vector<float> frequencies_;  ///< of random feature d and feature f at f * kRandomFeatures + d, in turns
  std::vector<float> phases_;       ///< in turns
  std::vector<float> weights_;      ///< of each random feature
  double frontier_ = 0;             ///< the machine's offset
  double unit_ = 1;                 ///< what a score of 1 means: from the frontier to no likeness at all
};

}  // namespace bellwether
