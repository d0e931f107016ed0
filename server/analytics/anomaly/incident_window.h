#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/seasonality/period_finder.h"

namespace bellwether {

/// The rows around an incident, made comparable: values less the season that the rows before follow, in spreads, with
/// missing rows left out, and cleaned of their dependence on the row before.
///
/// The season is frozen before the incident, so that it stays what was usual for as long as the incident lasts; a
/// detector's expected value may have begun to follow.
struct IncidentWindow {
  std::vector<size_t> rows;      ///< of the series, ascending: those that are not missing
  std::vector<double> rest;      ///< value less season, less `level`, in spreads; cut to +-kMostSpreads
  std::vector<double> season;    ///< the season at each row, in spreads about its mean; empty without one
  std::vector<double> whitened;  ///< rest[k] - phi * rest[k - 1] over the scale of the same before the incident
  std::vector<double> profile;   ///< one cycle of the season by row number modulo its length, in spreads; may be empty
  size_t alarm = 0;              ///< index into `rows` of the first row of the incident, rows.size() when it has none
  size_t last = 0;               ///< index behind the last row of the incident
  double level = 0;              ///< usual value before, season left out; series' unit
  double spread = 1;             ///< usual deviation from level and season before; series' unit, above 0
  double phi = 0;                ///< dependence on the row before, 0 to 0.95
  double innovation = 1;         ///< scale of what is new in each row, in spreads
  bool usable = false;           ///< false where too few rows precede for anything to be said

  static constexpr double kMostSpreads = 1e4;
};

/// Rows looked at around an incident.
inline constexpr size_t kRowsBefore = 192;  ///< a slow drift begins long before its first alarm
inline constexpr size_t kRowsAfter = 48;    ///< tells whether it has passed
inline constexpr size_t kRowsOnward = 96;   ///< at least so many from the first alarm on
inline constexpr size_t kMostOnward = 768;  ///< a longer incident is named by its first rows

/// The window of the incident [first, last] of `values`. `periods` are those that the detector uses; each is tried, the
/// one that leaves the least is taken, if it leaves clearly less than none.
[[nodiscard]] IncidentWindow MakeIncidentWindow(std::span<const double> values, std::span<const Period> periods,
                                                size_t first, size_t last);

}  // namespace bellwether
