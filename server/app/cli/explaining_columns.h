#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/analytics/forecast/calendar.h"
#include "server/analytics/forecast/regressors.h"
#include "server/app/cli/series_table.h"

namespace CLI {
class App;
}  // namespace CLI

namespace bellwether {

/// What `forecast` lets a user say of what explains the series.
struct ExplainingArguments {
  std::vector<std::string> regressors;
  std::string unknown_future = "hold";
  bool weekdays = false;
  std::string country;
  std::string calendar_path;
  std::string timezone = "UTC";
  std::string effects_path;

  [[nodiscard]] bool IsAsked() const {
    return !regressors.empty() || weekdays || !country.empty() || !calendar_path.empty();
  }
};

/// Adds --regressors, --unknown-future, --weekdays, --country, --calendar, --timezone and --effects to a command.
void AddExplainingOptions(CLI::App& command, ExplainingArguments& arguments);

/// OK, or a sentence about the option that is wrong: known before any input is read.
[[nodiscard]] absl::Status CheckExplaining(const ExplainingArguments& arguments);

/// What explains one series; the regressors refer to the columns, so it can be moved but not copied.
struct ExplainedRows {
  ExplainedRows() = default;
  ExplainedRows(ExplainedRows&&) = default;
  ExplainedRows& operator=(ExplainedRows&&) = default;

  size_t known = 0;  ///< rows of the series before those that are still to come
  std::vector<std::vector<double>> columns;
  std::vector<Regressor> regressors;
  std::shared_ptr<const CalendarOptions> holidays;  ///< null without any
  std::vector<std::string> notices;
};

/// The explaining variables of a table and the calendar.
class ExplainingColumns {
 public:
  /// Finds the regressors among the columns of the table, else among its series, which are taken out of it then; reads
  /// the calendar's file. Errors are sentences that say what the table has.
  [[nodiscard]] static absl::StatusOr<ExplainingColumns> Find(const ExplainingArguments& arguments, SeriesTable& table);

  /// For a series with a row each `step_ns`. Rows at the end that have a regressor but no value are still to come.
  [[nodiscard]] absl::StatusOr<ExplainedRows> For(const TableSeries& series, int64_t step_ns, size_t horizon) const;

 private:
  struct Named {
    std::string name;
    size_t column = 0;                  ///< of TableSeries::more, where there is no series
    std::shared_ptr<TableSeries> rows;  ///< the series that explains; shared with copies of this
  };

  absl::Status AddCalendar(const std::vector<int64_t>& times, int64_t step_ns, ExplainedRows& rows) const;

  ExplainingArguments arguments_;
  std::vector<Named> named_;
  std::shared_ptr<const std::string> ics_;  ///< null without a file; shared with copies of this
};

/// The UnknownFuture that --unknown-future means.
[[nodiscard]] UnknownFuture UnknownFutureOf(const ExplainingArguments& arguments);

/// "regressor,per_unit,lower,upper,p_value,share,used,note" and a row for each effect.
[[nodiscard]] std::string EffectsHeader();
void AppendEffects(const std::vector<RegressorEffect>& effects, std::string& rows);

}  // namespace bellwether
