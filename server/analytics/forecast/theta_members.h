#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// The theta method (Assimakopoulos and Nikolopoulos 2000, "The theta model: a decomposition approach to forecasting"):
/// exponential smoothing with half the slope of the straight line through all values (its form after Hyndman and
/// Billah 2003), on the deseasonalised series.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeThetaMember(const MemberSetting& setting);

/// The same on what MSTL leaves; null without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeMstlThetaMember(const MemberSetting& setting);

/// The dynamic optimised theta model (Fiorucci, Pellegrini, Louzada, Petropoulos, Koehler 2016, "Models for optimising
/// the theta method and their relationship to state space models"): the weight of the line is chosen with the smoothing
/// constant, and the line is that of the values so far.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeOptimisedThetaMember(const MemberSetting& setting);

/// The same on what MSTL leaves; null without a season.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeMstlOptimisedThetaMember(const MemberSetting& setting);

}  // namespace bellwether
