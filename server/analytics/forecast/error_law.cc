#include "server/analytics/forecast/error_law.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <span>
#include <utility>

namespace bellwether {
namespace {

constexpr double kOriginHalfLife = 24;
constexpr double kKernelWidth = 2;  // steps over which a scale is smoothed
constexpr size_t kKernelReach = 6;
constexpr double kOptimism = 0.3;      // the weights of the members were chosen on the same few errors
constexpr double kTailPrior = 8;       // errors beyond a quantile that weigh as much as Student's t
constexpr double kUsualNormal = 1.96;  // where the stretch of one step is compared with that of another
constexpr double kSkewShare = 0.5;     // of the observed quantiles: signed ones, the rest those of the size

constexpr size_t kMostPooled = 4'096;  // errors that the quantiles are taken from; more say nothing new

using Quantiles = std::array<double, QuantileShape::kPoints>;
using Votes = std::vector<std::pair<double, double>>;  // values with their weights

/// Distribution function of Student's t with 6 degrees of freedom (closed form for even degrees).
double StudentCdf6(double t) {
  const double s = t / std::sqrt(6 + t * t);
  const double c = 6 / (6 + t * t);
  return 0.5 + 0.5 * s * (1 + 0.5 * c + 0.375 * c * c);
}

/// Quantiles of ascending weighted numbers, by the middles of their cumulated weights.
class WeightedQuantiles {
 public:
  explicit WeightedQuantiles(Votes ascending) : votes_(std::move(ascending)) {
    double total = 0;
    for (const auto& vote : votes_) {
      total += vote.second;
    }
    double sum = 0;
    for (auto& vote : votes_) {
      const double weight = vote.second;
      vote.second = (sum + 0.5 * weight) / total;
      sum += weight;
    }
  }

  [[nodiscard]] double At(double p) const {
    const auto right =
        std::lower_bound(votes_.begin(), votes_.end(), p,
                         [](const std::pair<double, double>& vote, double q) { return vote.second < q; });
    if (right == votes_.end()) {
      return votes_.back().first;
    }
    if (right == votes_.begin()) {
      return right->first;
    }
    const auto left = right - 1;
    const double share = (p - left->second) / (right->second - left->second);
    return left->first + share * (right->first - left->first);
  }

 private:
  std::vector<std::pair<double, double>> votes_;  ///< value and place in the distribution, ascending
};

const Quantiles& StudentQuantiles() {
  static const Quantiles kQuantiles = [] {
    Quantiles quantiles{};
    for (size_t i = 0; i < quantiles.size(); ++i) {
      quantiles[i] = StudentQuantile6(QuantileShape::Probability(i));
    }
    return quantiles;
  }();
  return kQuantiles;
}

std::vector<double> OriginWeights(size_t origins) {
  std::vector<double> weights(origins);
  for (size_t o = 0; o < origins; ++o) {
    weights[o] = std::exp2(-static_cast<double>(origins - 1 - o) / kOriginHalfLife);
  }
  return weights;
}

/// Weights of neighbouring steps about one that is `h` steps ahead: narrow at first, where errors grow fast.
struct Kernel {
  Kernel(size_t h, size_t horizon) : first(h >= kKernelReach ? h - kKernelReach : 0) {
    const double width = kKernelWidth * std::min(1.0, static_cast<double>(h + 2) / static_cast<double>(kKernelReach));
    count = std::min(horizon, h + kKernelReach + 1) - first;
    for (size_t i = 0; i < count; ++i) {
      const double distance = (static_cast<double>(first + i) - static_cast<double>(h)) / width;
      weights[i] = std::exp(-0.5 * distance * distance);
    }
  }

