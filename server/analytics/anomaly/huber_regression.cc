#include "server/analytics/anomaly/huber_regression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

// Sanitizers start before the run-time choice between clones can work.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__SANITIZE_ADDRESS__)
#define BELLWETHER_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define BELLWETHER_VECTOR_CLONES
#endif

namespace bellwether {
namespace {

constexpr size_t kRounds = 4;
constexpr size_t kLanes = 8;  // sums that run side by side

struct Lanes {
  std::array<double, kLanes> cc{}, cx{}, xx{}, cy{}, xy{};
};

double Total(const std::array<double, kLanes>& lanes) {
  double sum = 0;
  for (const double lane : lanes) {
    sum += lane;
  }
  return sum;
}

BELLWETHER_VECTOR_CLONES
void AddWeighted(const double* y, const double* constant, const double* x, size_t n, double level, double slope,
                 Lanes& lanes) {
  Lanes sums;
  size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (size_t i = 0; i < kLanes; ++i) {
      const double e = std::abs(y[k + i] - level * constant[k + i] - slope * x[k + i]);
      const double w = kHuberEdge / (e > kHuberEdge ? e : kHuberEdge);
      const double wc = w * constant[k + i];
      const double wx = w * x[k + i];
      sums.cc[i] += wc * constant[k + i];
      sums.cx[i] += wc * x[k + i];
      sums.xx[i] += wx * x[k + i];
      sums.cy[i] += wc * y[k + i];
      sums.xy[i] += wx * y[k + i];
    }
  }
  for (; k < n; ++k) {
    const double e = std::abs(y[k] - level * constant[k] - slope * x[k]);
    const double w = kHuberEdge / (e > kHuberEdge ? e : kHuberEdge);
    sums.cc[0] += w * constant[k] * constant[k];
    sums.cx[0] += w * constant[k] * x[k];
    sums.xx[0] += w * x[k] * x[k];
    sums.cy[0] += w * constant[k] * y[k];
    sums.xy[0] += w * x[k] * y[k];
  }
  lanes = sums;
}

BELLWETHER_VECTOR_CLONES
double LossOf(const double* y, const double* constant, const double* x, size_t n, double level, double slope,
              double* left) {
  std::array<double, kLanes> sums{};
  size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (size_t i = 0; i < kLanes; ++i) {
      const double e = y[k + i] - level * constant[k + i] - slope * x[k + i];
      left[k + i] = e;
      const double a = std::abs(e);
      const double inner = a < kHuberEdge ? a : kHuberEdge;
      sums[i] += inner * (a - 0.5 * inner);
    }
  }
  for (; k < n; ++k) {
    left[k] = y[k] - level * constant[k] - slope * x[k];
    sums[0] += HuberLoss(left[k]);
  }
  return Total(sums);
}

}  // namespace

HuberLine FitHuberLine(std::span<const double> y, std::span<const double> constant, std::span<const double> x,
                       std::span<double> left) {
  constexpr double kTiny = 1e-9;
  HuberLine line;
  Lanes lanes;
  for (size_t round = 0; round < kRounds; ++round) {
    AddWeighted(y.data(), constant.data(), x.data(), y.size(), line.level, line.slope, lanes);
    const double cc = Total(lanes.cc) + kTiny;
    const double cx = Total(lanes.cx);
    const double xx = Total(lanes.xx) + kTiny;
    const double cy = Total(lanes.cy);
    const double xy = Total(lanes.xy);
    const double determinant = cc * xx - cx * cx;
    if (determinant > kTiny * cc * xx) {
      line.level = (cy * xx - xy * cx) / determinant;
      line.slope = (xy * cc - cy * cx) / determinant;
    } else {
      line.level = cy / cc;
      line.slope = 0;
    }
  }
  line.cost = LossOf(y.data(), constant.data(), x.data(), y.size(), line.level, line.slope, left.data());
  return line;
}

}  // namespace bellwether
