#include "server/analytics/forecast/threshold_crossing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

std::optional<size_t> FirstReaching(std::span<const double> path, double threshold, CrossingSide side) {
  const auto found =
      std::find_if(path.begin(), path.end(), [&](double value) { return Reaches(value, threshold, side); });
  return found == path.end() ? std::nullopt : std::optional(static_cast<size_t>(found - path.begin()));
}

double ProbabilityBeyond(const ForecastDistribution& law, size_t h, double threshold, CrossingSide side) {
  // At most the threshold is the complement of being above it, by the smallest step there is.
  const double share =
      side == CrossingSide::kAbove
          ? law.ProbabilityAtLeast(h, threshold)
          : 1 - law.ProbabilityAtLeast(h, std::nextafter(threshold, std::numeric_limits<double>::infinity()));
  return std::isnan(share) ? 0.0 : std::clamp(share, 0.0, 1.0);
}

}  // namespace

bool Reaches(double value, double threshold, CrossingSide side) {
  return side == CrossingSide::kAbove ? value >= threshold : value <= threshold;
}

std::optional<size_t> ThresholdCrossing::StepOf(double probability) const {
  const auto found = std::lower_bound(by_step.begin(), by_step.end(), probability);
  return found == by_step.end() ? std::nullopt : std::optional(static_cast<size_t>(found - by_step.begin()));
}

absl::StatusOr<ThresholdCrossing> CrossThreshold(const Forecast& forecast, double threshold, CrossingSide side) {
  if (!std::isfinite(threshold)) {
    return BadQueryError("The threshold must be a finite number. Give a value in the unit of the series.");
  }
  ThresholdCrossing crossing;
  crossing.median = FirstReaching(forecast.point, threshold, side);
  for (const Band& band : forecast.bands) {
    const bool above = side == CrossingSide::kAbove;
    crossing.bands.push_back({band.level, FirstReaching(above ? band.upper : band.lower, threshold, side),
                              FirstReaching(above ? band.lower : band.upper, threshold, side)});
  }
  const size_t horizon = forecast.distribution.horizon();
  for (size_t h = 0; h < horizon; ++h) {
    crossing.at_step.push_back(ProbabilityBeyond(forecast.distribution, h, threshold, side));
  }
  crossing.by_step = forecast.distribution.CrossedBy(threshold, side);
  double reached = 0;
  for (size_t h = 0; h < crossing.by_step.size(); ++h) {
    const double by = std::isnan(crossing.by_step[h]) ? 0.0 : std::clamp(crossing.by_step[h], 0.0, 1.0);
    reached = std::max({reached, by, h < horizon ? crossing.at_step[h] : 0.0});
    crossing.by_step[h] = reached;
  }
  return crossing;
}

}  // namespace bellwether
