#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Harmonics of a period that are looked at, at most.
inline constexpr size_t kMostCombLines = 64;

/// What the comb test says of one period.
struct CombResult {
  double period = 0;
  double evidence = 0;         ///< -log of the probability that noise alone does this well
  double gain = 0;             ///< log-likelihood gain over noise, to compare periods with one another
  std::vector<double> lines;   ///< power above background of harmonic 1, 2, ... (not below 0)
  std::vector<double> powers;  ///< raw power of harmonic 1, 2, ...
};

/// -log of the chance that `lines` spectral lines of noise reach the summed -log p of `sum` (Fisher's combination: the
/// tail of a chi-square with 2 * lines degrees of freedom at 2 * sum). `lines` is at most kMostCombLines.
[[nodiscard]] double FisherEvidence(double sum, size_t lines);

/// Summed evidence of -log p values of successive lines: the largest over a fixed ladder of line counts, paid for by
/// the length of the ladder. `gain` receives the largest sum of (-log p - 2), if not null.
[[nodiscard]] double LadderEvidence(std::span<const double> minus_log_p, double* gain);

/// -log p of spectral lines, each compared with bins around it, under any locally flat spectrum: the ratio of a line to
/// the mean of c bins follows F(2, 2c).
class LineEvidence {
 public:
  void Clear() { count_ = 0; }

  /// The next line, `ratio` times the mean of `bins` bins; at most kMostCombLines are taken.
  void Add(double ratio, double bins) {
    if (count_ < kMostCombLines) {
      exponents_[count_] = bins;
      bases_[count_++] = 1 + ratio / bins;
    }
  }

  /// -log p of each; uses up what was added.
  [[nodiscard]] std::span<const double> MinusLogP();

 private:
  size_t count_ = 0;
  std::array<double, kMostCombLines> bases_;
  std::array<double, kMostCombLines> exponents_;
};

/// Tests whether a series repeats with given periods. The spectrum of the newest whole number of cycles has the lines
/// of the period exactly on its bins m, 2m, 3m ...; each line is compared with the bins around it, which gives an F(2,
/// 2c) statistic under any locally flat spectrum, so coloured noise needs no model. Whole cycles of a fractional period
/// are put on a power-of-two grid by linear interpolation at more than twice the rate of the series; the images of that
/// lie above the series' own frequencies.
class CombTest {
 public:
  /// Takes over the series to test, finite numbers; replaces an earlier one.
  void Load(std::span<const double> series);

  /// What was taken over, scaled to a largest magnitude of 1.
  [[nodiscard]] std::span<const float> series() const { return std::span(series_).first(series_.size() - 1); }

  /// The test of `period` (in steps, at least 2, at least two cycles long). Lines of the periods in `taken` are left
  /// out of account. O(n log n).
  [[nodiscard]] CombResult Test(double period, std::span<const double> taken);

 private:
  /// The spectrum of the newest `length` steps, resampled to whole cycles, up to `bins`.
  void TakeSpectrum(double length, size_t bins);

  std::vector<float> series_;  ///< scaled to a largest magnitude of 1, and one number more: what follows the last
  std::vector<float> power_;
  double spectrum_length_ = 0;  ///< of what `power_` holds; several periods may come to the same
};

}  // namespace bellwether
