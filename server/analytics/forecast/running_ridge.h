#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Rows of numbers, each padded with zeros to a multiple of eight columns, so that kernels need no remainders.
class PaddedRows {
 public:
  explicit PaddedRows(size_t rows, size_t columns)
      : width_((columns + 7) / 8 * 8), rows_(rows), values_(rows * width_, 0.0) {}

  [[nodiscard]] size_t width() const { return width_; }
  [[nodiscard]] size_t rows() const { return rows_; }
  [[nodiscard]] double* row(size_t i) { return values_.data() + i * width_; }
  [[nodiscard]] const double* row(size_t i) const { return values_.data() + i * width_; }

 private:
  size_t width_;
  size_t rows_;
  std::vector<double> values_;
};

/// Solves the symmetric positive definite system whose upper triangle stands in the rows and whose right side is the
/// column after the last; destroys it.
void SolveSystem(PaddedRows& system, std::vector<double>& solution);

/// Weighted sums of products of the columns [slopes ... | target | 1] over rows that fade out exponentially, and ridge
/// regressions solved from them. The sums hold all that a fit needs, so that fits at many ends of one series cost one
/// pass over it.
class RunningRidge {
 public:
  /// `slopes` columns before the target. The first `centred` of them are measured from the mean given to Solve, as the
  /// target is.
  RunningRidge(size_t slopes, size_t centred);

  [[nodiscard]] size_t columns() const { return slopes_ + 2; }

  /// Multiplies all sums by `factor`.
  void Fade(double factor);

  /// Adds the first `count` rows with their weights. Rows hold columns() values and the padding of PaddedRows.
  void Add(const PaddedRows& rows, std::span<const double> weights, size_t count);

  /// The coefficients of the model through `mean` that minimises the weighted squares plus `ridge_centred` (or
  /// `ridge_other`) times the sum of weights times the squared coefficient; `intercept` is the weighted mean of what
  /// remains (Hoerl and Kennard 1970, "Ridge regression"). False where there is no weight at all.
  bool Solve(double mean, double ridge_centred, double ridge_other, std::vector<double>& slopes, double& intercept);

  void Clear();

 private:
  [[nodiscard]] double Sum(size_t i, size_t j) const { return i >= j ? sums_.row(i)[j] : sums_.row(j)[i]; }

  size_t slopes_;
  size_t centred_;
  PaddedRows sums_;    ///< lower triangle
  PaddedRows system_;  ///< upper triangle, the right side as the last column
};

/// Solves a small symmetric positive definite system given by its upper triangle; pivots that vanish are raised to a
/// trace of their diagonal.
template <class Matrix, class Right>
void SolveSymmetric(size_t size, const Matrix& matrix, const Right& right, std::vector<double>& solution) {
  PaddedRows system(size, size + 1);
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = i; j < size; ++j) {
      system.row(i)[j] = matrix(i, j);
    }
    system.row(i)[size] = right(i);
  }
  SolveSystem(system, solution);
}

/// products[i] = the product of row `first` + i with the coefficients, which are padded with zeros to the width of the
/// rows. Adds to what is there.
void AddRowProducts(const PaddedRows& rows, size_t first, std::span<const double> coefficients,
                    std::span<double> products);

}  // namespace bellwether
