#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// Lags around one, two and three short seasons, one long season and their difference; the last four without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeSeasonalLagsMember(const MemberSetting& setting);

/// The same idea on first differences.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeDifferencedLagsMember(const MemberSetting& setting);

/// A few lags with Fourier terms of the seasons. Null without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeFourierLagsMember(const MemberSetting& setting);

/// A few lags with exponentially weighted means of the seasons. Null without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeSeasonalMeansMember(const MemberSetting& setting);

/// The last three values only: what stands in where a member has too short a past.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeShortMemoryMember(const MemberSetting& setting);

/// Half-life of observations in members that fade the past out: two long seasons, 100 steps without a season.
[[nodiscard]] double MemberHalfLife(const MemberSetting& setting);

}  // namespace bellwether
