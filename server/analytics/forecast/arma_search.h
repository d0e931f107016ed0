#pragma once

#include <vector>

namespace bellwether {

/// An autoregressive moving average w(t) = constant + Σ ar[i] w(t-1-i) + e(t) + Σ ma[j] e(t-1-j).
struct ArmaModel {
  std::vector<double> ar = {};
  std::vector<double> ma = {};
  double constant = 0;  ///< 0 where it is not part of the model
};

/// The order and the coefficients for `w` (finite, not all equal): stepwise in the manner of Hyndman and Khandakar
/// 2008, "Automatic time series forecasting: the forecast package for R", from four usual orders on one step of the
/// orders (at most 5 each) or of the constant after another, as long as Akaike's corrected criterion falls.
/// Coefficients minimise the squares of the misses given the first values (CSS): begun by regression on the misses of a
/// long autoregression (Hannan and Rissanen 1982, "Recursive estimation of mixed autoregressive-moving average order"),
/// improved by Gauss-Newton steps; those that are nearly unstable or not invertible are refused. Always succeeds:
/// nothing is left of the model where there are too few values. Deterministic.
[[nodiscard]] ArmaModel SearchArma(std::vector<double> w, bool may_have_constant);

}  // namespace bellwether
