#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "server/analytics/anomaly/state_record.h"

namespace bellwether {

/// Turns a score of any meaning into the chance of one at least as high on the history it was learned from. The bulk is
/// counted. Among the highest 5 % (at least 20 scores) an exponential tail takes over, fitted to the median excess: it
/// goes on beyond the highest score, and true anomalies in the history, up to half of the tail, do not spoil it. Where
/// fewer scores are as high than it says, as for scores that have an upper end, the chance is the geometric mean of
/// both. The peaks-over-threshold idea of Siffer et al., "Anomaly detection in streams with extreme value theory"
/// (2017).
class ScoreCalibration {
 public:
  /// Learns from the history's scores; NaN is skipped. Without any, every score has chance 1.
  explicit ScoreCalibration(std::span<const double> scores);

  /// The chance, kLeastChance to 1; falls with the score. NaN has chance 1.
  [[nodiscard]] double ChanceOf(double score) const;

  /// -log10 of the chance: 0 to 8.
  [[nodiscard]] double SurpriseOf(double score) const;

  static constexpr double kLeastChance = 1e-8;

  /// Appends what it learned to the saved state of a detector.
  void Save(StateWriter& writer) const;
  /// Takes it from there; nothing where it makes no sense.
  [[nodiscard]] static std::optional<ScoreCalibration> Restore(StateReader& reader);

 private:
  ScoreCalibration() = default;

  std::vector<double> sorted_;   ///< up to kKept of the scores below the tail, evenly taken
  std::vector<double> highest_;  ///< up to kKept of the highest scores, ascending
  double count_ = 0;             ///< scores learned from
  double tail_begin_ = 0;
  double tail_share_ = 0;  ///< of the scores above tail_begin_; 0 = no tail was fitted
  double tail_scale_ = 0;
};

}  // namespace bellwether
