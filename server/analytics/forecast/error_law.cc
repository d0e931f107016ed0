#include "server/analytics/forecast/error_law.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "server/analytics/forecast/error_shape.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kKernelReach = 6;
constexpr double kKernelWidth = 2;        // steps over which a scale is smoothed
constexpr double kOptimism = 0.4;         // the weights of the members were chosen on the same few errors
constexpr double kMostGrowthCounts = 30;  // independent errors that the growth is worth at the most: it is a model
constexpr double kUsualFreedom = 6;

/// Weights of neighbouring steps about step `h`.
struct Kernel {
  Kernel(size_t h, size_t horizon) : first(h >= kKernelReach ? h - kKernelReach : 0) {
    count = std::min(horizon, h + kKernelReach + 1) - first;
    const auto& whole = Whole();
    std::copy_n(whole.begin() + static_cast<ptrdiff_t>(kKernelReach - (h - first)), count, weights.begin());
  }

  /// Of a step with all its neighbours.
  static const std::array<double, 2 * kKernelReach + 1>& Whole() {
    static const auto whole = [] {
      std::array<double, 2 * kKernelReach + 1> made{};
      for (size_t i = 0; i < made.size(); ++i) {
        const double distance = (static_cast<double>(i) - static_cast<double>(kKernelReach)) / kKernelWidth;
        made[i] = std::exp(-0.5 * distance * distance);
      }
      return made;
    }();
    return whole;
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

struct PastScales {
  std::vector<double> all;       ///< one a step
  std::vector<double> held_out;  ///< [origin * horizon + h], from the other origins
};

/// The steps that have all their neighbours.
BELLWETHER_SIMD_CLONES
void SmoothWhole(const double* weights, const double* from, size_t count, double* to) {
  for (size_t h = 0; h < count; ++h) {
    double sum = 0;
    for (size_t i = 0; i < 2 * kKernelReach + 1; ++i) {
      sum += weights[i] * from[h + i];
    }
    to[h] = sum;
  }
}

/// Smooths `from` over neighbouring steps.
void Smooth(std::span<const Kernel> kernels, std::span<const double> from, std::span<double> to) {
  const size_t begin = std::min(kKernelReach, kernels.size());
  const size_t end = std::max(begin, kernels.size() - begin);
  SmoothWhole(Kernel::Whole().data(), from.data(), end - begin, to.data() + begin);
  for (size_t h = 0; h < kernels.size(); h = h + 1 == begin ? end : h + 1) {
    const Kernel& kernel = kernels[h];
    double sum = 0;
    for (size_t i = 0; i < kernel.count; ++i) {
      sum += kernel.weights[i] * from[kernel.first + i];
    }
    to[h] = sum;
  }
}

/// Roots of the weighted mean squares of each step, smoothed over its neighbours after division by the growth.
PastScales Scales(const PastErrors& past, std::span<const double> weights, std::span<const Kernel> kernels,
                  std::span<const double> growth) {
  const size_t horizon = past.horizon;
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

/// How many independent errors the smoothed mean square of one step rests on: neighbouring steps and overlapping
/// origins repeat each other. Squares of normal errors are correlated as the square of the errors' correlation.
double IndependentErrors(const PastErrors& past, double origins, const Kernel& kernel, size_t h,
                         const ErrorGrowth& growth) {
  double repeated = 1;
  const size_t count = past.origins();
  const size_t spacing = std::max<size_t>(1, (past.rows.back() - past.rows.front()) / (count - 1));
  for (size_t j = 1; j < count && j * spacing <= h; ++j) {
    const double alike = growth.OverlapCorrelation(h, j * spacing);
    repeated += 2 * alike * alike * (1 - static_cast<double>(j) / static_cast<double>(count));
  }
  double total = 0;
  double joint = 0;
  for (size_t lag = 0; lag < kernel.count; ++lag) {
    const double alike = growth.Correlation(h >= lag ? h - lag : 0, lag);
    double products = 0;
    for (size_t i = 0; i + lag < kernel.count; ++i) {
      products += kernel.weights[i] * kernel.weights[i + lag];
    }
    joint += (lag == 0 ? 1 : 2) * products * alike * alike;
    total += kernel.weights[lag];
  }
  return std::max(1.0, origins / repeated * total * total / joint);
}

/// That of each step. It changes slowly far ahead, and is interpolated there.
std::vector<double> IndependentErrors(const PastErrors& past, const std::vector<double>& weights,
                                      std::span<const Kernel> kernels, const ErrorGrowth& growth) {
  const auto known_at = [&](size_t h) {
    std::vector<double> known = weights;
    for (size_t o = 0; o < known.size(); ++o) {
      known[o] = std::isnan(past.errors[o * past.horizon + h]) ? 0.0 : known[o];
    }
    return EffectiveCount(known);
  };
  std::vector<double> independent(past.horizon);
  size_t before = 0;
  for (size_t h = 0;;) {
    independent[h] = IndependentErrors(past, known_at(h), kernels[h], h, growth);
    for (size_t i = before + 1; i < h; ++i) {
      const double share = static_cast<double>(i - before) / static_cast<double>(h - before);
      independent[i] = independent[before] + share * (independent[h] - independent[before]);
    }
    if (h + 1 == past.horizon) {
      return independent;
    }
    before = h;
    // The last steps have kernels of their own.
    const size_t next = h + 1 + h / 8;
    const size_t own = past.horizon - std::min(past.horizon, kKernelReach);
    h = h < own ? std::max(h + 1, std::min(next, own)) : h + 1;
  }
}

/// The law of a forecast that was never wrong, or tried no more than once.
ErrorLaw PlainLaw(const PastErrors& past) {
  ErrorLaw law;
  std::array<double, QuantileShape::kPoints> normal{};
  for (size_t i = 0; i < normal.size(); ++i) {
    normal[i] = NormalQuantile(QuantileShape::Probability(i));
  }
  law.shape = std::make_shared<QuantileShape>(normal);
  for (size_t h = 0; h < past.horizon; ++h) {
    const double error = past.errors.empty() ? 0.0 : past.errors[h];
    law.scale.push_back(std::isnan(error) ? 0.0 : std::abs(error) * std::sqrt(1 - 2 / kUsualFreedom));
  }
  law.freedom.assign(past.horizon, kUsualFreedom);
  law.tail.assign(past.horizon, 0.0);
  law.held_out_scale.assign(past.errors.size(), 0.0);
  return law;
}

}  // namespace

ErrorLaw LearnErrorLaw(const PastErrors& past, const std::vector<double>& weights, const ErrorGrowth& growth) {
  const size_t horizon = past.horizon;
  if (past.origins() < 2 || !growth.is_known()) {
    return PlainLaw(past);
  }
  std::vector<Kernel> kernels;
  kernels.reserve(horizon);
  for (size_t h = 0; h < horizon; ++h) {
    kernels.emplace_back(h, horizon);
  }
  PastScales scales = Scales(past, weights, kernels, growth.scale());
  ErrorLaw law;
  law.scale = std::move(scales.all);
  law.held_out_scale = std::move(scales.held_out);
  const std::vector<double> independent = IndependentErrors(past, weights, kernels, growth);
  for (size_t h = 0; h < horizon; ++h) {
    const double own = independent[h];
    const double other = 1 / (1 / kMostGrowthCounts + 1 / growth.independent()[h]);
    const double modelled = growth.scale()[h];
    law.scale[h] = std::sqrt((own * law.scale[h] * law.scale[h] + other * modelled * modelled) / (own + other));
  }
  law.independent = independent[horizon / 2];
  const std::vector<double> tails = TailsOf(growth, horizon);
  const double alike = growth.Correlation(horizon / 2, 1) * growth.Correlation(horizon / 2, 1);
  law.shape = std::make_shared<QuantileShape>(
      ShapeOf(past, weights, law.scale, tails, std::max(1.0, growth.rows() * (1 - alike) / (1 + alike))));
  for (size_t h = 0; h < horizon; ++h) {
    const double factor = (1 + kOptimism / independent[h]) * std::sqrt(1 - 2 * tails[h]);
    law.scale[h] *= factor;
    for (size_t i = h; i < law.held_out_scale.size(); i += horizon) {
      law.held_out_scale[i] *= factor;
    }
  }
  law.freedom = independent;
  law.tail = tails;
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

}  // namespace bellwether
