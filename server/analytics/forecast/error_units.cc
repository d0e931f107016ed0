#include "server/analytics/forecast/error_units.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bellwether {
namespace {

constexpr double kProof = 3;  // standard deviations of the variance between phases under chance alone
constexpr size_t kMostPhases = 96;
constexpr double kPhasesSmoothed = 24;   // phases of a season are averaged over a 24th of it
constexpr size_t kMostCompared = 1'024;  // errors that the level share is learned from; more say nothing new
constexpr double kReach = 3;             // of that kernel, in its widths
constexpr double kTwiceCosts = 1.5;      // variance of what was smoothed twice against once

struct PhaseSums {
  double sizes = 0;
  double squares = 0;
  double mass = 0;
  double rows = 0;  ///< rows of the history with errors
};

/// Sizes of the errors by phase, each step by its own scale.
std::vector<PhaseSums> SumByPhase(const PastErrors& past, size_t season, const std::vector<double>& weights,
                                  const ErrorGrowth& growth) {
  std::vector<PhaseSums> sums(std::min(season, kMostPhases));
  size_t seen = 0;
  for (size_t o = 0; o < past.origins(); ++o) {
    for (size_t h = 0; h < past.horizon; ++h) {
      const double error = past.errors[o * past.horizon + h];
      if (std::isnan(error)) {
        continue;
      }
      const size_t row = past.rows[o] + h;
      const double size = std::abs(error) / growth.scale()[h];
      PhaseSums& sum = sums[row % season * sums.size() / season];
      sum.sizes += weights[o] * size;
      sum.squares += weights[o] * size * size;
      sum.mass += weights[o];
      sum.rows += row >= seen ? 1 : 0;
      seen = std::max(seen, row + 1);
    }
  }
  return sums;
}

/// Weights of neighbouring phases, and how many independent ones they come to.
struct PhaseKernel {
  /// `persistence` is the correlation of errors one phase apart.
  PhaseKernel(size_t phases, double persistence) {
    const double width = std::max(1.0, static_cast<double>(phases) / kPhasesSmoothed);
    reach = static_cast<size_t>(std::min(kReach * width, 0.5 * static_cast<double>(phases - 1)));
    for (size_t i = 0; i <= 2 * reach; ++i) {
      const double distance = (static_cast<double>(i) - static_cast<double>(reach)) / width;
      weights.push_back(std::exp(-0.5 * distance * distance));
    }
    // Sizes of normal errors are correlated about as the square of the errors' correlation.
    double joint = 0;
    double power = 1;
    for (size_t lag = 0; lag < weights.size() && power > 1e-3; ++lag) {
      double products = 0;
      for (size_t i = 0; i + lag < weights.size(); ++i) {
        products += weights[i] * weights[i + lag];
      }
      joint += (lag == 0 ? 1 : 2) * power * products;
      power *= persistence * persistence;
    }
    for (const double weight : weights) {
      total += weight;
    }
    repeated = joint / total;
  }

  /// The weighted sums over the neighbours of each phase, around the season.
  [[nodiscard]] std::vector<PhaseSums> Smooth(const std::vector<PhaseSums>& sums) const {
    const size_t phases = sums.size();
    std::vector<PhaseSums> smoothed(phases);
    for (size_t p = 0; p < phases; ++p) {
      PhaseSums& near = smoothed[p];
      for (size_t i = 0; i < weights.size(); ++i) {
        const PhaseSums& other = sums[(p + phases + i - reach) % phases];
        near.sizes += weights[i] * other.sizes;
        near.squares += weights[i] * other.squares;
        near.mass += weights[i] * other.mass;
        near.rows += weights[i] * other.rows;
      }
    }
    return smoothed;
  }

  size_t reach = 0;
  std::vector<double> weights;
  double total = 0;
  double repeated = 1;  ///< values within the kernel that count as one
};

double MeanSquare(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value * value;
  }
  return sum / static_cast<double>(values.size());
}

/// Makes the mean 0.
void Centre(std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) {
    mean += value / static_cast<double>(values.size());
  }
  for (double& value : values) {
    value -= mean;
  }
}

}  // namespace

