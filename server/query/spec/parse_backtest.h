#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace bellwether {

/// What is asked of a backtest: the body of the resource `/backtest`.
struct BacktestAsk {
  std::string query_json;
  double days = 14;
  std::vector<double> budgets;   ///< ascending, distinct; empty = the budgets of the three sensitivities
  std::optional<absl::Time> to;  ///< end of the stretch to judge; empty = now
};

/// The longest stretch that a backtest judges, in days.
inline constexpr double kMostBacktestDays = 366;

/// Reads {"query": {...}, "days": 14, "budgets": [0.25, 1, 7], "to": "2026-11-20T12:00:00Z"}, of which only `query` is
/// required. INVALID_ARGUMENT (downstream) names the field and what is allowed.
[[nodiscard]] absl::StatusOr<BacktestAsk> ParseBacktest(std::string_view body);

}  // namespace bellwether
