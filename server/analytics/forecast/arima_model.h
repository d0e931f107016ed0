#pragma once

#include <cstddef>
#include <span>

#include "server/analytics/forecast/arma_search.h"

namespace bellwether {

/// An autoregressive moving average of the `differences`-th differences of a series; the constant of one difference is
/// a drift.
struct ArimaModel {
  size_t differences = 0;
  ArmaModel arma = {};
};

/// The model for `values` (finite, at least four): as many differences as DifferencesNeeded says, the rest as
/// SearchArma finds it, without a constant for two differences.
[[nodiscard]] ArimaModel ChooseArima(std::span<const double> values);

/// What comes after `values`, at least three of them.
void ExtendArima(const ArimaModel& model, std::span<const double> values, std::span<double> path);

/// How often the values are to be differenced until the test of Kwiatkowski and others finds their level steady at 5 %:
/// 0 to 2.
[[nodiscard]] size_t DifferencesNeeded(std::span<const double> values);

}  // namespace bellwether
