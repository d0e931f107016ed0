#include "server/analytics/changepoint/changepoints.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/changepoint/segmentation.h"
#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/series/autocorrelation.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kMinPoints = 10;
constexpr double kSmoothPhi = 0.985;
constexpr double kOutlierScales = 8;  // single values farther than this from the median of 3 are no level

/// Takes out strong seasons by the median of each phase.
void Deseasonalize(std::vector<double>& values) {
  for (const Period& period : FindPeriods(values, {.max_periods = 2})) {
    if (period.strength < 0.3) {
      continue;
    }
    std::vector<double> phase;
    const double level = Median(values);
    for (size_t start = 0; start < period.steps; ++start) {
      phase.clear();
      for (size_t i = start; i < values.size(); i += period.steps) {
        phase.push_back(values[i]);
      }
      const double shift = QuantileInPlace(phase, 0.5) - level;
      for (size_t i = start; i < values.size(); i += period.steps) {
        values[i] -= shift;
      }
    }
  }
}

/// Replaces single far values by the median of themselves and their neighbours.
void RemoveSpikes(std::vector<double>& values) {
  std::vector<double> rest(values.size());
  std::vector<double> smooth(values);
  for (size_t i = 1; i + 1 < values.size(); ++i) {
    smooth[i] =
        std::max(std::min(values[i - 1], values[i]), std::min(std::max(values[i - 1], values[i]), values[i + 1]));
    rest[i] = values[i] - smooth[i];
  }
  std::vector<double> moved;
  for (const double r : rest) {
    if (r != 0) {
      moved.push_back(r);
    }
  }
  const double scale = RobustScale(moved, 0);
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::abs(rest[i]) > kOutlierScales * scale) {
      values[i] = smooth[i];
    }
  }
}

double MeanOf(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return sum / static_cast<double>(values.size());
}

double DeviationOf(std::span<const double> values) {
  const double mean = MeanOf(values);
  double sum = 0;
  for (const double value : values) {
    sum += (value - mean) * (value - mean);
  }
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// Takes out the straight line of the median slopes between the thirds of the series, which a step in the middle moves
/// less than it moves least squares.
void RemoveLine(std::vector<double>& values) {
  const size_t n = values.size();
  const size_t third = n / 3;
  const double slope =
      (Median(std::span<const double>(values).last(third)) - Median(std::span<const double>(values).first(third))) /
      static_cast<double>(n - third);
  for (size_t i = 0; i < n; ++i) {
    values[i] -= slope * static_cast<double>(i);
  }
}

/// What a partition costs: residual sum of squares in units of the variance, and the penalty of its changes.
double PartitionCost(std::span<const double> values, const std::vector<size_t>& changes, double variance,
                     double penalty) {
  double cost = penalty * static_cast<double>(changes.size());
  size_t from = 0;
  for (size_t s = 0; s <= changes.size(); ++s) {
    const size_t to = s < changes.size() ? changes[s] : values.size();
    const double deviation = DeviationOf(values.subspan(from, to - from));
    cost += deviation * deviation * static_cast<double>(to - from) / variance;
    from = to;
  }
  return cost;
}

/// The noise with its dependence taken a standard error and a half higher than estimated: mistaking dependence for
/// steps is the worse error.
Ar1Noise CautiousNoise(std::span<const double> values) {
  Ar1Noise noise = EstimateAr1Noise(values);
  const double n = static_cast<double>(values.size());
  const double cautious = std::min(0.99, noise.phi + 1.5 * std::sqrt(std::max(1 - noise.phi * noise.phi, 0.05) / n));
  const auto inflation = [](double phi) { return (1 + phi) / ((1 - phi) * (1 - phi)); };
  noise.long_run_variance *= inflation(cautious) / inflation(noise.phi);
  return noise;
}

double Confidence(double gain, double penalty) { return 1 - std::exp(-0.5 * std::max(0.0, gain / penalty)); }

}  // namespace

std::string_view ChangeKindName(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kLevel:
      return "level";
    case ChangeKind::kVariance:
      return "variance";
  }
  return "level";
}

