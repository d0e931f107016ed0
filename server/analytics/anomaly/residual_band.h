#pragma once

#include "server/analytics/anomaly/tail_histogram.h"

namespace bellwether {

/// The interval around the expected value that holds a wanted share of the residuals, learned from their own history,
/// separately for either side.
class ResidualBand {
 public:
  explicit ResidualBand(double level, TailHistogram::Memory memory = TailHistogram::Memory::kFading);

  [[nodiscard]] bool warm() const { return above_.warm(); }

  /// Distance of the edges from the expected value; both at least 0.
  [[nodiscard]] double LowerDistance() const { return below_.MagnitudeAt(surprise_); }
  [[nodiscard]] double UpperDistance() const { return above_.MagnitudeAt(surprise_); }

  /// Learns value - expected.
  void Add(double residual);

  /// See TailHistogram::Refresh.
  void Refresh();

 private:
  double surprise_;
  TailHistogram above_;
  TailHistogram below_;
};

}  // namespace bellwether
