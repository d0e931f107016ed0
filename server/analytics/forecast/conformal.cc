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
constexpr double kSkewShare = 0.5;  // of the observed quantiles: signed ones, the rest those of the size

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

/// Roots of the weighted mean squares of each step, smoothed over its neighbours. NaN = no error known.
PastScales Scales(std::span<const double> errors, size_t horizon, std::span<const double> weights) {
  std::array<double, kKernelReach + 1> kernel{};
  for (size_t k = 0; k <= kKernelReach; ++k) {
    const double distance = static_cast<double>(k) / kKernelWidth;
    kernel[k] = std::exp(-0.5 * distance * distance);
  }
  PastScales scales{.all = std::vector<double>(horizon, 0.0), .held_out = std::vector<double>(errors.size())};
  std::vector<double> sum(horizon, 0.0);
  std::vector<double> mass(horizon, 0.0);
  std::vector<double>& own_sum = scales.held_out;
  std::vector<double> own_mass(errors.size());
  std::vector<double> squares(horizon);
  std::vector<double> known(horizon);
  for (size_t o = 0; o < weights.size(); ++o) {
    for (size_t h = 0; h < horizon; ++h) {
      const double error = errors[o * horizon + h];
      known[h] = std::isnan(error) ? 0.0 : weights[o];
      squares[h] = std::isnan(error) ? 0.0 : weights[o] * error * error;
    }
    for (size_t h = 0; h < horizon; ++h) {
      const size_t last = std::min(horizon, h + kKernelReach + 1);
      double smooth = 0;
      double smooth_mass = 0;
      for (size_t k = h >= kKernelReach ? h - kKernelReach : 0; k < last; ++k) {
        const double weight = kernel[k > h ? k - h : h - k];
        smooth += weight * squares[k];
        smooth_mass += weight * known[k];
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
    scales.held_out[i] = rest > 1e-9 ? std::sqrt(std::max(sum[h] - own_sum[i], 0.0) / rest) : 0.0;
  }
  for (size_t h = 0; h < horizon; ++h) {
    // Where nothing is known, as far ahead as before.
    scales.all[h] = mass[h] > 0 ? std::sqrt(sum[h] / mass[h]) : (h > 0 ? scales.all[h - 1] : 0.0);
  }
  return scales;
}

/// The power of the distance with which the later half of the scales grows, from their slope on logarithmic axes.
double GrowthPower(std::span<const double> scales) {
  constexpr double kUsual = 0.5;  // that of a random walk
  if (scales.size() < 8) {
    return kUsual;
  }
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (size_t h = scales.size() / 4; h < scales.size(); ++h) {
    const double x = std::log(static_cast<double>(h + 1));
    const double y = std::log(scales[h] + 1e-300);
    n += 1;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  const double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  return std::clamp(std::isfinite(slope) ? slope : kUsual, 0.0, 1.0);
}

void Extend(std::vector<double>& scales, size_t wanted) {
  const double power = GrowthPower(scales);
  const size_t known = scales.size();
  const double last = scales.back();
  scales.resize(wanted, last);
  for (size_t h = known; h < wanted; ++h) {
    scales[h] = last * std::pow(static_cast<double>(h + 1) / static_cast<double>(known), power);
  }
}

/// The quantiles of the scaled errors, sign by sign.
Quantiles ShapeOf(std::span<const double> errors, size_t horizon, std::span<const double> weights,
                  std::span<const double> scales) {
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
  double sum = 0;
  double sum_squares = 0;
  for (const double w : weights) {
    sum += w;
    sum_squares += w * w;
  }
  const double inflation = 1 + sum_squares / (sum * sum);  // few origins know little
  const double rms = std::sqrt(squares / total);
  const WeightedQuantiles size(std::move(sizes));
  const WeightedQuantiles side(std::move(signed_sizes));
  for (size_t i = 0; i < shape.size(); ++i) {
    const double p = QuantileShape::Probability(i);
    const double sign = p < 0.5 ? -1.0 : 1.0;
    const double symmetric = sign * size.At(std::abs(2 * p - 1));
    const double skewed = side.At(p);
    const double observed = (1 - kSkewShare) * symmetric + kSkewShare * skewed;
    const double own = 0.5 * (observed + shape[i] * rms) * inflation;
    shape[i] = 2 * i + 1 == shape.size() ? 0.0 : sign * std::max(sign * own, 0.0);
  }
  return shape;
}

std::vector<double> Errors(const Backtest& backtest) {
  std::vector<double> errors(backtest.truth.size());
  for (size_t i = 0; i < errors.size(); ++i) {
    errors[i] = backtest.truth[i] - backtest.forecast[i];
  }
  return errors;
}

bool Positive(std::span<const double> values) {
  return std::none_of(values.begin(), values.end(), [](double v) { return v <= 0; });  // NaN passes
}

std::vector<double> LogErrors(const Backtest& backtest) {
  std::vector<double> errors(backtest.truth.size());
  for (size_t i = 0; i < errors.size(); ++i) {
    errors[i] = std::log(backtest.truth[i] / backtest.forecast[i]);
  }
  return errors;
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

ErrorLaw LearnErrorLaw(std::span<const double> errors, size_t horizon, size_t wanted, double fallback) {
  const size_t origins = horizon > 0 ? errors.size() / horizon : 0;
  const std::vector<double> weights = OriginWeights(origins);
  ErrorLaw law;
  if (origins > 0) {
    PastScales scales = Scales(errors, horizon, weights);
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
    law.shape = std::make_shared<QuantileShape>(ShapeOf(errors, horizon, weights, law.scale));
  }
  return law;
}

double NeighbourCorrelation(std::span<const double> errors, size_t horizon) {
  double products = 0;
  double squares = 0;
  for (size_t i = 0; i + 1 < errors.size(); ++i) {
    if (i % horizon + 1 < horizon && !std::isnan(errors[i]) && !std::isnan(errors[i + 1])) {
      products += errors[i] * errors[i + 1];
      squares += 0.5 * (errors[i] * errors[i] + errors[i + 1] * errors[i + 1]);
    }
  }
  return squares > 0 ? std::clamp(products / squares, 0.0, 1.0) : 0.0;
}

ForecastDistribution::Parts LearnDistribution(const Backtest& backtest, std::span<const double> centre,
                                              double fallback) {
  const std::vector<double> errors = Errors(backtest);
  ForecastDistribution::Parts parts;
  parts.centre.assign(centre.begin(), centre.end());
  ErrorLaw law = LearnErrorLaw(errors, backtest.horizon, centre.size(), fallback);
  parts.scale = std::move(law.scale);
  parts.shape = std::move(law.shape);
  parts.neighbour_correlation = NeighbourCorrelation(errors, backtest.horizon);
  if (backtest.origins >= 2 && Positive(backtest.truth) && Positive(backtest.forecast) && Positive(centre)) {
    ErrorLaw log_law = LearnErrorLaw(LogErrors(backtest), backtest.horizon, centre.size(), 0);
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
  ErrorLaw law = LearnErrorLaw(Errors(backtest), backtest.horizon, backtest.horizon, 0);
  ForecastDistribution::Parts parts;
  parts.centre = backtest.forecast;
  parts.scale = std::move(law.held_out_scale);
  parts.shape = std::move(law.shape);
  if (Positive(backtest.truth) && Positive(backtest.forecast)) {
    ErrorLaw log_law = LearnErrorLaw(LogErrors(backtest), backtest.horizon, backtest.horizon, 0);
    parts.log_scale = std::move(log_law.held_out_scale);
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