std::vector<ChangePoint> FindChangePoints(std::span<const double> values) {
  NormalizedSeries series = Normalize(values);
  const size_t n = values.size();
  if (series.present < kMinPoints || series.present * 2 < n) {
    return {};
  }
  FillGaps(series.values);
  const std::vector<double> filled = series.values;
  std::vector<double>& clean = series.values;
  Deseasonalize(clean);
  RemoveSpikes(clean);

  std::vector<ChangePoint> changes;
  const Ar1Noise noise = CautiousNoise(clean);
  const double log_n = std::log(static_cast<double>(n));
  const double range = *std::max_element(clean.begin(), clean.end()) - *std::min_element(clean.begin(), clean.end());
  if (range <= 0) {
    return {};
  }
  const double variance = std::max(noise.long_run_variance, 1e-6 * range * range / static_cast<double>(n));
  const double penalty = 3 * log_n + 6;
  const size_t min_length = std::max<size_t>(5, n / 50);
  // Smoother than a random walk (its differences go on in their direction): such a series has no levels to step
  // between.
  std::vector<size_t> levels;
  if (noise.phi < kSmoothPhi) {
    levels = SegmentMeans(clean, variance, penalty, min_length);
    // A slope cut into a staircase is no set of changes: where a straight line under fewer steps costs less, it stays.
    std::vector<double> level_part = clean;
    RemoveLine(level_part);
    const std::vector<size_t> other = SegmentMeans(level_part, variance, penalty, min_length);
    if (PartitionCost(level_part, other, variance, penalty) + penalty <
        PartitionCost(clean, levels, variance, penalty)) {
      clean = std::move(level_part);
      levels = other;
    }
  }
  std::vector<size_t> edges = {0};
  edges.insert(edges.end(), levels.begin(), levels.end());
  edges.push_back(n);
  std::vector<double> residual = clean;
  for (size_t s = 0; s + 1 < edges.size(); ++s) {
    const auto segment = std::span<const double>(clean).subspan(edges[s], edges[s + 1] - edges[s]);
    const double mean = MeanOf(segment);
    for (size_t i = edges[s]; i < edges[s + 1]; ++i) {
      residual[i] -= mean;
    }
    if (s > 0) {
      const auto before = std::span<const double>(clean).subspan(edges[s - 1], edges[s] - edges[s - 1]);
      const double size = mean - MeanOf(before);
      const double a = static_cast<double>(before.size());
      const double b = static_cast<double>(segment.size());
      const double gain = size * size * a * b / (a + b) / variance;
      changes.push_back(
          {.index = edges[s],
           .kind = ChangeKind::kLevel,
           .confidence = Confidence(gain, penalty),
           .before =
               MeanOf(std::span<const double>(filled).subspan(edges[s - 1], edges[s] - edges[s - 1])) * series.unit,
           .after = MeanOf(std::span<const double>(filled).subspan(edges[s], edges[s + 1] - edges[s])) * series.unit});
    }
  }

  // |e|^(2/3) of normal noise is nearly normal itself (Wilson and Hilferty 1931), so a change of variance is a step in
  // it.
  if (noise.phi < 0.8) {
    std::vector<double> spread(n);
    for (size_t i = 0; i < n; ++i) {
      spread[i] = std::cbrt(residual[i] * residual[i]);
    }
    const Ar1Noise spread_noise = EstimateAr1Noise(spread);
    const double centre = MeanOf(spread);
    const double spread_variance = std::max(spread_noise.long_run_variance, 0.05 * centre * centre);
    if (centre > 0) {
      for (const size_t index : SegmentMeans(spread, spread_variance, penalty + log_n, std::max<size_t>(10, n / 25))) {
        const bool known = std::any_of(levels.begin(), levels.end(), [&](size_t level) {
          return std::max(level, index) - std::min(level, index) < std::max<size_t>(5, n / 25);
        });
        if (known) {
          continue;
        }
        const size_t reach = std::max<size_t>(10, n / 25);
        const size_t from = index > 4 * reach ? index - 4 * reach : 0;
        const size_t to = std::min(n, index + 4 * reach);
        changes.push_back(
            {.index = index,
             .kind = ChangeKind::kVariance,
             .confidence = 0.5,
             .before = DeviationOf(std::span<const double>(residual).subspan(from, index - from)) * series.unit,
             .after = DeviationOf(std::span<const double>(residual).subspan(index, to - index)) * series.unit});
      }
    }
  }
  std::sort(changes.begin(), changes.end(),
            [](const ChangePoint& a, const ChangePoint& b) { return a.index < b.index; });
  return changes;
}

}  // namespace bellwether
