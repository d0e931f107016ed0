#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/forecast/calendar.h"
#include "server/analytics/forecast/regressors.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// What the series of a forecast query are explained by: other series of the query and the calendar. Refers to the
/// context's input.
class ExplainingSeries {
 public:
  /// Finds the regressors of the query among its series and reads its calendar, for `horizon` steps ahead and the last
  /// `history` steps. BadQueryError for a name that no series has, and when no series is left to forecast; the errors
  /// of the calendar's file.
  [[nodiscard]] static absl::StatusOr<ExplainingSeries> Find(const AnswerContext& context, size_t history,
                                                             size_t horizon);

  /// The series to forecast: those that explain nothing.
  [[nodiscard]] const std::vector<size_t>& targets() const { return targets_; }
  /// The holidays of the calendar, for methods that know of them; null without any.
  [[nodiscard]] const std::shared_ptr<const CalendarOptions>& holidays() const { return holidays_; }
  /// What explains series `target`: of a regressor that several series go by, the one with the same labels.
  [[nodiscard]] std::vector<Regressor> For(size_t target) const;
  /// What to say of the calendar.
  [[nodiscard]] const std::vector<Notice>& notices() const { return notices_; }

 private:
  struct Named {
    std::string name;
    std::vector<size_t> series;  // that go by it
  };

  explicit ExplainingSeries(const ModelInput& input) : input_(&input) {}
  absl::Status FindNames(const AnswerContext& context);
  absl::Status ReadCalendar(const AnswerContext& context, size_t horizon);
  [[nodiscard]] absl::StatusOr<std::vector<Holiday>> Holidays(const AnswerContext& context, absl::CivilDay from,
                                                              absl::CivilDay to);

  const ModelInput* input_;
  size_t history_ = 0;  // steps
  std::vector<size_t> targets_;
  std::vector<Named> names_;
  std::vector<CalendarColumn> columns_;  // history, then the steps ahead
  std::shared_ptr<const CalendarOptions> holidays_;
  std::vector<Notice> notices_;
};

}  // namespace bellwether
