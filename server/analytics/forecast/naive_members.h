#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// The last value goes on.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeNaiveMember(const MemberSetting& setting);

/// The last season goes on (the longest one); null without a season. The value one season before where an origin has
/// less than a season before it is the last value.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeSeasonalNaiveMember(const MemberSetting& setting);

/// The straight line through the first and the last value goes on.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeDriftMember(const MemberSetting& setting);

/// The last value, or the straight line, of what MSTL leaves goes on, with the last seasons on top; null without a
/// season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeMstlNaiveMember(const MemberSetting& setting);
[[nodiscard]] std::unique_ptr<ForecastMember> MakeMstlDriftMember(const MemberSetting& setting);

}  // namespace bellwether
