#include "server/analytics/forecast/distribution.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace bellwether {
namespace {

constexpr double kLeastProbability = 1e-6;
constexpr double kShapeReach = 3.5;  // the outermost points of a shape, in normal deviations

double Polynomial(double x, std::initializer_list<double> coefficients) {
  double sum = 0;
  for (const double c : coefficients) {
    sum = sum * x + c;
  }
  return sum;
}

}  // namespace

double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double NormalQuantile(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q *
           Polynomial(r, {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
                          13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608}) /
           Polynomial(r, {5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
                          5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0});
  }
  double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  double z = 0;
  if (r <= 5) {
    r -= 1.6;
    z = Polynomial(r,
                   {7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
                    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734}) /
        Polynomial(
            r, {1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
                0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0});
  } else {
    r -= 5;
    z = Polynomial(
            r, {2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
                0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772}) /
        Polynomial(
            r, {2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
                0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0});
  }
  return q < 0 ? -z : z;
}

double QuantileShape::Probability(size_t i) {
  const double middle = 0.5 * static_cast<double>(kPoints - 1);
  return NormalCdf(kShapeReach * (static_cast<double>(i) - middle) / middle);
}

QuantileShape::QuantileShape(std::array<double, kPoints> quantiles) : quantiles_(quantiles) {
  for (size_t i = 1; i < kPoints; ++i) {
    quantiles_[i] = std::max(quantiles_[i], quantiles_[i - 1]);
  }
}

double QuantileShape::Place(double p) {
  const double middle = 0.5 * static_cast<double>(kPoints - 1);
  return middle + middle * NormalQuantile(p) / kShapeReach;
}

double QuantileShape::ProbabilityOf(double place) {
  const double middle = 0.5 * static_cast<double>(kPoints - 1);
  return NormalCdf(kShapeReach * (place - middle) / middle);
}

double QuantileShape::Quantile(double p) const { return AtPlace(Place(p)); }

double QuantileShape::AtPlace(double place) const {
  const auto left = static_cast<size_t>(std::clamp(std::floor(place), 0.0, static_cast<double>(kPoints - 2)));
  return quantiles_[left] + (place - static_cast<double>(left)) * (quantiles_[left + 1] - quantiles_[left]);
}

double ForecastDistribution::ValueAt(size_t h, double quantile, double log_quantile) const {
  const double centre = parts_.centre[h];
  double offset = parts_.scale[h] * quantile;
  if (parts_.log_shape != nullptr) {
    // The average of an additive and a multiplicative error, where the two do not contradict each other by far.
    constexpr double kMostRatio = 3;
    const double factor = std::exp(std::clamp(parts_.log_scale[h] * log_quantile, -700.0, 700.0));
    const double size = std::abs(offset);
    const double other = std::clamp(std::abs(centre * (factor - 1)), size / kMostRatio, size * kMostRatio);
    offset = 0.5 * (offset + (offset < 0 ? -other : other));
  }
  double value = centre + offset + (parts_.shift.empty() ? 0.0 : parts_.shift[h]);
  if (parts_.range.whole_numbers) {
    value = std::round(value);
  }
  return std::clamp(std::isnan(value) ? centre : value, parts_.range.min, parts_.range.max);
}

double ForecastDistribution::Quantile(size_t h, double p) const {
  p = std::clamp(p, kLeastProbability, 1 - kLeastProbability);
  return ValueAt(h, parts_.shape->Quantile(p), parts_.log_shape != nullptr ? parts_.log_shape->Quantile(p) : 0.0);
}

std::vector<double> ForecastDistribution::Path(double p) const {
  p = std::clamp(p, kLeastProbability, 1 - kLeastProbability);
  std::vector<double> path(horizon());
  if (path.empty()) {
    return path;
  }
  const double quantile = parts_.shape->Quantile(p);
  const double log_quantile = parts_.log_shape != nullptr ? parts_.log_shape->Quantile(p) : 0.0;
  for (size_t h = 0; h < path.size(); ++h) {
    path[h] = ValueAt(h, quantile, log_quantile);
  }
  return path;
}

ForecastDistribution ForecastDistribution::Shifted(std::vector<double> shift, const ValueRange& range) const {
  ForecastDistribution shifted = *this;
  shifted.parts_.shift = std::move(shift);
  shifted.parts_.range = range;
  return shifted;
}

double ForecastDistribution::ProbabilityAtLeast(size_t h, double value) const {
  const auto at = [&](double place) {
    return ValueAt(h, parts_.shape->AtPlace(place),
                   parts_.log_shape != nullptr ? parts_.log_shape->AtPlace(place) : 0.0);
  };
  // Looked for on the places of the shapes, where quantiles are straight: no quantile of the normal law is needed.
  double low = QuantileShape::Place(kLeastProbability);
  double high = QuantileShape::Place(1 - kLeastProbability);
  if (at(low) >= value) {
    return 1;
  }
  if (at(high) < value) {
    return 0;
  }
  for (int turn = 0; turn < 28; ++turn) {
    const double middle = 0.5 * (low + high);
    (at(middle) < value ? low : high) = middle;
  }
  return 1 - QuantileShape::ProbabilityOf(0.5 * (low + high));
}

std::vector<double> ForecastDistribution::Beyond(double threshold, CrossingSide side) const {
  std::vector<double> at_step(horizon());
  for (size_t h = 0; h < horizon(); ++h) {
    // At most the threshold: the complement of being above it, by the smallest step there is.
    at_step[h] = side == CrossingSide::kAbove ? ProbabilityAtLeast(h, threshold)
                                              : 1 - ProbabilityAtLeast(h, std::nextafter(threshold, HUGE_VAL));
  }
  return at_step;
}

std::vector<double> ForecastDistribution::CrossedBy(double threshold, CrossingSide side) const {
  return FirstPassage(Beyond(threshold, side), parts_.dependence);
}

}  // namespace bellwether
