#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/anomaly/incident_window.h"

namespace bellwether {

/// How well one explanation accounts for the rows of a window. Lower is better; figures of one window compare.
struct Fit {
  /// One that every other is better than.
  [[nodiscard]] static Fit None();

  double cost = 0;           ///< misfit of the rows plus what the explanation's own parameters cost, in nats
  double coefficient = 0;    ///< size of the change, in spreads (a factor for the season, a ratio for the scatter)
  size_t begin = 0;          ///< index into IncidentWindow::rows at which it begins
  size_t end = 0;            ///< index behind its last row
  double pulses = 0;         ///< what rows of the incident that are off for themselves would still take from the cost
  std::vector<double> left;  ///< what it leaves of each row of the window, in usual deviations of what is new in a row
};

/// Explains the rows of one window in several ways. Misfit is Huber's loss (1964, "Robust estimation of a location
/// parameter") of what is new in each row, in units of what was usual before; every parameter costs half the log of the
/// number of rows (Schwarz 1978, "Estimating the dimension of a model"), so that the simplest sufficient explanation
/// wins. The level before is always free. Bounded: a few hundred passes over at most 960 rows.
class Explanations {
 public:
  /// `window` is usable and must outlive the object. `lasting_rows`: what passes within fewer is no level shift.
  Explanations(const IncidentWindow& window, size_t lasting_rows);

  [[nodiscard]] const Fit& AsUsual() const { return as_usual_; }
  /// Whether an explanation leaves no more than usual noise, so that none of those that need more can do better.
  [[nodiscard]] bool Suffices(const Fit& fit) const;
  /// Rows off for themselves, or an offset of fewer than `lasting_rows`. coefficient: mean distance of those rows.
  [[nodiscard]] Fit Pulse() const;
  /// An offset that lasts.
  [[nodiscard]] Fit LevelShift() const;
  /// A straight slope that lasts; coefficient: spreads from its begin to its end.
  [[nodiscard]] Fit Drift() const;
  /// An offset that begins after the first row of the incident, where the rows since then are best split into two
  /// levels, and lasts: what began with something else, or has nothing to do with it.
  [[nodiscard]] Fit LaterLevel() const;
  /// Another scatter of what `left` is left of each row; coefficient: over the usual one. `cost` is what is cheaper by
  /// it (below 0) and what its parameters cost, without the misfit itself.
  [[nodiscard]] Fit ScatterOf(std::span<const double> left) const;
  /// A season of another size; coefficient: over the usual one. Cost is infinite without a season.
  [[nodiscard]] Fit SeasonSize() const;
  /// The season moved in time; coefficient: rows by which it runs late. Cost is infinite without a season.
  [[nodiscard]] Fit SeasonMove() const;

 private:
  /// Takes `candidate`, whose leftovers are in left_, if it is better.
  void Keep(const Fit& candidate, Fit& best) const;
  Fit Regress(std::span<const double> x, size_t begin, size_t end, double parameters) const;
  Fit Offset(size_t begin, size_t end) const;
  Fit Ramp(size_t begin, size_t end, bool stays) const;
  struct Pulses {
    double saved = 0;
    size_t begin = 0;
    size_t end = 0;
  };
  Pulses PulsesLeft() const;
  Fit LonePulses() const;
  Fit BestOffset(size_t least_rows, size_t most_rows) const;
  size_t LaterSplit() const;
  std::vector<size_t> Begins(size_t least_lead) const;
  std::vector<size_t> Ends(size_t begin) const;
  /// A stretch of the window and the move of the season that leaves least of it.
  struct MovedStretch {
    size_t begin = 0, end = 0, move = 0;
    double saved = 0;  // squares less than as usual; 0 = there is none
  };
  std::array<MovedStretch, 3> LikelyMoves(size_t least_rows) const;
  size_t LeastSeasonRows() const { return std::max(lasting_rows_, window_.profile.size() / 8); }
  /// The season at index `k` of the window as it were if it ran late by `move` rows.
  double MovedSeason(size_t k, size_t move) const;
  double PriceOf(double parameters) const { return parameters * half_log_rows_; }
  size_t size() const { return window_.rows.size(); }

  static constexpr size_t kLeastLasting = 8;  // rows of a change of scatter, slope or season

  const IncidentWindow& window_;
  size_t lasting_rows_;
  double half_log_rows_;
  std::vector<double> constant_;            // the regressor of the level before, whitened
  mutable std::vector<double> x_;           // scratch: a regressor
  mutable std::vector<double> x_whitened_;  // scratch
  mutable std::vector<double> left_;        // scratch: misfit of each row
  Fit as_usual_;
  double usual_loss_ = 0;  // of a row before the incident
};

}  // namespace bellwether
