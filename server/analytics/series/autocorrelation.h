#pragma once

#include <span>

namespace bellwether {

/// Noise as a first-order autoregression.
struct Ar1Noise {
  double phi = 0;                ///< 0 to below 1; negative dependence counts as none
  double long_run_variance = 0;  ///< variance of the mean of many values, times their number
};

/// Estimates the noise of a series from its first and second differences alone, by medians: steps, slopes and single
/// outliers hardly touch it (the idea of DeCAFS: Romano, Rigaill, Runge, Fearnhead 2022, "Detecting abrupt changes in
/// the presence of local fluctuations and autocorrelated noise"). No value may be NaN.
[[nodiscard]] Ar1Noise EstimateAr1Noise(std::span<const double> values);

/// Autocorrelation of the values at `lag` about their mean; 0 for a constant.
[[nodiscard]] double Autocorrelation(std::span<const double> values, size_t lag);

}  // namespace bellwether
