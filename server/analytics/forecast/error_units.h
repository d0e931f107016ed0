#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/error_growth.h"
#include "server/analytics/forecast/past_errors.h"

namespace bellwether {

/// What errors are measured in: how large they usually are where the forecast has a certain level and the season a
/// certain phase, against errors elsewhere. A count is off by the more the larger it is, a load at noon by more than at
/// night. Errors in these units have one law.
struct ErrorUnits {
  /// How far errors follow the level, 0 (additive, alike at every level) to 1 (multiplicative, a share of the level).
  double level_share = 0;
  double usual_level = 1;        ///< of the forecasts tried, above 0
  size_t season = 0;             ///< in rows
  std::vector<double> phases;    ///< factors of equal parts of the season; empty = errors do not depend on it
  double phase_uncertainty = 0;  ///< variance of the logarithms of these factors

  /// The unit of an error about the forecast `level` of row `row` of the history.
  [[nodiscard]] double At(double level, size_t row) const {
    const double by_level = 1 + level_share * (level / usual_level - 1);
    return phases.empty() ? by_level : by_level * phases[row % season * phases.size() / season];
  }
};

/// The level share by the likelihood of the innovations, between that of errors that are alike at every level and of
/// errors in proportion to it. `forecasts` belongs to the errors, all above 0. Averages over 0, 1/2 and 1, as
/// many independent errors as `growth` has rows.
void LearnLevelShare(const PastErrors& past, std::span<const double> forecasts, const std::vector<double>& weights,
                     const ErrorGrowth& growth, ErrorUnits& units);

/// The phases from errors that are already in units of the level: mean sizes at each phase, smoothed twice over its
/// neighbours (twicing: Tukey 1977, "Exploratory data analysis"), whose logarithms are drawn towards each other by the
/// share of their variance that chance explains. None unless that variance is larger than chance leaves likely.
void LearnPhases(const PastErrors& past, size_t season, const std::vector<double>& weights, const ErrorGrowth& growth,
                 ErrorUnits& units);

}  // namespace bellwether
