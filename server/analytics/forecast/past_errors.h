#pragma once

#include <cstddef>
#include <vector>

namespace bellwether {

/// The errors of a backtest: `errors[o * horizon + h]` = truth - forecast, oldest origin first, NaN = unknown.
struct PastErrors {
  std::vector<double> errors;
  size_t horizon = 0;
  std::vector<size_t> rows;  ///< one an origin: values of the history before it, ascending

  [[nodiscard]] size_t origins() const { return rows.size(); }
};

/// One weight an origin, the newest 1, half of it every `half_life` origins before: older errors say less of those to
/// come.
[[nodiscard]] std::vector<double> OriginWeights(size_t origins, double half_life);

/// How many equal weights would say as much.
[[nodiscard]] double EffectiveCount(const std::vector<double>& weights);

}  // namespace bellwether
