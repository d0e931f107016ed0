#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/seasonality/calendar_periods.h"

namespace bellwether {

/// Periods worth an exact test: calendar lengths, peaks of the whitened spectrum and hills of the whitened
/// autocorrelation, of which a rough look at their lines in the spectrum leaves a few.
class PeriodCandidates {
 public:
  /// `calendar` outlives this; series of `rows` numbers are looked at.
  PeriodCandidates(const CalendarPeriods& calendar, size_t rows);

  /// The candidates of `series` (finite, `rows` numbers, largest magnitude 1 or 0), in steps, best first; empty where
  /// all is 0. O(rows log rows).
  [[nodiscard]] std::vector<double> Of(std::span<const float> series);

 private:
  void TakeSpectrum(std::span<const float> series);
  void AddPeaks(std::vector<double>& candidates) const;
  void AddHills(std::vector<double>& candidates);
  [[nodiscard]] std::vector<double> Screened(std::span<const double> candidates) const;

  const CalendarPeriods& calendar_;
  size_t rows_;
  size_t size_;                ///< of the transform
  std::vector<float> window_;  ///< a Hann window
  std::vector<float> power_;   ///< of the tapered series
  std::vector<float> autocorrelation_;
};

}  // namespace bellwether
