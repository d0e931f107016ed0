#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// Exponential smoothing with a damped trend (Gardner and McKenzie 1985, "Forecasting trends in time series"), without
/// a season. At each origin the forecast is that of the constants, among 50 on a grid, whose one-step misses were
/// smallest, past misses fading out. All run side by side, one pass over the series.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeDampedMember(const MemberSetting& setting);

/// The same on what is left without the exponentially weighted profiles of the seasons.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeDampedTrendMember(const MemberSetting& setting);

}  // namespace bellwether
