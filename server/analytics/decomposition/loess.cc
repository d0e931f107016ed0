#include "server/analytics/decomposition/loess.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr double kAllOfIt = 0.001;  // of the half width: nearer values have full weight
constexpr double kNearlyNone = 0.999;
constexpr double kLeastSpread = 0.001;  // of the range: below it a line has no slope

double Tricube(double distance, double half_width) {
  if (distance <= kAllOfIt * half_width) {
    return 1;
  }
  if (distance > kNearlyNone * half_width) {
    return 0;
  }
  const double share = distance / half_width;
  const double rest = 1 - share * share * share;
  return rest * rest * rest;
}

/// The line through the neighbours [left, right] of place `at` (which may lie outside the values), at that place.
double LineAt(std::span<const double> values, std::span<const double> weights, double at, size_t left, size_t right,
              double half_width, std::vector<double>& own) {
  double total = 0;
  for (size_t j = left; j <= right; ++j) {
    own[j - left] = Tricube(std::abs(static_cast<double>(j) - at), half_width) * (weights.empty() ? 1 : weights[j]);
    total += own[j - left];
  }
  if (total <= 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  double mean = 0;
  for (size_t j = left; j <= right; ++j) {
    own[j - left] /= total;
    mean += own[j - left] * static_cast<double>(j);
  }
  double spread = 0;
  for (size_t j = left; j <= right; ++j) {
    const double distance = static_cast<double>(j) - mean;
    spread += own[j - left] * distance * distance;
  }
  const bool has_slope = std::sqrt(spread) > kLeastSpread * static_cast<double>(values.size() - 1);
  const double slope = has_slope ? (at - mean) / spread : 0;
  double sum = 0;
  for (size_t j = left; j <= right; ++j) {
    const double weight = own[j - left] * (1 + slope * (static_cast<double>(j) - mean));
    sum += own[j - left] > 0 ? weight * values[j] : 0;
  }
  return sum;
}

BELLWETHER_SIMD_CLONES
double Dot(const double* values, const double* kernel, size_t count) {
  double lanes[8] = {};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t k = 0; k < 8; ++k) {
      lanes[k] += values[i + k] * kernel[i + k];
    }
  }
  double sum = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
  for (; i < count; ++i) {
    sum += values[i] * kernel[i];
  }
  return sum;
}

/// The weights of a line in the middle of its neighbours, adding up to 1.
std::vector<double> MiddleKernel(size_t window) {
  std::vector<double> kernel(window);
  const auto half = static_cast<double>(window / 2);
  double total = 0;
  for (size_t j = 0; j < window; ++j) {
    kernel[j] = Tricube(std::abs(static_cast<double>(j) - half), half);
    total += kernel[j];
  }
  for (double& weight : kernel) {
    weight /= total;
  }
  return kernel;
}

}  // namespace

void SmoothLoess(std::span<const double> values, std::span<const double> weights, size_t window, size_t beyond,
                 std::span<double> smooth) {
  const size_t n = values.size();
  if (n == 0) {
    return;
  }
  const size_t half = window / 2;
  const size_t used = std::min(window, n);
  std::vector<double> own(used);
  const std::vector<double> kernel = weights.empty() && window <= n ? MiddleKernel(window) : std::vector<double>();
  for (size_t place = 0; place < n + 2 * beyond; ++place) {
    const double at = static_cast<double>(place) - static_cast<double>(beyond);
    const auto nearest = static_cast<size_t>(std::clamp(at, 0.0, static_cast<double>(n - 1)));
    const size_t left = std::min(nearest > half ? nearest - half : 0, n - used);
    const size_t right = left + used - 1;
    if (!kernel.empty() && place >= beyond && nearest >= half && nearest + half < n) {
      smooth[place] = Dot(values.data() + left, kernel.data(), window);
      continue;
    }
    double half_width = std::max(at - static_cast<double>(left), static_cast<double>(right) - at);
    if (window > n) {
      half_width += static_cast<double>((window - n) / 2);
    }
    smooth[place] = LineAt(values, weights, at, left, right, std::max(half_width, 1.0), own);
  }
}

}  // namespace bellwether
