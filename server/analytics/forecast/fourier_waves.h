#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/running_ridge.h"

namespace bellwether {

/// A wave that a regression may contain: sine and cosine with `harmonic` cycles in `period` steps.
struct FourierWave {
  double period = 0;
  size_t harmonic = 1;
};

/// The waves of the shortest and, where it is another one, the longest season: at most so many harmonics of each, below
/// half a cycle a step, none twice. A year is 365.2425 days whatever whole number of steps stands for it.
[[nodiscard]] std::vector<FourierWave> SeasonWaves(const MemberSetting& setting, size_t most_short, size_t most_long);

/// Sine and cosine columns of consecutive rows, by rotation. Where all waves repeat after a whole number of steps, one
/// such cycle is kept.
class WaveTable {
 public:
  WaveTable(std::span<const FourierWave> waves, size_t rows);

  [[nodiscard]] size_t columns() const { return columns_; }
  [[nodiscard]] size_t width() const { return table_.width(); }
  [[nodiscard]] const double* row(size_t t) const { return table_.row(t % cycle_); }

  /// sums[h] += row(from + h) times the coefficients, which are padded to width().
  void AddProducts(size_t from, std::span<const double> coefficients, std::span<double> sums) const;

 private:
  size_t columns_;
  size_t cycle_;
  PaddedRows table_;
};

}  // namespace bellwether
