#include "server/analytics/forecast/conformal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace bellwether {
namespace {

constexpr double kOriginHalfLife = 24;
constexpr double kKernelWidth = 2;  // steps over which a scale is smoothed
constexpr size_t kKernelReach = 6;
constexpr double kMostRestless = 1.25;
constexpr double kTailPrior = 4;       // errors beyond a quantile that weigh as much as Student's t
constexpr double kUsualNormal = 1.96;  // where the stretch of one step is compared with that of another
constexpr double kSkewShare = 0.5;     // of the observed quantiles: signed ones, the rest those of the size

using Quantiles = std::array<double, QuantileShape::kPoints>;

/// Distribution function of Student's t with 6 degrees of freedom (closed form for even degrees).
double StudentCdf6(double t) {
  const double s = t / std::sqrt(6 + t * t);
  const double c = 6 / (6 + t * t);
  return 0.5 + 0.5 * s * (1 + 0.5 * c + 0.375 * c * c);
}

/// Quantiles of weighted numbers, by the middles of their cumulated weights.
class WeightedQuantiles {
 public:
  explicit WeightedQuantiles(std::vector<std::pair<double, double>> votes) : votes_(std::move(votes)) {
    std::sort(votes_.begin(), votes_.end());
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

struct PastScales {
  std::vector<double> all;       ///< one a step
  std::vector<double> held_out;  ///< [origin * horizon + h], from the other origins
};

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

/// Roots of the weighted mean squares of each step, smoothed over its neighbours after division by the growth at large.
/// NaN = no error known.
PastScales Scales(const PastErrors& past, std::span<const double> weights) {
  const size_t horizon = past.horizon;
  const std::vector<double> growth = Growth(past, weights);
  std::vector<double> errors = past.errors;
  for (size_t i = 0; i < errors.size(); ++i) {
    errors[i] /= growth[i % horizon];
  }
  PastScales scales{.all = std::vector<double>(horizon, 0.0), .held_out = std::vector<double>(errors.size())};
  std::vector<double> sum(horizon, 0.0);
  std::vector<double> mass(horizon, 0.0);
  std::vector<double>& own_sum = scales.held_out;
  std::vector<double> own_mass(errors.size());
  for (size_t h = 0; h < horizon; ++h) {
    const Kernel kernel(h, horizon);
    for (size_t o = 0; o < weights.size(); ++o) {
      double smooth = 0;
      double smooth_mass = 0;
      for (size_t i = 0; i < kernel.count; ++i) {
        const double error = errors[o * horizon + kernel.first + i];
        const double weight = std::isnan(error) ? 0.0 : weights[o] * kernel.weights[i];
        smooth += std::isnan(error) ? 0.0 : weight * error * error;
        smooth_mass += weight;
      }
      own_sum[o * horizon + h] = smooth;
      own_mass[o * horizon + h] = smooth_mass;
      sum[h] += smooth;
      mass[h] += smooth_mass;
    }
  }
  for (size_t i = 0; i < errors.size(); ++i) {
    const size_t h = i % horizon;
    const double rest = mass[h] - own_mass[i];
    scales.held_out[i] = rest > 1e-9 ? growth[h] * std::sqrt(std::max(sum[h] - own_sum[i], 0.0) / rest) : 0.0;
  }
  for (size_t h = 0; h < horizon; ++h) {
    // Where nothing is known, as far ahead as before.
    scales.all[h] = mass[h] > 0 ? growth[h] * std::sqrt(sum[h] / mass[h]) : (h > 0 ? scales.all[h - 1] : 0.0);
  }
  return scales;
}

/// How many independent errors the scale of each step rests on: neighbouring steps and overlapping origins repeat each
/// other as far as errors persist.
std::vector<double> IndependentErrors(const PastErrors& past, std::span<const double> weights) {
  const double persistence = NeighbourCorrelation(past);
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
  std::vector<double> independent(past.horizon);
  for (size_t h = 0; h < past.horizon; ++h) {
    const Kernel kernel(h, past.horizon);
    double total = 0;
    double joint = 0;
    for (size_t i = 0; i < kernel.count; ++i) {
      total += kernel.weights[i];
      for (size_t k = 0; k < kernel.count; ++k) {
        joint += kernel.weights[i] * kernel.weights[k] * alike[i > k ? i - k : k - i];
      }
    }
    independent[h] = std::max(1.0, sum * sum / squares / repeated(h) * (total * total / joint));
  }
  return independent;
}

void Extend(std::vector<double>& scales, size_t wanted) {
  const double power = GrowthPower(scales, scales.size() / 4);
  const size_t known = scales.size();
  const double last = scales.back();
  scales.resize(wanted, last);
  for (size_t h = known; h < wanted; ++h) {
    scales[h] = last * std::pow(static_cast<double>(h + 1) / static_cast<double>(known), power);
  }
}

/// How many independent errors all steps hold together.
double PooledErrors(const PastErrors& past, std::span<const double> weights) {
  const double persistence = NeighbourCorrelation(past);
  double sum = 0;
  double squares = 0;
  for (const double w : weights) {
    sum += w;
    squares += w * w;
  }
  const double alike = persistence * persistence;
  return sum * sum / squares * std::max(1.0, static_cast<double>(past.horizon) * (1 - alike) / (1 + alike));
}

/// The quantiles of the scaled errors, sign by sign.
Quantiles ShapeOf(const PastErrors& past, std::span<const double> weights, std::span<const double> scales,
                  double independent, double pooled) {
  const std::vector<double>& errors = past.errors;
  const size_t horizon = past.horizon;
  std::vector<std::pair<double, double>> sizes;
  std::vector<std::pair<double, double>> signed_sizes;
  sizes.reserve(errors.size());
  signed_sizes.reserve(errors.size());
  double total = 0;
  double squares = 0;
  for (size_t o = 0; o < weights.size(); ++o) {
    for (size_t h = 0; h < horizon; ++h) {
      if (scales[h] > 0 && !std::isnan(errors[o * horizon + h])) {
        const double r = errors[o * horizon + h] / scales[h];
        sizes.emplace_back(std::abs(r), weights[o]);
        signed_sizes.emplace_back(r, weights[o]);
        total += weights[o];
        squares += weights[o] * r * r;
      }
    }
  }
  Quantiles shape = StudentQuantiles();
  if (!(total > 0)) {
    return shape;
  }
  const double rms = std::sqrt(squares / total);
  const WeightedQuantiles size(std::move(sizes));
  const WeightedQuantiles side(std::move(signed_sizes));
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

/// What turns an error made when the series was more or less restless into one of now: the root of the ratio, since
/// restlessness is known roughly and returns to what is usual.
double ToNow(const Backtest& backtest, size_t i) {
  const double factor = 1 / std::sqrt(backtest.restlessness[i / backtest.horizon]);
  return std::clamp(factor, 1 / kMostRestless, kMostRestless);
}

PastErrors Errors(const Backtest& backtest) {
  PastErrors past{std::vector<double>(backtest.truth.size()), backtest.horizon, backtest.spacing};
  for (size_t i = 0; i < past.errors.size(); ++i) {
    past.errors[i] = (backtest.truth[i] - backtest.forecast[i]) * ToNow(backtest, i);
  }
  return past;
}

bool Positive(std::span<const double> values) {
  return std::none_of(values.begin(), values.end(), [](double v) { return v <= 0; });  // NaN passes
}

PastErrors LogErrors(const Backtest& backtest) {
  PastErrors past{std::vector<double>(backtest.truth.size()), backtest.horizon, backtest.spacing};
  for (size_t i = 0; i < past.errors.size(); ++i) {
    past.errors[i] = std::log(backtest.truth[i] / backtest.forecast[i]) * ToNow(backtest, i);
  }
  return past;
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

ErrorLaw LearnErrorLaw(const PastErrors& past, size_t wanted, double fallback) {
  const size_t origins = past.horizon > 0 ? past.errors.size() / past.horizon : 0;
  const std::vector<double> weights = OriginWeights(origins);
  ErrorLaw law;
  if (origins > 0) {
    PastScales scales = Scales(past, weights);
    law.scale = std::move(scales.all);
    law.held_out_scale = std::move(scales.held_out);
    Extend(law.scale, wanted);
  }
  law.scale.resize(wanted, 0.0);
  if (origins < 2) {
    for (size_t h = 0; h < wanted; ++h) {
      law.scale[h] = std::max(law.scale[h], fallback * std::sqrt(static_cast<double>(h + 1)));
    }
    law.shape = std::make_shared<QuantileShape>(StudentQuantiles());
  } else {
    const std::vector<double> independent = IndependentErrors(past, weights);
    const double usual = independent[past.horizon / 2];
    law.shape = std::make_shared<QuantileShape>(ShapeOf(past, weights, law.scale, usual, PooledErrors(past, weights)));
    for (size_t h = 0; h < std::min(wanted, past.horizon); ++h) {
      law.scale[h] *= StudentFromNormal(kUsualNormal, independent[h]) / StudentFromNormal(kUsualNormal, usual);
    }
  }
  return law;
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

ForecastDistribution::Parts LearnDistribution(const Backtest& backtest, std::span<const double> centre,
                                              double fallback) {
  const PastErrors past = Errors(backtest);
  ForecastDistribution::Parts parts;
  parts.centre.assign(centre.begin(), centre.end());
  ErrorLaw law = LearnErrorLaw(past, centre.size(), fallback);
  parts.scale = std::move(law.scale);
  parts.shape = std::move(law.shape);
  parts.dependence = EstimateErrorDependence(past.errors, past.horizon);
  if (backtest.origins >= 2 && Positive(backtest.truth) && Positive(backtest.forecast) && Positive(centre)) {
    ErrorLaw log_law = LearnErrorLaw(LogErrors(backtest), centre.size(), 0);
    parts.log_scale = std::move(log_law.scale);
    parts.log_shape = std::move(log_law.shape);
  }
  return parts;
}

std::vector<double> BacktestCoverage(const Backtest& backtest, std::span<const double> levels) {
  std::vector<double> coverage(levels.size(), 0.0);
  if (backtest.origins < 2) {
    return coverage;
  }
  ErrorLaw law = LearnErrorLaw(Errors(backtest), backtest.horizon, 0);
  ForecastDistribution::Parts parts;
  parts.centre = backtest.forecast;
  parts.scale = std::move(law.held_out_scale);
  for (size_t i = 0; i < parts.scale.size(); ++i) {
    parts.scale[i] /= ToNow(backtest, i);
  }
  parts.shape = std::move(law.shape);
  if (Positive(backtest.truth) && Positive(backtest.forecast)) {
    ErrorLaw log_law = LearnErrorLaw(LogErrors(backtest), backtest.horizon, 0);
    parts.log_scale = std::move(log_law.held_out_scale);
    for (size_t i = 0; i < parts.log_scale.size(); ++i) {
      parts.log_scale[i] /= ToNow(backtest, i);
    }
    parts.log_shape = std::move(log_law.shape);
  }
  const ForecastDistribution past(std::move(parts));
  for (size_t l = 0; l < levels.size(); ++l) {
    size_t held = 0;
    size_t known = 0;
    for (size_t i = 0; i < backtest.truth.size(); ++i) {
      known += !std::isnan(backtest.truth[i]);
      held += past.Quantile(i, 0.5 - 0.5 * levels[l]) <= backtest.truth[i] &&
              backtest.truth[i] <= past.Quantile(i, 0.5 + 0.5 * levels[l]);
    }
    coverage[l] = known > 0 ? static_cast<double>(held) / static_cast<double>(known) : 0.0;
  }
  return coverage;
}

}  // namespace bellwether
