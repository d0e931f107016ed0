#include "server/analytics/forecast/value_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bellwether {

ScaledSeries::ScaledSeries(std::span<const double> values, ValueScale scale)
    : scale_(scale), values_(values.begin(), values.end()) {
  for (double& v : values_) {
    v = scale == ValueScale::kLog ? std::log(v) : scale == ValueScale::kRoot ? std::sqrt(v) : v;
  }
  const auto n = static_cast<double>(values_.size());
  double sum = 0;
  for (const double v : values_) {
    sum += v;
  }
  centre_ = sum / n;
  double squares = 0;
  for (const double v : values_) {
    squares += (v - centre_) * (v - centre_);
  }
  spread_ = std::sqrt(squares / n);
  if (!(spread_ > 0)) {
    spread_ = 1;
  }
  for (double& v : values_) {
    v = (v - centre_) / spread_;
  }
}

double ScaledSeries::Zero() const {
  return scale_ == ValueScale::kLog ? -std::numeric_limits<double>::infinity() : -centre_ / spread_;
}

void ScaledSeries::Restore(std::span<double> forecasts, double low, double high) const {
  for (double& f : forecasts) {
    if (std::isnan(f)) {
      continue;
    }
    double value = f * spread_ + centre_;
    if (scale_ == ValueScale::kLog) {
      value = std::exp(std::min(value, 700.0));
    } else if (scale_ == ValueScale::kRoot) {
      value = value > 0 ? value * value : 0.0;
    }
    f = std::clamp(value, low, high);
  }
}

}  // namespace bellwether
