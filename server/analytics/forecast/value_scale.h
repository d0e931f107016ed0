#pragma once

#include <span>
#include <vector>

namespace bellwether {

/// A scale on which a member may see a series.
enum class ValueScale {
  kRaw,
  kRoot,  ///< square root; for values of at least 0
  kLog,   ///< natural logarithm; for values above 0
};

/// A series on one of the scales, shifted and stretched to mean 0 and deviation 1, and the way back.
class ScaledSeries {
 public:
  ScaledSeries(std::span<const double> values, ValueScale scale);

  [[nodiscard]] std::span<const double> values() const { return values_; }

  /// What zero of the series is on this scale, -infinity on that of logarithms.
  [[nodiscard]] double Zero() const;

  /// Turns forecasts on this scale into forecasts of the series; those that overflow are cut to [low, high]. NaN stays.
  void Restore(std::span<double> forecasts, double low, double high) const;

 private:
  ValueScale scale_;
  double centre_ = 0;
  double spread_ = 1;
  std::vector<double> values_;
};

}  // namespace bellwether
