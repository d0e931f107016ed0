#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// An autoregressive moving average of the `differences`-th differences w of a series:
/// w(t) = constant + Σ ar[i] w(t-1-i) + e(t) + Σ ma[j] e(t-1-j).
struct ArimaModel {
  size_t differences = 0;
  std::vector<double> ar;
  std::vector<double> ma;
  double constant = 0;  ///< of one difference a drift; 0 where it is not part of the model
};

/// The order and the coefficients for `values` (finite, at least four) in the manner of Hyndman and Khandakar 2008,
/// "Automatic time series forecasting: the forecast package for R": differences (at most two) by the test of
/// Kwiatkowski, Phillips, Schmidt and Shin 1992, then from four usual orders on one step of the orders (at most 5 each)
/// or of the constant after another, as long as Akaike's corrected criterion falls. Coefficients minimise the squares
/// of the misses given the first values (CSS): begun by regression on the misses of a long autoregression (Hannan and
/// Rissanen 1982, "Recursive estimation of mixed autoregressive-moving average order"), improved by Gauss-Newton steps;
/// those that are nearly unstable or not invertible are refused. Always succeeds. Deterministic.
[[nodiscard]] ArimaModel ChooseArima(std::span<const double> values);

/// What comes after `values`, at least three of them.
void ExtendArima(const ArimaModel& model, std::span<const double> values, std::span<double> path);

/// How often the values are to be differenced until the test of Kwiatkowski and others finds their level steady at 5 %:
/// 0 to 2.
[[nodiscard]] size_t DifferencesNeeded(std::span<const double> values);

}  // namespace bellwether
