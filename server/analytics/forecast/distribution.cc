#include "server/analytics/forecast/distribution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>

namespace bellwether {
namespace {

constexpr double kLeastProbability = 1e-6;
constexpr double kFirstReach = 0.08;  // of a search over the places of a shape, a 70th of a normal deviation
constexpr double kFineEnough = 1e-4;
constexpr int kStraightTurns = 8;
constexpr double kManyErrors = 20;   // that a scale rests on: its law has short tails
constexpr double kShapeReach = 3.5;  // the outermost points of a shape, in normal deviations
constexpr double kFarthest = 1.7e308;

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

double StudentStretch(double square, double freedom) {
  const double s = square;
  const double v = 1 / std::max(freedom, 1.0);
  const double first = (s + 1) / 4;
  const double second = ((5 * s + 16) * s + 3) / 96;
  const double third = (((3 * s + 19) * s + 17) * s - 15) / 384;
  const double fourth = ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92'160;
  return 1 + (first + (second + (third + fourth * v) * v) * v) * v;
}

double ChiSquareRatio(double z, double freedom) {
  const double spread = 2 / (9 * std::max(freedom, 1.0));
  const double root = std::max(1 - spread + z * std::sqrt(spread), 0.05);
  return root * root * root;
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

double QuantileShape::DeviationOf(double place) {
  const double middle = 0.5 * static_cast<double>(kPoints - 1);
  return kShapeReach * (place - middle) / middle;
}

double QuantileShape::ProbabilityOf(double place) { return NormalCdf(DeviationOf(place)); }

double QuantileShape::Quantile(double p) const { return AtPlace(Place(p)); }

double QuantileShape::AtPlace(double place) const {
  const double last = static_cast<double>(kPoints - 2);
  const auto left = static_cast<size_t>(place >= 0 ? std::min(std::floor(place), last) : 0.0);  // NaN is 0
  return quantiles_[left] + (place - static_cast<double>(left)) * (quantiles_[left + 1] - quantiles_[left]);
}

ForecastDistribution::Place ForecastDistribution::PlaceOf(double place) const {
  const double z = QuantileShape::DeviationOf(place);
  return {parts_.shape->AtPlace(place), parts_.log_shape != nullptr ? parts_.log_shape->AtPlace(place) : 0.0, z * z};
}

double ForecastDistribution::ValueAt(size_t h, const Place& place, double scale, Stretches& last) const {
  const double centre = parts_.centre[h];
  const double unknown = scale == 0 && !parts_.freedom.empty() ? 1 / parts_.freedom[h] : 0.0;
  const double factor = scale == 0 ? 1.0 : scale;
  // Two stretches by Student's t come to about one with the sum of their reciprocal degrees of freedom.
  const auto stretch = [&](const std::vector<double>& tails, Stretch& known) {
    const double sum = unknown + (tails.empty() ? 0.0 : tails[h]);
    if (sum != known.sum || place.square != known.square) {
      known = {place.square, sum, sum > 0 ? StudentStretch(place.square, 1 / sum) : 1.0};
    }
    return factor * known.value;
  };
  // Of the largest numbers there are edges would be infinite, and the error between them none.
  double offset = std::clamp(parts_.scale[h] * place.quantile * stretch(parts_.tail, last[0]), -kFarthest, kFarthest);
  if (parts_.log_shape != nullptr) {
    // Between an additive and a multiplicative error, where the two do not contradict each other by far.
    constexpr double kMostRatio = 3;
    const double log = parts_.log_scale[h] * place.log_quantile * stretch(parts_.log_tail, last[1]);
    const double size = std::abs(offset);
    const double other = std::clamp(std::abs(centre * (std::exp(std::clamp(log, -700.0, 700.0)) - 1)),
                                    size / kMostRatio, std::min(size * kMostRatio, kFarthest));
    offset += parts_.log_share * ((offset < 0 ? -other : other) - offset);
  }
  double value = centre + offset + ShiftOf(h);
  if (parts_.range.whole_numbers) {
    value = std::round(value);
  }
  return std::clamp(std::isnan(value) ? centre : value, parts_.range.min, parts_.range.max);
}

double ForecastDistribution::CountAt(size_t h, double p) const {
  const double value = parts_.counts->Quantile(p) + ShiftOf(h);
  return std::clamp(parts_.range.whole_numbers ? std::round(value) : value, parts_.range.min, parts_.range.max);
}

double ForecastDistribution::CountBeyond(size_t h, double threshold, CrossingSide side) const {
  if (Reaches(parts_.range.min, threshold, side) && Reaches(parts_.range.max, threshold, side)) {
    return 1;
  }
  const bool is_out = side == CrossingSide::kAbove ? threshold > parts_.range.max : threshold < parts_.range.min;
  return is_out ? 0.0 : parts_.counts->Beyond(threshold - ShiftOf(h), side);
}

double ForecastDistribution::Quantile(size_t h, double p) const {
  if (parts_.counts != nullptr) {
    return CountAt(h, p);
  }
  Stretches last;
  return ValueAt(h, PlaceOf(QuantileShape::Place(std::clamp(p, kLeastProbability, 1 - kLeastProbability))), 0, last);
}

std::vector<double> ForecastDistribution::Path(double p) const {
  std::vector<double> path(horizon());
  if (path.empty()) {
    return path;
  }
  if (parts_.counts != nullptr) {
    for (size_t h = 0; h < path.size(); ++h) {
      path[h] = CountAt(h, p);
    }
    return path;
  }
  const Place place = PlaceOf(QuantileShape::Place(std::clamp(p, kLeastProbability, 1 - kLeastProbability)));
  Stretches last;
  for (size_t h = 0; h < path.size(); ++h) {
    path[h] = ValueAt(h, place, 0, last);
  }
  return path;
}

ForecastDistribution ForecastDistribution::Shifted(std::vector<double> shift, const ValueRange& range) const {
  ForecastDistribution shifted = *this;
  shifted.parts_.shift = std::move(shift);
  shifted.parts_.range = range;
  return shifted;
}

double ForecastDistribution::AtLeast(size_t h, double value, double scale, double& hint) const {
  Stretches last;
  const auto miss = [&](double place) { return ValueAt(h, PlaceOf(place), scale, last) - value; };
  // Looked for on the places of the shapes, where quantiles are straight: no quantile of the normal law is needed.
  static const double kLowest = QuantileShape::Place(kLeastProbability);
  static const double kHighest = QuantileShape::Place(1 - kLeastProbability);
  double low = std::clamp(hint, kLowest, kHighest);
  double high = low;
  double at_low = miss(low);
  double at_high = at_low;
  for (double reach = kFirstReach; at_low >= 0; reach *= 4) {
    if (low <= kLowest) {
      return 1;
    }
    high = low;
    at_high = at_low;
    low = std::max(low - reach, kLowest);
    at_low = miss(low);
  }
  for (double reach = kFirstReach; at_high < 0; reach *= 4) {
    if (high >= kHighest) {
      return 0;
    }
    low = high;
    at_low = at_high;
    high = std::min(high + reach, kHighest);
    at_high = miss(high);
  }
  const auto narrow = [&](double place) {
    const double at_place = miss(place);
    (at_place < 0 ? low : high) = place;
    (at_place < 0 ? at_low : at_high) = at_place;
  };
  // Where a straight line between the ends meets the value, and a little beyond, so that both ends come near; halves
  // where that does not come to an end: whole numbers are steps.
  for (int turn = 0; high - low > kFineEnough; ++turn) {
    if (turn >= kStraightTurns) {
      narrow(0.5 * (low + high));
      continue;
    }
    const double share = at_low / (at_low - at_high);  // NaN where the value is so far that distances are infinite
    const double place = low + (share >= 0 ? std::min(share, 1.0) : 0.5) * (high - low);
    narrow(std::clamp(place + 0.4 * kFineEnough, low, high));
    narrow(std::clamp(place - 0.4 * kFineEnough, low, high));
  }
  hint = 0.5 * (low + high);
  return 1 - QuantileShape::ProbabilityOf(hint);
}

double ForecastDistribution::ProbabilityAtLeast(size_t h, double value) const {
  if (parts_.counts != nullptr) {
    return CountBeyond(h, value, CrossingSide::kAbove);
  }
  double hint = QuantileShape::Place(0.5);
  return AtLeast(h, value, 0, hint);
}

std::vector<double> ForecastDistribution::Beyond(double threshold, CrossingSide side, double normal) const {
  std::vector<double> at_step(horizon());
  double hint = QuantileShape::Place(0.5);  // one step has it about where the step before had it
  for (size_t h = 0; h < horizon(); ++h) {
    // At most the threshold: the complement of being above it, by the smallest step there is.
    const double scale = std::isnan(normal) ? 0.0 : 1 / std::sqrt(ChiSquareRatio(normal, parts_.freedom[h]));
    at_step[h] = side == CrossingSide::kAbove ? AtLeast(h, threshold, scale, hint)
                                              : 1 - AtLeast(h, std::nextafter(threshold, HUGE_VAL), scale, hint);
  }
  return at_step;
}

std::vector<double> ForecastDistribution::Beyond(double threshold, CrossingSide side) const {
  if (parts_.counts != nullptr) {
    std::vector<double> at_step(horizon());
    for (size_t h = 0; h < horizon(); ++h) {
      at_step[h] = CountBeyond(h, threshold, side);
    }
    return at_step;
  }
  return Beyond(threshold, side, std::nan(""));
}

std::vector<double> ForecastDistribution::CrossedBy(double threshold, CrossingSide side) const {
  const std::vector<double> at_step = Beyond(threshold, side);
  if (parts_.counts != nullptr) {
    std::vector<double> bunches(horizon());
    for (size_t h = 0; h < horizon(); ++h) {
      const bool is_new = h == 0 || ShiftOf(h) != ShiftOf(h - 1);
      bunches[h] = is_new ? parts_.counts->Bunches(threshold - ShiftOf(h), side) : bunches[h - 1];
    }
    return CountLaw::CrossedBy(at_step, bunches);
  }
  if (parts_.freedom.empty() || at_step.empty()) {
    return FirstPassage(at_step, parts_.dependence);
  }
  // Nodes and weights of the normal law (Gauss and Hermite) for the scale that the steps have in common.
  using Node = std::pair<double, double>;
  constexpr std::array<Node, 3> kThree = {{{-1.7320508076, 1.0 / 6}, {0.0, 2.0 / 3}, {1.7320508076, 1.0 / 6}}};
  constexpr std::array<Node, 5> kFive = {{{-2.8569700139, 0.0112574113},
                                          {-1.3556261800, 0.2220759220},
                                          {0.0, 0.5333333333},
                                          {1.3556261800, 0.2220759220},
                                          {2.8569700139, 0.0112574113}}};
  const auto likeliest_step = std::max_element(at_step.begin(), at_step.end()) - at_step.begin();
  const double freedom = parts_.freedom[static_cast<size_t>(likeliest_step)];
  std::vector<double> by_step(horizon(), 0.0);
  for (const auto& [normal, weight] : freedom > kManyErrors ? std::span<const Node>(kThree) : std::span(kFive)) {
    const std::vector<double> passage = FirstPassage(Beyond(threshold, side, normal), parts_.dependence);
    for (size_t h = 0; h < by_step.size(); ++h) {
      by_step[h] += weight * passage[h];
    }
  }
  double likeliest = 0;
  for (size_t h = 0; h < by_step.size(); ++h) {
    likeliest = std::max({likeliest, at_step[h], by_step[h]});
    by_step[h] = std::min(likeliest, 1.0);
  }
  return by_step;
}

}  // namespace bellwether
