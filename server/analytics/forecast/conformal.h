#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Interval edges learned from the errors that the same procedure made on the history. Per-horizon scales, smoothed
/// over neighbouring horizons, and pooled quantiles of the scaled errors, separately for either side (split conformal
/// prediction per horizon: Stankeviciute, Alaa, van der Schaar 2021, "Conformal time-series forecasting").
class ConformalBands {
 public:
  /// `errors[o * horizon + h]` = actual - forecast, h steps after origin o, the newest origin first; NaN = not
  /// observed. `fallback_scale` is the error expected one step ahead when there are fewer than two origins; it grows
  /// with the square root of the distance.
  ConformalBands(std::span<const double> errors, size_t horizon, double fallback_scale);

  /// Distance of the edge from the forecast `h` steps ahead (0-based; beyond the learned horizon it grows with the
  /// square root). `probability` below one half gives a lower edge (a distance of 0 or below), above one half an upper
  /// one. Monotone in `probability`.
  [[nodiscard]] double Offset(size_t h, double probability) const;

 private:
  std::vector<double> scales_;
  std::vector<double> sorted_;      ///< scaled errors, ascending
  std::vector<double> cumulative_;  ///< their weights, cumulated and normalised
  double root_mean_square_ = 1;
  double inflation_ = 1;
};

/// Quantile of Student's t distribution with 6 degrees of freedom, scaled to unit variance; 0 < p < 1.
[[nodiscard]] double StudentQuantile6(double p);

}  // namespace bellwether
