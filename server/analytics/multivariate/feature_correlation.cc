#include "server/analytics/multivariate/feature_correlation.h"

#include <algorithm>

#include "Eigen/Cholesky"
#include "Eigen/Core"

namespace bellwether {
namespace {

constexpr size_t kMaxRows = 8192;
constexpr double kCut = 4;
constexpr double kRidge = 1e-3;

}  // namespace

FeatureCorrelation::FeatureCorrelation(const FeatureColumns& history, std::span<const FeatureScale> scales)
    : features_(history.features), factor_(features_ * features_) {
  const auto size = static_cast<Eigen::Index>(features_);
  const size_t count = std::min(history.rows, kMaxRows);
  Eigen::MatrixXd moments = Eigen::MatrixXd::Zero(size, size);
  Eigen::VectorXd units(size);
  for (size_t i = 0; i < count; ++i) {
    for (size_t f = 0; f < features_; ++f) {
      units(static_cast<Eigen::Index>(f)) =
          static_cast<double>(UnitsOf(scales[f], history.Column(f)[i * history.rows / count], kCut));
    }
    moments.selfadjointView<Eigen::Lower>().rankUpdate(units);
  }
  moments /= static_cast<double>(std::max<size_t>(count, 1));
  moments.diagonal().array() += kRidge;
  const Eigen::MatrixXd factor = moments.llt().matrixL();  // reads the lower triangle alone
  for (size_t i = 0; i < features_; ++i) {
    for (size_t k = 0; k <= i; ++k) {
      factor_[i * features_ + k] = factor(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
    }
  }
}

void FeatureCorrelation::Turn(std::span<double> direction) const {
  // Solves factor^T x = direction from the last entry back.
  for (size_t i = features_; i-- > 0;) {
    for (size_t k = i + 1; k < features_; ++k) {
      direction[i] -= factor_[k * features_ + i] * direction[k];
    }
    direction[i] /= factor_[i * features_ + i];
  }
}

}  // namespace bellwether
