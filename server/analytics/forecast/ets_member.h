#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// Exponential smoothing in state-space form (Hyndman, Koehler, Ord, Snyder 2008, "Forecasting with exponential
/// smoothing"): no, a straight or a damped trend, each on the values or, where all are above zero and range widely, on
/// their logarithms (which makes errors and trend multiplicative), on the deseasonalised series. The form is that with
/// the least AICc.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeEtsMember(const MemberSetting& setting);

/// The same on what MSTL leaves; null without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeMstlEtsMember(const MemberSetting& setting);

}  // namespace bellwether