void LearnLevelShare(const PastErrors& past, std::span<const double> forecasts, const std::vector<double>& weights,
                     const ErrorGrowth& growth, ErrorUnits& units) {
  constexpr std::array<double, 3> kChoices = {0, 0.5, 1};
  if (!growth.is_known() || forecasts.empty()) {
    return;
  }
  size_t stride = (past.errors.size() + kMostCompared - 1) / kMostCompared;
  stride += stride > 1 && past.horizon % stride == 0 ? 1 : 0;  // so that all steps have their turn
  double logs = 0;
  double count = 0;
  for (size_t i = 0; i < forecasts.size(); i += stride) {
    logs += std::log(forecasts[i]);
    count += 1;
  }
  units.usual_level = std::exp(logs / count);
  const std::vector<double> innovations = growth.Innovations(past);
  // Laplace's law: its scale is the mean size, which single errors do not decide.
  std::array<double, kChoices.size()> units_logs{};
  std::array<double, kChoices.size()> sizes{};
  double mass = 0;
  for (size_t i = 0; i < past.errors.size(); i += stride) {
    if (std::isnan(past.errors[i])) {
      continue;
    }
    const double weight = weights[i / past.horizon];
    const double size = std::abs(innovations[i]);
    const double level = forecasts[i] / units.usual_level;
    for (size_t k = 0; k < kChoices.size(); ++k) {
      const double unit = 1 + kChoices[k] * (level - 1);
      units_logs[k] += k == 0 ? 0.0 : weight * std::log(unit);
      sizes[k] += weight * size / unit;
    }
    mass += weight;
  }
  std::array<double, kChoices.size()> fits{};
  for (size_t k = 0; k < kChoices.size(); ++k) {
    fits[k] = -growth.rows() * (units_logs[k] / mass + std::log(sizes[k] / mass));
  }
  const double best = *std::max_element(fits.begin(), fits.end());
  double total = 0;
  double sum = 0;
  for (size_t k = 0; k < kChoices.size(); ++k) {
    const double belief = std::exp(fits[k] - best);
    total += belief;
    sum += belief * kChoices[k];
  }
  units.level_share = std::isfinite(sum / total) ? sum / total : 0.0;
}

void LearnPhases(const PastErrors& past, size_t season, const std::vector<double>& weights, const ErrorGrowth& growth,
                 ErrorUnits& units) {
  if (season < 2 || !growth.is_known()) {
    return;
  }
  const std::vector<PhaseSums> sums = SumByPhase(past, season, weights, growth);
  const PhaseKernel kernel(sums.size(), growth.Correlation(past.horizon / 2, season / sums.size()));
  const std::vector<PhaseSums> smoothed = kernel.Smooth(sums);
  std::vector<double> logs(sums.size());
  double chance = 0;
  for (size_t p = 0; p < sums.size(); ++p) {
    const PhaseSums& near = smoothed[p];
    if (!(near.sizes > 0) || !(near.rows > 0)) {
      return;
    }
    const double mean = near.sizes / near.mass;
    logs[p] = std::log(mean);
    const double relative = std::max(near.squares / near.mass / (mean * mean) - 1, 0.0);
    chance += relative * kernel.repeated / near.rows / static_cast<double>(sums.size());
  }
  Centre(logs);
  const double independent = std::max(2.0, static_cast<double>(sums.size()) / kernel.total * kernel.repeated);
  if (!(MeanSquare(logs) - chance > kProof * chance * std::sqrt(2 / independent))) {
    return;
  }
  // Smoothing rounds off the quietest and the busiest phase; smoothing what it left gives that back, at a price.
  std::vector<PhaseSums> rest = sums;
  for (size_t p = 0; p < rest.size(); ++p) {
    rest[p].sizes /= std::exp(logs[p]);
  }
  rest = kernel.Smooth(rest);
  for (size_t p = 0; p < rest.size(); ++p) {
    logs[p] += std::log(rest[p].sizes / rest[p].mass);
  }
  chance *= kTwiceCosts;
  Centre(logs);
  const double between = std::max(MeanSquare(logs) - chance, 0.0);
  const double share = between / (between + chance);
  for (double& log : logs) {
    log = std::exp(share * log);
  }
  units.season = season;
  units.phases = std::move(logs);
  units.phase_uncertainty = share * chance;
}

}  // namespace bellwether
