#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// A weighted mean, the mean profile of the short season, that of the long season on what remains, shrunk by the share
/// of its variance that is not noise (James and Stein 1961, "Estimation with quadratic loss"), and a short
/// autoregression of the rest. Observations fade out exponentially and are weighted down where the last fit missed by
/// far. Null without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeProfileMember(const MemberSetting& setting);

}  // namespace bellwether
