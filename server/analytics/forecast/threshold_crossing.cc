#include "server/analytics/forecast/threshold_crossing.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "server/analytics/forecast/first_passage.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

std::optional<size_t> FirstReaching(std::span<const double> path, double threshold, CrossingSide side) {
  const auto found =
      std::find_if(path.begin(), path.end(), [&](double value) { return Reaches(value, threshold, side); });
  return found == path.end() ? std::nullopt : std::optional(static_cast<size_t>(found - path.begin()));
}

}  // namespace

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
  crossing.at_step = forecast.distribution.Beyond(threshold, side);
  // A forecast without a distribution is a certain one.
  for (size_t h = crossing.at_step.size(); h < forecast.point.size(); ++h) {
    crossing.at_step.push_back(Reaches(forecast.point[h], threshold, side) ? 1 : 0);
  }
  for (double& share : crossing.at_step) {
    share = std::isnan(share) ? 0.0 : std::clamp(share, 0.0, 1.0);
  }
  crossing.by_step = forecast.distribution.horizon() == crossing.at_step.size()
                         ? forecast.distribution.CrossedBy(threshold, side)
                         : FirstPassage(crossing.at_step, {});
  return crossing;
}

}  // namespace bellwether
