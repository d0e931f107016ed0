#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "server/analytics/forecast/combination.h"
#include "server/analytics/forecast/distribution.h"
#include "server/analytics/forecast/error_law.h"
#include "server/analytics/forecast/error_pool.h"
#include "server/analytics/forecast/error_units.h"

namespace bellwether {

/// What a backtest teaches about the errors to come. Errors are learned in units that follow the level and the phase of
/// the season where they do (ErrorUnits), as if made with the whole history, and adapted to how restless the series is
/// now, by at most a seventh. For positive data whose errors follow the level those of the logarithm are learned as
/// well, and both count as far as they do. Immutable.
class LearnedBands {
 public:
  /// `fallback` is the error expected one step ahead where there are fewer than two origins to learn from; it grows
  /// with the root of the distance. Errors of similar series in `pool` (may be null) count as a few of its own.
  LearnedBands(const Backtest& backtest, double fallback, std::shared_ptr<const ErrorPool> pool = nullptr);

  /// Lends the errors to a pool, where enough of them are known.
  void LendTo(ErrorPool& pool) const;

  /// The distributions about `centre`, one a step ahead.
  [[nodiscard]] ForecastDistribution::Parts About(std::span<const double> centre) const;

  /// For each level, the share of the backtest that bands of that level held, each origin judged by scales learned from
  /// the others. 0 for fewer than two origins.
  [[nodiscard]] std::vector<double> Coverage(const Backtest& backtest, std::span<const double> levels) const;

 private:
  size_t origins_;
  size_t history_;
  double fallback_;
  ErrorUnits units_;
  ErrorLaw law_;
  std::optional<ErrorLaw> log_law_;
  ErrorDependence dependence_;
  std::shared_ptr<const ErrorPool> pool_;
};

}  // namespace bellwether
