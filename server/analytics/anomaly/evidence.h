#pragma once

#include <array>
#include <cstddef>
#include <limits>

namespace bellwether {

/// Entries of AnomalyType, kNone included.
inline constexpr size_t kAnomalyTypes = 9;

/// What speaks for each kind of anomaly in one incident: numbers for an explanation, all measured against the rows
/// before. A spread is the usual (standard) deviation of the series from its level and season. NaN = not known.
struct IncidentEvidence {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  size_t since = 0;          ///< row at which the change begins by the explanation chosen; at or before the first alarm
  size_t until = 0;          ///< last row that it covers among those known
  bool lasts = false;        ///< it still holds at the last row looked at
  double spread = kUnknown;  ///< in the series' own unit; above 0
  double level_before = kUnknown;            ///< usual value just before, season left out
  double level_change = kUnknown;            ///< of the best step, in units; negative = down
  double slope_per_row = kUnknown;           ///< of the best ramp, in units a row
  double spread_ratio = kUnknown;            ///< scatter within over scatter before
  size_t period = 0;                         ///< rows of the season that the rows before follow; 0 = none
  double season_agreement = kUnknown;        ///< correlation of the rows within with that season, -1 to 1
  double moved_season_agreement = kUnknown;  ///< the same with the season moved by season_move_rows
  ptrdiff_t season_move_rows = 0;            ///< positive: the series runs late
  double season_gain = kUnknown;             ///< size of the season within over its usual size; 0 = it is gone
  size_t equal_run = 0;                      ///< rows in a row with one and the same value
  size_t usual_equal_run = 0;                ///< the longest such run before
  size_t missing_rows = 0;                   ///< in a row, around the incident
  size_t usual_missing_rows = 0;             ///< the longest such run before
  double missing_share = 0;                  ///< of the rows of the incident

  /// How much better each type explains the rows than "as usual" does, in nats (log of the likelihood ratio less what
  /// its own parameters cost); by AnomalyType, 0 where it was not tried or explains nothing.
  std::array<double, kAnomalyTypes> gain{};
};

}  // namespace bellwether
