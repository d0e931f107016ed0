#include "server/analytics/forecast/running_ridge.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kLanes = 8;

using Lanes = double __attribute__((vector_size(kLanes * sizeof(double)), aligned(sizeof(double)), may_alias));

// References, not values: a vector by value would bind the calling convention to one instruction set.
inline __attribute__((always_inline)) const Lanes& At(const double* p) { return *reinterpret_cast<const Lanes*>(p); }
inline __attribute__((always_inline)) Lanes& At(double* p) { return *reinterpret_cast<Lanes*>(p); }

/// sums += the weighted products of four rows, two columns at a time, so that each load serves several products.
BELLWETHER_SIMD_CLONES
void AddFour(const double* rows, size_t width, const double* weights, size_t columns, double* sums) {
  const double* r0 = rows;
  const double* r1 = rows + width;
  const double* r2 = rows + 2 * width;
  const double* r3 = rows + 3 * width;
  for (size_t i = 0; i < columns; i += 2) {
    const double a0 = weights[0] * r0[i], a1 = weights[1] * r1[i], a2 = weights[2] * r2[i], a3 = weights[3] * r3[i];
    const double b0 = weights[0] * r0[i + 1], b1 = weights[1] * r1[i + 1];
    const double b2 = weights[2] * r2[i + 1], b3 = weights[3] * r3[i + 1];
    double* first = sums + i * width;
    double* second = first + width;
    for (size_t j = 0; j <= i + 1; j += kLanes) {
      const Lanes& x0 = At(r0 + j);
      const Lanes& x1 = At(r1 + j);
      const Lanes& x2 = At(r2 + j);
      const Lanes& x3 = At(r3 + j);
      At(first + j) += (a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3);
      At(second + j) += (b0 * x0 + b1 * x1) + (b2 * x2 + b3 * x3);
    }
  }
}

BELLWETHER_SIMD_CLONES
void RowProducts(const double* rows, size_t width, const double* coefficients, size_t count, double* products) {
  for (size_t i = 0; i < count; ++i) {
    const double* row = rows + i * width;
    Lanes sum = {};
    for (size_t j = 0; j < width; j += kLanes) {
      sum += At(row + j) * At(coefficients + j);
    }
    products[i] += ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
  }
}

/// Divides row `k` by the root of its pivot and leaves the inverse of that root on the diagonal, which is all that is
/// needed of it.
inline __attribute__((always_inline)) void ScaleRow(double* a, size_t width, size_t k, double floor) {
  double* row = a + k * width;
  const double inverse = 1 / std::sqrt(row[k] > floor ? row[k] : floor);
  for (size_t j = k / kLanes * kLanes; j < width; j += kLanes) {
    At(row + j) *= inverse;
  }
  row[k] = inverse;
}

/// Cholesky decomposition in place of the upper triangle of `size` rows, with column `size` (the right side) carried
/// along: afterwards it holds the solution of the transposed factor. Two pivots at a time; none falls below its floor.
BELLWETHER_SIMD_CLONES
void Decompose(double* a, size_t width, size_t size, const double* floors) {
  for (size_t k = 0; k < size; k += 2) {
    ScaleRow(a, width, k, floors[k]);
    const double* p = a + k * width;
    if (k + 1 == size) {
      break;
    }
    double* second = a + (k + 1) * width;
    const double f = p[k + 1];
    for (size_t j = (k + 1) / kLanes * kLanes; j < width; j += kLanes) {
      At(second + j) -= f * At(p + j);
    }
    ScaleRow(a, width, k + 1, floors[k + 1]);
    for (size_t i = k + 2; i < size; ++i) {
      double* row = a + i * width;
      const double g = p[i];
      const double h = second[i];
      for (size_t j = i / kLanes * kLanes; j < width; j += kLanes) {
        At(row + j) -= g * At(p + j) + h * At(second + j);
      }
    }
  }
}

}  // namespace

void SolveSystem(PaddedRows& system, std::vector<double>& solution) {
  const size_t size = system.rows();
  solution.assign(size, 0.0);
  for (size_t i = 0; i < size; ++i) {
    solution[i] = 1e-13 * std::abs(system.row(i)[i]) + 1e-300;
  }
  Decompose(system.row(0), system.width(), size, solution.data());
  for (size_t i = size; i-- > 0;) {
    const double* row = system.row(i);
    double sum = row[size];
    for (size_t j = i + 1; j < size; ++j) {
      sum -= row[j] * solution[j];
    }
    solution[i] = sum * row[i];
  }
}

RunningRidge::RunningRidge(size_t slopes, size_t centred)
    : slopes_(slopes), centred_(centred), sums_((slopes + 3) / 2 * 2, slopes + 2), system_(slopes, slopes + 1) {}

void RunningRidge::Clear() { std::fill(sums_.row(0), sums_.row(0) + sums_.rows() * sums_.width(), 0.0); }

void RunningRidge::Fade(double factor) {
  double* values = sums_.row(0);
  for (size_t i = 0; i < sums_.rows() * sums_.width(); ++i) {
    values[i] *= factor;
  }
}

void RunningRidge::Add(const PaddedRows& rows, std::span<const double> weights, size_t count) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    AddFour(rows.row(i), rows.width(), weights.data() + i, columns(), sums_.row(0));
  }
  if (i < count) {
    PaddedRows rest(4, columns());
    double w[4] = {0, 0, 0, 0};
    for (size_t k = 0; i + k < count; ++k) {
      std::memcpy(rest.row(k), rows.row(i + k), rows.width() * sizeof(double));
      w[k] = weights[i + k];
    }
    AddFour(rest.row(0), rest.width(), w, columns(), sums_.row(0));
  }
}

bool RunningRidge::Solve(double mean, double ridge_centred, double ridge_other, std::vector<double>& slopes,
                         double& intercept) {
  const size_t d = slopes_;
  const size_t target = d;
  const size_t one = d + 1;
  const double total = Sum(one, one);
  intercept = 0;
  if (!(total > 0)) {
    return false;
  }
  const double* ones = sums_.row(one);
  const double* targets = sums_.row(target);
  for (size_t j = 0; j < d; ++j) {
    const double mj = j < centred_ ? mean : 0.0;
    double* system = system_.row(j);
    for (size_t i = j; i < d; ++i) {
      const double mi = i < centred_ ? mean : 0.0;
      system[i] = sums_.row(i)[j] - mi * ones[j] - mj * ones[i] + mi * mj * total;
    }
    system[d] = targets[j] - mj * ones[target] - mean * ones[j] + mj * mean * total;
    system[j] += (j < centred_ ? ridge_centred : ridge_other) * total;
  }
  SolveSystem(system_, slopes);
  intercept = ones[target] / total - mean;
  for (size_t i = 0; i < d; ++i) {
    intercept -= slopes[i] * (ones[i] / total - (i < centred_ ? mean : 0.0));
  }
  return std::isfinite(intercept);
}

void AddRowProducts(const PaddedRows& rows, size_t first, std::span<const double> coefficients,
                    std::span<double> products) {
  RowProducts(rows.row(first), rows.width(), coefficients.data(), products.size(), products.data());
}

}  // namespace bellwether
