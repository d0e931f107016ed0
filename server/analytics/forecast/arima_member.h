#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// An autoregressive integrated moving average whose order is chosen (`arima_model`), on the deseasonalised series.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeArimaMember(const MemberSetting& setting);

/// The same on what MSTL leaves; null without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeMstlArimaMember(const MemberSetting& setting);

}  // namespace bellwether
