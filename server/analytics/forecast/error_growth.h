#pragma once

#include <cstddef>
#include <vector>

#include "server/analytics/forecast/first_passage.h"
#include "server/analytics/forecast/past_errors.h"

namespace bellwether {

/// How the errors of one forecast grow out of what each step brings anew: the error of step h is
/// e(h) + c (e(h - 1) + f e(h - 2) + f² e(h - 3) + ...), as those of a forecaster are who knows the law of an ARMA(1,
/// 1) process (Box and Jenkins 1970, "Time series analysis: forecasting and control", chapter 5) or of anything
/// simpler: noise (c = 0), a walk (c = f = 1), a level that moves under noise (f = 1), an autoregression (c = f). There
/// is an innovation e for each row of the history that was tried, and only a few independent errors far ahead: growth
/// is known where the errors themselves are too few.
class ErrorGrowth {
 public:
  ErrorGrowth() = default;

  /// Averages over a grid of c and f by likelihood. O(errors). Unknown where there are none, or none but zeros.
  ErrorGrowth(const PastErrors& past, const std::vector<double>& weights);

  [[nodiscard]] bool is_known() const { return !scale_.empty(); }

  /// One a step: the deviation of the errors that follows.
  [[nodiscard]] const std::vector<double>& scale() const { return scale_; }

  /// One a step: how many independent errors that deviation is worth.
  [[nodiscard]] const std::vector<double>& independent() const { return independent_; }

  /// Rows of the history that the errors come from: as many innovations are independent.
  [[nodiscard]] double rows() const { return rows_; }

  /// Mean size of the innovations of the likeliest law, in units of their deviation: .798 for a normal law, less the
  /// heavier the tails.
  [[nodiscard]] double innovation_size() const { return innovation_size_; }

  /// What each step of these errors brought anew by the likeliest law, laid out as they are; NaN where that is unknown.
  [[nodiscard]] std::vector<double> Innovations(const PastErrors& past) const;

  /// The correlation of the error of step `h` (from 0) with that of the same forecast `lag` steps later, by the
  /// likeliest law.
  [[nodiscard]] double Correlation(size_t h, size_t lag) const;

  /// The correlation of the errors of step `h` of two forecasts made `lag` steps apart.
  [[nodiscard]] double OverlapCorrelation(size_t h, size_t lag) const;

  /// How the errors of `horizon` steps hang together by the likeliest law: an ARMA(1, 1) error with c up to f is an
  /// autoregression under noise. The defaults where nothing is known.
  [[nodiscard]] ErrorDependence Dependence(size_t horizon) const;

  /// The share of the innovations' excess kurtosis that is left in the errors of step `h`: sums are nearly normal.
  [[nodiscard]] double KurtosisLeft(size_t h) const;

 private:
  [[nodiscard]] double Covariance(size_t h, size_t lag) const;

  std::vector<double> scale_;
  std::vector<double> independent_;
  double rows_ = 0;
  double innovation_size_ = 0;
  double share_ = 0;   ///< c of the likeliest law
  double memory_ = 0;  ///< f of it
};

}  // namespace bellwether
