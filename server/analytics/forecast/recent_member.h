#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// The mean course of the last three long seasons, each measured from the four values before it, on the mean of the
/// last four values. Null without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeRecentSeasonsMember(const MemberSetting& setting);

}  // namespace bellwether
