#include "server/analytics/series/autocorrelation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

/// Robust variance of the differences over `lag`.
double DifferenceVariance(std::span<const double> values, size_t lag) {
  std::vector<double> differences;
  differences.reserve(values.size());
  for (size_t i = lag; i < values.size(); ++i) {
    differences.push_back(values[i] - values[i - lag]);
  }
  const double scale = RobustScale(differences, Median(differences));
  return std::isnan(scale) ? 0.0 : scale * scale;
}

}  // namespace

Ar1Noise EstimateAr1Noise(std::span<const double> values) {
  Ar1Noise noise;
  const double one = DifferenceVariance(values, 1);
  if (one <= 0) {
    return noise;
  }
  // Var(z_t+1 - z_t) = 2 s^2 (1 - phi), Var(z_t+2 - z_t) = 2 s^2 (1 - phi^2): the ratio is 1 + phi.
  const double ratio = DifferenceVariance(values, 2) / one;
  noise.phi = std::clamp(ratio - 1, 0.0, 0.99);
  noise.long_run_variance = 0.5 * one * (1 + noise.phi) / ((1 - noise.phi) * (1 - noise.phi));
  return noise;
}

double Autocorrelation(std::span<const double> values, size_t lag) {
  const size_t n = values.size();
  if (n <= lag + 1) {
    return 0;
  }
  double mean = 0;
  for (const double value : values) {
    mean += value / static_cast<double>(n);
  }
  double product = 0;
  double power = 0;
  for (size_t i = 0; i < n; ++i) {
    power += (values[i] - mean) * (values[i] - mean);
    if (i >= lag) {
      product += (values[i] - mean) * (values[i - lag] - mean);
    }
  }
  return power > 0 ? product / power : 0;
}

}  // namespace bellwether