  size_t first;
  size_t count;
  std::array<double, 2 * kKernelReach + 1> weights{};
};

/// The power of the distance with which scales grow from `first` on, from their slope on logarithmic axes.
double GrowthPower(std::span<const double> scales, size_t first) {
  constexpr double kUsual = 0.5;  // that of a random walk
  if (scales.size() < 8) {
    return kUsual;
  }
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (size_t h = first; h < scales.size(); ++h) {
    if (scales[h] > 0) {
      const double x = std::log(static_cast<double>(h + 1));
      const double y = std::log(scales[h]);
      n += 1;
      sx += x;
      sy += y;
      sxx += x * x;
      sxy += x * y;
    }
  }
  const double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  return std::clamp(std::isfinite(slope) ? slope : kUsual, 0.0, 1.0);
}

/// The course that scales follow at large: a power of the distance.
std::vector<double> Growth(const PastErrors& past, std::span<const double> weights) {
  std::vector<double> growth(past.horizon, 0.0);
  for (size_t h = 0; h < past.horizon; ++h) {
    double sum = 0;
    double mass = 0;
    for (size_t o = 0; o < weights.size(); ++o) {
      const double error = past.errors[o * past.horizon + h];
      sum += std::isnan(error) ? 0.0 : weights[o] * error * error;
      mass += std::isnan(error) ? 0.0 : weights[o];
    }
    growth[h] = mass > 0 ? std::sqrt(sum / mass) : 0.0;
  }
  const double power = past.horizon < 8 ? 0.25 : GrowthPower(growth, 0);
  for (size_t h = 0; h < past.horizon; ++h) {
    growth[h] = std::pow(static_cast<double>(h + 1), power);
  }
  return growth;
}

struct PastScales {
  std::vector<double> all;       ///< one a step
  std::vector<double> held_out;  ///< [origin * horizon + h], from the other origins
};

/// Smooths `from` over neighbouring steps.
void Smooth(std::span<const Kernel> kernels, std::span<const double> from, std::span<double> to) {
  for (size_t h = 0; h < kernels.size(); ++h) {
    const Kernel& kernel = kernels[h];
    double sum = 0;
    for (size_t i = 0; i < kernel.count; ++i) {
      sum += kernel.weights[i] * from[kernel.first + i];
    }
    to[h] = sum;
  }
}

/// Roots of the weighted mean squares of each step, smoothed over its neighbours after division by the growth at large.
/// NaN = no error known.
PastScales Scales(const PastErrors& past, std::span<const double> weights, std::span<const Kernel> kernels) {
  const size_t horizon = past.horizon;
  const std::vector<double> growth = Growth(past, weights);
  PastScales scales{.all = std::vector<double>(horizon, 0.0), .held_out = std::vector<double>(past.errors.size())};
  std::vector<double> own_mass(past.errors.size());
  std::vector<double> squares(horizon);
  std::vector<double> known(horizon);
  std::vector<double> sum(horizon, 0.0);
  std::vector<double> mass(horizon, 0.0);
  for (size_t o = 0; o < weights.size(); ++o) {
    for (size_t h = 0; h < horizon; ++h) {
      const double error = past.errors[o * horizon + h] / growth[h];
      known[h] = std::isnan(error) ? 0.0 : weights[o];
      squares[h] = std::isnan(error) ? 0.0 : weights[o] * error * error;
    }
    const std::span<double> own_sums = std::span(scales.held_out).subspan(o * horizon, horizon);
    const std::span<double> own_masses = std::span(own_mass).subspan(o * horizon, horizon);
    Smooth(kernels, squares, own_sums);
    Smooth(kernels, known, own_masses);
    for (size_t h = 0; h < horizon; ++h) {
      sum[h] += own_sums[h];
      mass[h] += own_masses[h];
    }
  }
  for (size_t i = 0, h = 0; i < past.errors.size(); ++i, h = h + 1 == horizon ? 0 : h + 1) {
    const double rest = mass[h] - own_mass[i];
    scales.held_out[i] = rest > 1e-9 ? growth[h] * std::sqrt(std::max(sum[h] - scales.held_out[i], 0.0) / rest) : 0.0;
  }
  for (size_t h = 0; h < horizon; ++h) {
    // Where nothing is known, as far ahead as before.
    scales.all[h] = mass[h] > 0 ? growth[h] * std::sqrt(sum[h] / mass[h]) : (h > 0 ? scales.all[h - 1] : 0.0);
  }
  return scales;
}

/// How many independent errors the scale of each step rests on: neighbouring steps and overlapping origins repeat each
/// other as far as errors persist.
std::vector<double> IndependentErrors(const PastErrors& past, std::span<const double> weights,
                                      std::span<const Kernel> kernels, double persistence) {
  double sum = 0;
  double squares = 0;
  for (const double w : weights) {
    sum += w;
    squares += w * w;
  }
  const auto repeated = [&](size_t h) {
    double count = 1;
    for (size_t j = 1; j < weights.size() && j * past.spacing <= h; ++j) {
      const double overlap = 1 - static_cast<double>(j * past.spacing) / static_cast<double>(h + 1);
      count += 2 * overlap * overlap * persistence * persistence;
    }
    return count;
  };
  std::array<double, 2 * kKernelReach + 1> alike{};
  for (size_t k = 0; k < alike.size(); ++k) {
    // Squares of normal errors are correlated as the square of the errors' correlation.
    alike[k] = std::pow(persistence, 2 * static_cast<double>(k));
  }
  const auto smoothed = [&](const Kernel& kernel) {
    double total = 0;
    double joint = 0;
    for (size_t i = 0; i < kernel.count; ++i) {
      total += kernel.weights[i];
      for (size_t k = 0; k < kernel.count; ++k) {
        joint += kernel.weights[i] * kernel.weights[k] * alike[i > k ? i - k : k - i];
      }
    }
    return total * total / joint;
  };
  std::vector<double> independent(past.horizon);
  double steps = 1;
  for (size_t h = 0; h < past.horizon; ++h) {
    const bool as_before = h > kKernelReach && h + kKernelReach < past.horizon;  // the same kernel, one step on
    steps = as_before ? steps : smoothed(kernels[h]);
    independent[h] = std::max(1.0, sum * sum / squares / repeated(h) * steps);
  }
  return independent;
}

/// How many independent errors all steps hold together.
double PooledErrors(const PastErrors& past, std::span<const double> weights, double persistence) {
  double sum = 0;
  double squares = 0;
  for (const double w : weights) {
    sum += w;
    squares += w * w;
  }
  const double alike = persistence * persistence;
  return sum * sum / squares * std::max(1.0, static_cast<double>(past.horizon) * (1 - alike) / (1 + alike));
}

/// The sizes of ascending values, ascending.
Votes Sizes(const Votes& ascending) {
  const auto first = std::find_if(ascending.begin(), ascending.end(), [](const auto& vote) { return vote.first >= 0; });
  Votes negative(std::make_reverse_iterator(first), ascending.rend());
  for (auto& vote : negative) {
    vote.first = -vote.first;
  }
  Votes sizes(ascending.size());
  std::merge(negative.begin(), negative.end(), first, ascending.end(), sizes.begin());
  return sizes;
}

/// The quantiles of the scaled errors, sign by sign.
Quantiles ShapeOf(const PastErrors& past, std::span<const double> weights, std::span<const double> scales,
                  double independent, double pooled) {
  const std::vector<double>& errors = past.errors;
  const size_t horizon = past.horizon;
  Votes votes;
  double total = 0;
  double squares = 0;
  size_t stride = (errors.size() + kMostPooled - 1) / kMostPooled;
  stride += stride > 1 && horizon % stride == 0 ? 1 : 0;  // so that all steps have their turn
  for (size_t i = 0; i < errors.size(); i += stride) {
    const size_t h = i % horizon;
    if (scales[h] > 0 && !std::isnan(errors[i])) {
      const double r = errors[i] / scales[h];
      const double weight = weights[i / horizon];
      votes.emplace_back(r, weight);
      total += weight;
      squares += weight * r * r;
    }
  }
  Quantiles shape = StudentQuantiles();
  if (!(total > 0)) {
    return shape;
  }
  const double rms = std::sqrt(squares / total);
  std::sort(votes.begin(), votes.end());
  const WeightedQuantiles size(Sizes(votes));
  const WeightedQuantiles side(std::move(votes));
  for (size_t i = 0; i < shape.size(); ++i) {
    const double p = QuantileShape::Probability(i);
    const double sign = p < 0.5 ? -1.0 : 1.0;
    const double symmetric = sign * size.At(std::abs(2 * p - 1));
    const double skewed = side.At(p);
    const double observed = (1 - kSkewShare) * symmetric + kSkewShare * skewed;
    const double z = NormalQuantile(p);
    const double stretch = z == 0 ? 1.0 : StudentFromNormal(z, independent) / z;
    // As many errors as lie beyond this quantile speak for themselves.
    const double beyond = pooled * 2 * std::min(p, 1 - p);
    const double trust = beyond / (beyond + kTailPrior);
    const double own = (trust * observed + (1 - trust) * shape[i] * rms) * stretch;
    shape[i] = 2 * i + 1 == shape.size() ? 0.0 : sign * std::max(sign * own, 0.0);
  }
  return shape;
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

double StudentFromNormal(double z, double freedom) {
  const double s = z * z;
  const double v = std::max(freedom, 1.0);
  const double first = (s + 1) / 4;
  const double second = ((5 * s + 16) * s + 3) / 96;
  const double third = (((3 * s + 19) * s + 17) * s - 15) / 384;
  const double fourth = ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92'160;
  return z * (1 + (first + (second + (third + fourth / v) / v) / v) / v);
}

ErrorLaw LearnErrorLaw(const PastErrors& past) {
  const size_t horizon = past.horizon;
  const size_t origins = horizon > 0 ? past.errors.size() / horizon : 0;
  ErrorLaw law;
  if (origins == 0) {
    law.shape = std::make_shared<QuantileShape>(StudentQuantiles());
    return law;
  }
  std::vector<Kernel> kernels;
  kernels.reserve(horizon);
  for (size_t h = 0; h < horizon; ++h) {
    kernels.emplace_back(h, horizon);
  }
  const std::vector<double> weights = OriginWeights(origins);
  PastScales scales = Scales(past, weights, kernels);
  law.scale = std::move(scales.all);
  law.held_out_scale = std::move(scales.held_out);
  if (origins < 2) {
    law.shape = std::make_shared<QuantileShape>(StudentQuantiles());
    return law;
  }
  const double persistence = NeighbourCorrelation(past);
  const std::vector<double> independent = IndependentErrors(past, weights, kernels, persistence);
  const double usual = independent[horizon / 2];
  law.independent = usual;
  law.shape = std::make_shared<QuantileShape>(
      ShapeOf(past, weights, law.scale, usual, PooledErrors(past, weights, persistence)));
  for (size_t h = 0; h < horizon; ++h) {
    law.scale[h] *= StudentFromNormal(kUsualNormal, independent[h]) / StudentFromNormal(kUsualNormal, usual);
    law.scale[h] *= 1 + kOptimism / independent[h];
  }
  return law;
}

std::vector<double> ExtendScale(const std::vector<double>& scale, size_t wanted) {
  std::vector<double> extended(scale.begin(), scale.begin() + static_cast<ptrdiff_t>(std::min(wanted, scale.size())));
  if (scale.empty() || wanted <= scale.size()) {
    extended.resize(wanted, 0.0);
    return extended;
  }
  const double power = GrowthPower(scale, scale.size() / 4);
  for (size_t h = scale.size(); h < wanted; ++h) {
    extended.push_back(scale.back() * std::pow(static_cast<double>(h + 1) / static_cast<double>(scale.size()), power));
  }
  return extended;
}

double NeighbourCorrelation(const PastErrors& past) {
  const std::vector<double>& errors = past.errors;
  double products = 0;
  double squares = 0;
  for (size_t i = 0; i + 1 < errors.size(); ++i) {
    if (i % past.horizon + 1 < past.horizon && !std::isnan(errors[i]) && !std::isnan(errors[i + 1])) {
      products += errors[i] * errors[i + 1];
      squares += 0.5 * (errors[i] * errors[i] + errors[i + 1] * errors[i + 1]);
    }
  }
  return squares > 0 ? std::clamp(products / squares, 0.0, 1.0) : 0.0;
}

}  // namespace bellwether
