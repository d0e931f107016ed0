#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/decomposition/loess.h"

namespace bellwether {

/// How a series is taken apart.
struct MstlOptions {
  size_t seasonal_window = 11;  ///< seasons over which the shortest pattern may change, odd; longer ones 4 more each
  /// Of the courses of the phases. Lines follow a pattern that grows, but at the end, where it goes on, they rest on
  /// less: means forecast better.
  LoessDegree seasonal_degree = LoessDegree::kConstant;
  size_t rounds = 2;        ///< over all periods
  size_t inner_rounds = 2;  ///< of STL for each
  /// Rounds in which values far from the rest lose their weight (bisquare); 0 = none.
  size_t robust_rounds = 0;
  /// Trends and the means under seasons are smoothed at places this share of their window apart, with straight lines in
  /// between; 0 = everywhere, 0.1 = as the programs of STL's authors.
  double jump = 0.1;
};

/// Trend, one seasonal component a period, and what is left; their sum is the series.
struct Decomposition {
  std::vector<double> trend;
  std::vector<std::vector<double>> seasonal;  ///< in the order of `periods`
  std::vector<double> remainder;              ///< NaN where the series is
  std::vector<size_t> periods;                ///< those of at least two whole seasons, ascending
};

/// Takes an evenly spaced series apart: multiple seasonal-trend decomposition by loess (Bandara, Hyndman, Bergmeir
/// 2021, "MSTL: a seasonal-trend decomposition algorithm for time series with multiple seasonal patterns") on the STL
/// of Cleveland, Cleveland, McRae, Terpenning 1990. With one period it is STL. NaN = missing: such values have no
/// weight, and components go on through them. Periods of fewer than two whole seasons are left out; without any the
/// trend is a loess of a third of the series. A series without numbers has components of 0.
[[nodiscard]] Decomposition DecomposeMstl(std::span<const double> values, std::span<const size_t> periods,
                                          const MstlOptions& options = {});

}  // namespace bellwether
