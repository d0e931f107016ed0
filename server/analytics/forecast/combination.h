#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/value_scale.h"

namespace bellwether {

/// A member on a scale.
struct CombinationEntry {
  std::string_view member;  ///< an id of ForecastMembers
  ValueScale scale = ValueScale::kRaw;
};

/// What happened at the origins of the past.
struct Backtest {
  size_t horizon = 0;            ///< steps tried at each origin
  size_t origins = 0;            ///< oldest first
  std::vector<size_t> rows;      ///< one an origin: values of the history before it
  size_t history = 0;            ///< values of the whole history
  std::vector<double> forecast;  ///< [origin * horizon + h], the combination
  std::vector<double> truth;     ///< likewise; NaN = missing or not known yet: nothing to learn from
  /// Likewise: a lone outlier, which tells nothing of the size of usual errors; empty = none is.
  std::vector<bool> is_lone;
  /// How much the values changed from one to the next before each origin, relative to what they do now.
  std::vector<double> restlessness;
  size_t season = 0;        ///< the shortest of the series, in steps; 0 = none
  double coefficients = 0;  ///< that the forecasts are made with, about: errors shrink as histories outgrow them
};

/// Members weighted by their errors at past origins.
struct CombinedForecast {
  std::vector<double> path;               ///< the forecast after the end of the history
  std::vector<CombinationEntry> entries;  ///< those that had something to say
  std::vector<double> weights;            ///< of the entries, adding up to 1
  Backtest backtest;
  bool is_usual = false;   ///< the path is the value that is nearly always there
  double error = 0;        ///< mean absolute error of the combination at the origins
  double naive_error = 0;  ///< that of carrying the last value on
};

/// Runs the entries at rolling origins of the history (finite values) and at its end. `is_filled` says which values
/// fill a gap (as long as the history, or empty for none): they are not held against anyone. Weights are the -4th power
/// of the relative error over all origins and, by a third, within each, the newest origins counting most; the forecast
/// is half the weighted mean, far members drawn near, and half the weighted median of the members (after Petropoulos
/// and Svetunkov 2020, "A simple combination of univariate models").
/// Members without an answer at an origin are stood in for by a short autoregression. Several entries together follow a
/// level that has just jumped (LateShift), forecast the value that is nearly always there (UsualValue), and do not see
/// lone outliers (WithoutLoneOutliers), by which they are judged all the same.
/// Deterministic; at most `most_origins`.
[[nodiscard]] CombinedForecast Combine(std::span<const CombinationEntry> entries, const MemberSetting& setting,
                                       std::span<const double> history, const std::vector<bool>& is_filled,
                                       size_t horizon, size_t most_origins);

}  // namespace bellwether
