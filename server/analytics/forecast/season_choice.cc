#include "server/analytics/forecast/season_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "server/analytics/forecast/lag_members.h"
#include "server/analytics/forecast/rolling_origins.h"
#include "server/analytics/forecast/value_scale.h"

namespace bellwether {
namespace {

constexpr size_t kOrigins = 8;
constexpr size_t kMostHorizon = 512;     // as far as seasons need to show that they help
constexpr double kWorthChanging = 0.85;  // ratio of the errors

double ErrorWith(std::span<const double> values, const MemberSetting& setting, const RollingOrigins& rolling) {
  const std::unique_ptr<ForecastMember> member =
      setting.seasons.empty() ? MakeSeasonalLagsMember(setting) : MakeSeasonalMeansMember(setting);
  std::vector<double> paths(rolling.origins.size() * rolling.horizon);
  member->ForecastFrom(values, rolling.origins, rolling.horizon, paths);
  double sum = 0;
  for (size_t i = 0; i < paths.size(); ++i) {
    const double truth = values[rolling.origins[i / rolling.horizon] + i % rolling.horizon];
    sum += std::abs(truth - paths[i]);
  }
  return std::isfinite(sum) ? sum : std::numeric_limits<double>::infinity();
}

}  // namespace

std::vector<size_t> ChooseSeasons(std::span<const double> history, const MemberSetting& setting,
                                  std::span<const std::vector<size_t>> sets, size_t horizon) {
  const RollingOrigins rolling = ChooseOrigins(history.size(), std::min(horizon, kMostHorizon), {}, kOrigins);
  if (sets.size() < 2 || rolling.origins.empty()) {
    return sets.front();
  }
  const ScaledSeries series(history, ValueScale::kRaw);
  size_t best = 0;
  double least = 0;
  for (size_t i = 0; i < sets.size(); ++i) {
    MemberSetting with = setting;
    with.seasons = sets[i];
    const double error = ErrorWith(series.values(), with, rolling);
    if (i == 0 || error < kWorthChanging * least) {
      best = i;
      least = error;
    }
  }
  return sets[best];
}

}  // namespace bellwether
