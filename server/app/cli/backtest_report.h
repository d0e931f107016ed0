#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/analytics/anomaly/backtest.h"

namespace bellwether {

/// What the backtests of the series of one table found, as text and as CSV.
class BacktestReport {
 public:
  /// An empty `series_column` means a table of one series: its CSV has no such column.
  BacktestReport(std::string method, std::string series_column)
      : method_(std::move(method)), series_column_(std::move(series_column)) {}

  /// Adds a series: one row a budget, the same budgets for each.
  void Add(std::string series, std::vector<BacktestRow> rows);

  /// A table for people: one line a budget over all series, and what the columns mean.
  [[nodiscard]] std::string Text() const;

  /// One row a series and budget.
  [[nodiscard]] std::string CurveCsv() const;

  /// One row a series, budget and alarm.
  [[nodiscard]] std::string AlarmsCsv() const;

 private:
  struct Series {
    std::string name;
    std::vector<BacktestRow> rows;
  };

  [[nodiscard]] std::string StartCsv(const char* header) const;
  void StartRow(const Series& series, std::string& out) const;

  std::string method_;
  std::string series_column_;
  std::vector<Series> series_;
};

}  // namespace bellwether
