#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/changepoint/mean_model.h"
#include "server/analytics/changepoint/noise_filter.h"

namespace bellwether {

/// Least squares of the innovations of a series about means of given shape. What any change added would gain is known
/// at every place at once, in O(n) for each coefficient fitted, since the inner product with the innovations of a step
/// or a bend is a sum of a sum. Not thread-safe.
class ChangeRegression {
 public:
  /// `values` (no NaN, at least 4) and `weights`, what each innovation is multiplied by (empty = 1), must outlive it.
  ChangeRegression(std::span<const double> values, std::span<const double> weights);

  /// Chooses the noise; comes before everything else.
  void SetNoise(const NoiseShape& shape);

  /// Fits a mean. O(n d^2) with d coefficients.
  void Fit(const MeanModel& model);

  /// Adds a change to the mean fitted last. O(n d).
  void Extend(const MeanChange& change);

  /// Fits the mean that Fit was called with last (and Extend since), without its change number `change`. O(n d), by
  /// rotating the change out of the basis (Golub and Van Loan, "Matrix Computations", updating of factorisations).
  void FitWithout(size_t change);

  /// The numbers of the mean that Fit was called with last, in the order of the model: of 1, t, t^2, t^3 with t = i / n
  /// - 1/2, then of each change its step and what its bend adds to the slope in n values. 0 for what cannot be told
  /// apart from the others, as the level of a random walk.
  [[nodiscard]] std::vector<double> Coefficients() const;

  /// Squares of the innovations about the mean fitted last.
  [[nodiscard]] double squares() const { return squares_; }

  /// Computes what each addition to the mean fitted last would take off the squares.
  void ComputeGains();
  /// By place; 0 at the first two, and where the addition is a combination of what is there.
  [[nodiscard]] std::span<const double> step_gains() const { return step_gain_; }
  [[nodiscard]] std::span<const double> bend_gains() const { return bend_gain_; }
  [[nodiscard]] std::span<const double> both_gains() const { return both_gain_; }

  /// Innovations of the series, and about the mean fitted last.
  [[nodiscard]] std::span<const double> innovations() const { return innovations_; }
  [[nodiscard]] std::span<const double> residuals() const { return residual_; }
  /// Orthonormal columns that span the innovations of the mean fitted last, one after the other.
  [[nodiscard]] std::span<const double> basis() const { return std::span(basis_).first(columns_ * n_); }
  [[nodiscard]] size_t columns() const { return columns_; }

 private:
  void AddColumn(std::span<double> column);
  void AddChange(const MeanChange& change);
  void AddResponse(std::span<const double> response, size_t place);

  void ApplyWeights(std::span<double> column) const;
  void ComputeNorms();
  std::span<const double> values_;
  std::span<const double> weights_;
  size_t n_;
  NoiseFilter filter_{NoiseShape{}};
  void KeepFit();
  void RotateOut(size_t column);

  /// What FitWithout starts from.
  struct KeptFit {
    std::vector<double> basis;
    std::vector<double> triangle;
    std::vector<double> along;
    std::vector<double> residual;
    double squares = 0;
    size_t columns = 0;
  };
  /// Which columns of the basis a change has.
  struct ChangeColumns {
    size_t first = 0;
    size_t count = 0;
  };

  std::vector<double> innovations_;
  std::vector<double> residual_;
  double squares_ = 0;
  KeptFit kept_;
  bool is_kept_ = false;
  std::vector<ChangeColumns> change_columns_;
  std::vector<double> powers_;         ///< innovations of 1, t, t^2, t^3
  std::vector<double> step_response_;  ///< innovations of a step, from its place on
  std::vector<double> bend_response_;
  std::vector<double> step_norm_;  ///< squares of the responses, by place
  std::vector<double> bend_norm_;
  std::vector<double> cross_norm_;
  std::vector<double> basis_;
  size_t columns_ = 0;
  std::vector<double> triangle_;    ///< each column of the basis as it was, in terms of those up to it
  std::vector<double> along_;       ///< the innovations in terms of the basis
  std::vector<bool> in_basis_;      ///< of each number of the model
  std::vector<double> step_taken_;  ///< of the norms, what the basis explains
  std::vector<double> bend_taken_;
  std::vector<double> cross_taken_;
  std::vector<double> step_gain_;
  std::vector<double> bend_gain_;
  std::vector<double> both_gain_;
  std::vector<double> scratch_;
};

}  // namespace bellwether
