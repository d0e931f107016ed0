#include "server/analytics/series/robust.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/series/largest.h"

namespace bellwether {

double QuantileInPlace(std::span<double> values, double q) {
  if (values.empty()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double position = std::clamp(q, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const auto middle = values.begin() + static_cast<ptrdiff_t>(below);
  std::nth_element(values.begin(), middle, values.end());
  const double low = *middle;
  const double fraction = position - static_cast<double>(below);
  if (fraction == 0 || below + 1 == values.size()) {
    return low;
  }
  const double high = *std::min_element(middle + 1, values.end());
  return low + fraction * (high - low);
}

double Median(std::span<const double> values) {
  std::vector<double> present;
  present.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(present), [](double v) { return !std::isnan(v); });
  return QuantileInPlace(present, 0.5);
}

double ScaledMad(std::span<const double> values, double centre) {
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) {
    if (!std::isnan(value)) {
      distances.push_back(std::abs(value - centre));
    }
  }
  return 1.4826 * QuantileInPlace(distances, 0.5);
}

double RobustScale(std::span<const double> values, double centre) {
  const double mad = ScaledMad(values, centre);
  if (mad > 0 || std::isnan(mad)) {
    return mad;
  }
  double sum = 0;
  size_t count = 0;
  for (const double value : values) {
    if (!std::isnan(value)) {
      sum += std::abs(value - centre);
      ++count;
    }
  }
  return 1.2533 * sum / static_cast<double>(count);
}

NormalizedSeries Normalize(std::span<const double> values) {
  NormalizedSeries result;
  const double largest = LargestMagnitude(values);
  int exponent = 0;
  if (largest > 0) {
    std::frexp(largest, &exponent);
  }
  exponent = std::min(exponent, 1023);
  result.unit = std::ldexp(1.0, exponent);
  result.values.resize(values.size());
  const auto scale = [&](auto scaled) {
    for (size_t i = 0; i < values.size(); ++i) {
      const bool is_finite = std::isfinite(values[i]);
      result.values[i] = is_finite ? scaled(values[i]) : std::numeric_limits<double>::quiet_NaN();
      result.present += is_finite ? 1 : 0;
    }
  };
  if (std::abs(exponent) < 1022) {
    scale([factor = std::ldexp(1.0, -exponent)](double value) { return value * factor; });
  } else {  // 2^-exponent itself need not be representable
    scale([exponent](double value) { return std::ldexp(value, -exponent); });
  }
  return result;
}

void FillGaps(std::span<double> values) {
  size_t previous = values.size();  // none yet
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      continue;
    }
    if (previous == values.size()) {
      std::fill(values.begin(), values.begin() + static_cast<ptrdiff_t>(i), values[i]);
    } else {
      const double gap = static_cast<double>(i - previous);
      for (size_t k = previous + 1; k < i; ++k) {
        const double share = static_cast<double>(k - previous) / gap;
        values[k] = values[previous] * (1 - share) + values[i] * share;
      }
    }
    previous = i;
  }
  const double tail = previous == values.size() ? 0.0 : values[previous];
  for (double& value : values) {
    if (std::isnan(value)) {
      value = tail;
    }
  }
}

}  // namespace bellwether
