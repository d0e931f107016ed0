#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/fourier_waves.h"

namespace bellwether {

/// The columns of an autoregression, and how much of the past it looks at.
struct LagRegressionSpec {
  std::string id = {};
  std::vector<size_t> lags = {};          ///< ascending, each at least 1, at least one
  std::vector<size_t> mean_seasons = {};  ///< seasons whose exponentially weighted means are columns; ascending
  std::vector<FourierWave> waves = {};
  bool differences = false;  ///< of first differences, added up again
  double half_life = 100;    ///< of the weights of the rows, in steps
};

/// Ridge regression of the next value on its own past, forecasting recursively. Each coefficient has a normal prior
/// whose deviation is 0.3 in units of the series' deviation; rows fade out exponentially and are weighted down where
/// the regression fitted before them missed by far (Huber 1964, "Robust estimation of a location parameter"). One pass
/// over the series keeps running sums, from which the regression is solved anew at each origin. The exponentially
/// weighted seasonal mean s(t) = 0.2 z(t - m) + 0.8 s(t - m) enters at t + 1, t, t - 1 and t - 2: a seasonal moving
/// average of infinite order with four coefficients.
/// The first of the `choices` (at least one, the widest first) that leaves six rows a lag is used, else the last one.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeLagRegression(std::vector<LagRegressionSpec> choices);

}  // namespace bellwether
