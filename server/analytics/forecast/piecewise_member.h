#pragma once

#include <memory>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// A piecewise linear trend, waves for the seasons, and holidays where the setting has a calendar: the model of Taylor
/// and Letham 2018, "Forecasting at scale", solved in closed form. The slope may change at 13 to 25 places in the first
/// four fifths of the values; changes have their Laplace prior, which is reached by ridge regressions whose weights
/// follow from the solution before (Hunter and Li 2005, "Variable selection using MM algorithms"). Waves have a normal
/// prior that falls off with the harmonic, holidays one of theirs. The last slope goes on.
[[nodiscard]] std::unique_ptr<ForecastMember> MakePiecewiseMember(const MemberSetting& setting);

}  // namespace bellwether
