#include "server/analytics/forecast/conformal.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bellwether {
namespace {

constexpr double kOriginHalfLife = 24;
constexpr double kKernelWidth = 2;  // horizons over which a scale is smoothed

/// Distribution function of Student's t with 6 degrees of freedom (closed form for even degrees).
double StudentCdf6(double t) {
  const double s = t / std::sqrt(6 + t * t);
  const double c = 6 / (6 + t * t);
  return 0.5 + 0.5 * s * (1 + 0.5 * c + 0.375 * c * c);
}

}  // namespace

double StudentQuantile6(double p) {
  double low = -1e4;
  double high = 1e4;
  for (int turn = 0; turn < 80; ++turn) {
    const double middle = 0.5 * (low + high);
    (StudentCdf6(middle) < p ? low : high) = middle;
  }
  return 0.5 * (low + high) / std::sqrt(1.5);  // variance 6 / (6 - 2)
}

ConformalBands::ConformalBands(std::span<const double> errors, size_t horizon, double fallback_scale) {
  const size_t origins = horizon > 0 ? errors.size() / horizon : 0;
  std::vector<double> power(horizon, 0.0);
  std::vector<double> mass(horizon, 0.0);
  std::vector<double> weight(origins);
  double weights = 0;
  double squares = 0;
  for (size_t o = 0; o < origins; ++o) {
    weight[o] = std::exp2(-static_cast<double>(o) / kOriginHalfLife);
    weights += weight[o];
    squares += weight[o] * weight[o];
    for (size_t h = 0; h < horizon; ++h) {
      const double error = errors[o * horizon + h];
      if (!std::isnan(error)) {
        power[h] += weight[o] * error * error;
        mass[h] += weight[o];
      }
    }
  }
  scales_.assign(horizon, 0.0);
  for (size_t h = 0; h < horizon; ++h) {
    double sum = 0;
    double total = 0;
    for (size_t k = h >= 6 ? h - 6 : 0; k < std::min(horizon, h + 7); ++k) {
      const double distance = (static_cast<double>(k) - static_cast<double>(h)) / kKernelWidth;
      const double kernel = std::exp(-0.5 * distance * distance);
      sum += kernel * power[k];
      total += kernel * mass[k];
    }
    scales_[h] = total > 0 ? std::sqrt(sum / total) : 0.0;
    if (origins < 2) {
      scales_[h] = std::max(scales_[h], fallback_scale * std::sqrt(static_cast<double>(h + 1)));
    }
  }
  if (origins < 2) {
    return;
  }
  std::vector<std::pair<double, double>> scaled;
  double total = 0;
  double mean_square = 0;
  for (size_t o = 0; o < origins; ++o) {
    for (size_t h = 0; h < horizon; ++h) {
      const double error = errors[o * horizon + h];
      if (!std::isnan(error) && scales_[h] > 0) {
        const double r = error / scales_[h];
        scaled.emplace_back(r, weight[o]);
        total += weight[o];
        mean_square += weight[o] * r * r;
      }
    }
  }
  std::sort(scaled.begin(), scaled.end());
  double sum = 0;
  for (const auto& [r, w] : scaled) {
    sorted_.push_back(r);
    cumulative_.push_back((sum + 0.5 * w) / total);
    sum += w;
  }
  root_mean_square_ = total > 0 ? std::sqrt(mean_square / total) : 1.0;
  inflation_ = 1 + squares / (weights * weights);
}

double ConformalBands::Offset(size_t h, double probability) const {
  if (scales_.empty()) {
    return 0;
  }
  double scale = scales_[std::min(h, scales_.size() - 1)];
  if (h >= scales_.size()) {
    scale *= std::sqrt(static_cast<double>(h + 1) / static_cast<double>(scales_.size()));
  }
  double quantile = StudentQuantile6(probability) * root_mean_square_;
  if (!sorted_.empty()) {
    const auto right = static_cast<size_t>(std::lower_bound(cumulative_.begin(), cumulative_.end(), probability) -
                                           cumulative_.begin());
    double own = right == sorted_.size() ? sorted_.back() : sorted_[right];
    if (right > 0 && right < sorted_.size()) {
      const double share = (probability - cumulative_[right - 1]) / (cumulative_[right] - cumulative_[right - 1]);
      own = sorted_[right - 1] + share * (sorted_[right] - sorted_[right - 1]);
    }
    // The observed errors know the shape, Student's t the tail that few origins do not show.
    quantile = 0.5 * (own + quantile);
  }
  const double offset = quantile * inflation_ * scale;
  return probability < 0.5 ? std::min(offset, 0.0) : std::max(offset, 0.0);
}

}  // namespace bellwether
