#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/bench/forecast/series_files.h"

namespace bellwether::forecast_yardstick {

/// How forecasts are tried on series: cut off at several ends, each forecast the steps after it.
struct RollingOptions {
  /// Ids, entries such as "profiles@log+naive@raw", "alone:ID" for the paths of a member by itself (no bands, seasons
  /// known beforehand), or "file:PATH" with the forecasts that another library made of the export, as
  /// `key,step,forecast,lower,upper`.
  std::vector<std::string> methods = {"auto"};
  size_t horizon = 0;  ///< 0 = what the step suggests
  size_t ends = 5;
  size_t stride = 0;            ///< steps between ends; 0 = half the horizon
  size_t first_end = 0;         ///< steps after the last end; 0 = the horizon
  size_t lag = 0;               ///< of the naive forecast that scales errors; 0 = the best season, or 1
  std::vector<size_t> seasons;  ///< given; empty = found
  double naive2_smape = 0;      ///< with naive2_mase: gives OWA
  double naive2_mase = 0;
  std::string export_to;     ///< file that gets all histories for other libraries instead of a table; empty = none
  std::string dump;          ///< file that gets the forecasts of the last end; empty = none
  bool each_kind = false;    ///< a row for each kind as well
  bool each_series = false;  ///< and one for each series
};

/// Tries the methods on all series and prints a table: errors, scores of the bands, coverage, the share of series on
/// which the method beats seasonal naive, the share on which the first method beats it, and the worst ratio of its
/// error to that of naive.
void RunRolling(const std::vector<Series>& series, const RollingOptions& options);

}  // namespace bellwether::forecast_yardstick
