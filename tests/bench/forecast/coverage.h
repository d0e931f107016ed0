#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bellwether::forecast_yardstick {

struct CoverageOptions {
  size_t series = 400;  ///< of each law and length
  std::vector<size_t> rows = {240, 720};
  size_t horizon = 24;
  uint64_t first_seed = 1;
  std::string method = "auto";
  std::string law;     ///< only laws whose name holds this
  bool steps = false;  ///< all steps instead of six of them
  /// Histories end at any hour of the week. Otherwise all end at the same one, so that each step has a phase of its
  /// own: stricter, since a phase whose errors are taken for too small is not made up for by another.
  bool any_hour = false;
};

/// Forecasts series of each known law and prints, for bands of 80, 95 and 99 %, how likely they were to hold each of
/// several steps, the mean, and the farthest step. What can follow each history is known from copies of its process,
/// which takes away most of the chance that one future each would leave. For counts also what bands with whole edges
/// can hold at best.
void RunCoverage(const CoverageOptions& options);

/// Likewise for thresholds: those that are reached within the horizon with a given true probability, what the forecast
/// says of them; and those that the forecast says are reached with a given probability, what the truth is.
void RunCrossing(const CoverageOptions& options);

}  // namespace bellwether::forecast_yardstick
