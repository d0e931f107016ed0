#include "server/analytics/changepoint/student_noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "server/analytics/changepoint/vector_sums.h"
#include "server/analytics/series/log_gamma.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr std::array<double, 3> kFreedoms = {4, 2.5, 8};
constexpr int kMostTurns = 15;
constexpr double kEnough = 1e-3;  // change of the scale in a turn

BELLWETHER_SIMD_CLONES
void NormalEquations(const double* weighted, const double* basis, const double* values, size_t columns, size_t column,
                     size_t n, double* matrix, double* right) {
  for (size_t j = 0; j <= column; ++j) {
    matrix[column * columns + j] = Dot(weighted, basis + j * n, n);
  }
  right[column] = Dot(weighted, values, n);
}

BELLWETHER_SIMD_CLONES
void Multiply(const double* a, const double* b, size_t n, double* product) {
  for (size_t i = 0; i < n; ++i) {
    product[i] = a[i] * b[i];
  }
}

BELLWETHER_SIMD_CLONES
void Subtract(const double* column, double factor, size_t n, double* from) {
  for (size_t i = 0; i < n; ++i) {
    from[i] -= factor * column[i];
  }
}

/// Weights of the squares under Student's law.
BELLWETHER_SIMD_CLONES
void SetWeights(const double* rest, size_t n, double freedom, double scale, double* weights) {
  for (size_t i = 0; i < n; ++i) {
    weights[i] = (freedom + 1) / (freedom + rest[i] * rest[i] / scale);
  }
}

/// Solves the symmetric system in place by Cholesky's factors.
void Solve(std::vector<double>& matrix, std::vector<double>& right, size_t d) {
  for (size_t i = 0; i < d; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double sum = matrix[i * d + j];
      for (size_t k = 0; k < j; ++k) {
        sum -= matrix[i * d + k] * matrix[j * d + k];
      }
      matrix[i * d + j] = i == j ? std::sqrt(std::max(sum, 1e-30)) : sum / matrix[j * d + j];
    }
    for (size_t k = 0; k < i; ++k) {
      right[i] -= matrix[i * d + k] * right[k];
    }
    right[i] /= matrix[i * d + i];
  }
  for (size_t i = d; i-- > 0;) {
    for (size_t k = i + 1; k < d; ++k) {
      right[i] -= matrix[k * d + i] * right[k];
    }
    right[i] /= matrix[i * d + i];
  }
}

}  // namespace

double Kurtosis(std::span<const double> values, size_t rows) {
  double second = 0;
  double fourth = 0;
  for (const double value : values) {
    second += value * value;
    fourth += value * value * value * value;
  }
  return second > 0 ? fourth * static_cast<double>(rows) / (second * second) : 0;
}

double StudentDeviance(std::span<const double> values, std::span<const double> basis, size_t columns, size_t rows,
                       double floor, std::vector<double>& weights) {
  const size_t n = values.size();
  const double count = static_cast<double>(rows);
  std::vector<double> weighted(n);
  std::vector<double> rest(n);
  std::vector<double> matrix(columns * columns);
  std::vector<double> right(columns);
  if (weights.size() != n) {
    weights.assign(n, 1.0);
  }
  double best = std::numeric_limits<double>::infinity();
  for (const double freedom : kFreedoms) {
    double scale = 0;
    for (int turn = 0; turn < kMostTurns; ++turn) {
      for (size_t k = 0; k < columns; ++k) {
        Multiply(weights.data(), basis.data() + k * n, n, weighted.data());
        NormalEquations(weighted.data(), basis.data(), values.data(), columns, k, n, matrix.data(), right.data());
      }
      Solve(matrix, right, columns);
      std::copy(values.begin(), values.end(), rest.begin());
      for (size_t k = 0; k < columns; ++k) {
        Subtract(basis.data() + k * n, right[k], n, rest.data());
      }
      Multiply(weights.data(), rest.data(), n, weighted.data());
      const double now = (Dot(weighted.data(), rest.data(), n) + floor) / count;
      SetWeights(rest.data(), n, freedom, now, weights.data());
      const bool settled = std::abs(now - scale) <= kEnough * now;
      scale = now;
      if (settled) {
        break;
      }
    }
    double deviance =
        count * (std::log(scale) - 1 - std::log(2 * std::numbers::pi) + std::log(freedom * std::numbers::pi) +
                 2 * (LogGamma(0.5 * freedom) - LogGamma(0.5 * (freedom + 1))));
    // In products of a few, which spares logarithms.
    double product = 1;
    for (size_t t = 0; t < n; ++t) {
      product *= 1 + rest[t] * rest[t] / (freedom * scale);
      if (product > 1e100) {
        deviance += (freedom + 1) * std::log(product);
        product = 1;
      }
    }
    deviance += (freedom + 1) * std::log(product);
    const bool better = deviance < best;
    best = std::min(best, deviance);
    if (better && freedom < kFreedoms[0]) {
      break;  // lighter tails were left behind
    }
  }
  return best;
}

}  // namespace bellwether
