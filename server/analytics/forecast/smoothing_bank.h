#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// The constants of exponential smoothing with a damped trend (Gardner and McKenzie 1985, "Forecasting trends in time
/// series").
struct SmoothingConstants {
  double alpha = 0.5;  ///< of the level
  double beta = 0;     ///< of the trend, as a share of alpha
  double phi = 1;      ///< how much of the trend stays a step
};

/// That smoothing with many sets of constants side by side.
class SmoothingBank {
 public:
  /// What a miss adds to the loss.
  enum class Loss { kAbsolute, kSquared };

  /// All begin with one level and no trend.
  SmoothingBank(std::span<const SmoothingConstants> sets, double level);

  /// All begin with this level and trend.
  void Start(double level, double trend);

  /// Takes in the values. A step leaves `fade` of the losses so far.
  void Advance(std::span<const double> values, double fade, Loss loss);

  [[nodiscard]] double LossOf(size_t set) const { return loss_[set]; }
  /// The set with the least loss, the first of several.
  [[nodiscard]] size_t Best() const;

  /// What comes next by one set.
  void Extend(size_t set, std::span<double> path) const;

 private:
  size_t count_;
  // Padded with the first set.
  std::vector<double> alpha_;
  std::vector<double> alpha_beta_;
  std::vector<double> phi_;
  std::vector<double> level_;
  std::vector<double> trend_;
  std::vector<double> loss_;
};

}  // namespace bellwether
