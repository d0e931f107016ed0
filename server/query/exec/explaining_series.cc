#include "server/query/exec/explaining_series.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/spec/json_reader.h"

namespace bellwether {
namespace {

constexpr size_t kMostListed = 10;
constexpr const char* kMetricLabel = "series";  // what MakeNamesUnique adds

Labels OwnLabels(const ModelSeries& series) {
  Labels labels = series.labels;
  labels.erase(kMetricLabel);
  return labels;
}

// "price, revenue, …": the metrics of the query.
std::string MetricNames(const ModelInput& input) {
  std::vector<std::string_view> names;
  for (const ModelSeries& series : input.series) {
    if (std::find(names.begin(), names.end(), series.name) == names.end()) {
      names.push_back(series.name);
    }
  }
  const bool is_cut = names.size() > kMostListed;
  names.resize(std::min(names.size(), kMostListed));
  return JoinNames(names) + (is_cut ? ", …" : "");
}

}  // namespace

absl::StatusOr<ExplainingSeries> ExplainingSeries::Find(const AnswerContext& context, size_t history, size_t horizon) {
  ExplainingSeries found(context.input);
  found.history_ = std::min(history, context.input.times_unix_ns.size());
  BELLWETHER_RETURN_IF_ERROR(found.FindNames(context));
  if (context.spec.forecast.calendar.IsAsked()) {
    BELLWETHER_RETURN_IF_ERROR(found.ReadCalendar(context, horizon));
  }
  return found;
}

absl::Status ExplainingSeries::FindNames(const AnswerContext& context) {
  const std::vector<ModelSeries>& series = context.input.series;
  std::vector<bool> explains(series.size(), false);
  const std::vector<std::string>& wanted = context.spec.forecast.regressors;
  for (size_t k = 0; k < wanted.size(); ++k) {
    Named named{wanted[k], {}};
    for (size_t i = 0; i < series.size(); ++i) {
      if (series[i].name == wanted[k] || series[i].display_name == wanted[k]) {
        named.series.push_back(i);
        explains[i] = true;
      }
    }
    if (named.series.empty()) {
      return BadQueryError(Concat("forecast.regressors[", k, "] ", QuotedExcerpt(wanted[k]),
                                  " is no series of this query, which has: ", MetricNames(context.input),
                                  ". Add it to the source, or name another."));
    }
    names_.push_back(std::move(named));
  }
  for (size_t i = 0; i < series.size(); ++i) {
    if (!explains[i]) {
      targets_.push_back(i);
    }
  }
  return targets_.empty() && !series.empty()
             ? BadQueryError(
                   "forecast.regressors names every series of this query, so none is left to forecast. Add "
                   "the series to forecast to the source.")
             : absl::OkStatus();
}

absl::StatusOr<std::vector<Holiday>> ExplainingSeries::Holidays(const AnswerContext& context, absl::CivilDay from,
                                                                absl::CivilDay to) {
  const CalendarSpec& calendar = context.spec.forecast.calendar;
  std::optional<std::string> text;
  if (!calendar.file.empty()) {
    if (!context.read_file) {
      return WithOrigin(absl::PermissionDeniedError("No folder of files is allowed here, so forecast.calendar.file "
                                                    "cannot be read. Ask the operator to set csv_folder."),
                        Origin::kDownstream);
    }
    BELLWETHER_ASSIGN_OR_RETURN(text, context.read_file(calendar.file));
  }
  BELLWETHER_ASSIGN_OR_RETURN(IcsHolidays found, FindHolidays(calendar.country, text, from, to));
  if (const std::string passed_over = PassedOver(found); !passed_over.empty()) {
    notices_.push_back({NoticeSeverity::kWarning, Concat(calendar.file, ": ", passed_over)});
  }
  return std::move(found.days);
}

absl::Status ExplainingSeries::ReadCalendar(const AnswerContext& context, size_t horizon) {
  const CalendarSpec& calendar = context.spec.forecast.calendar;
  const ModelPlan& plan = context.input.plan;
  const int64_t start_ns = plan.visible_to_ns - static_cast<int64_t>(history_) * plan.step_ns;
  const size_t count = history_ + horizon;
  const auto day_at = [&](int64_t unix_ns) { return absl::ToCivilDay(absl::FromUnixNanos(unix_ns), calendar.zone); };
  CalendarOptions options;
  options.weekdays = calendar.weekdays;
  options.zone = calendar.zone;
  if (!calendar.country.empty() || !calendar.file.empty()) {
    BELLWETHER_ASSIGN_OR_RETURN(
        options.holidays,
        Holidays(context, day_at(start_ns) - 1, day_at(start_ns + static_cast<int64_t>(count) * plan.step_ns) + 1));
    const auto in_history = std::count_if(options.holidays.begin(), options.holidays.end(), [&](const Holiday& one) {
      return one.day >= day_at(start_ns) && one.day < day_at(plan.visible_to_ns);
    });
    if (in_history == 0) {
      notices_.push_back({NoticeSeverity::kInfo,
                          "The history holds no holiday, so nothing is known of their effect. Set a longer history."});
    }
  }
  columns_ = CalendarColumns(options, start_ns, plan.step_ns, count);
  if (!options.holidays.empty()) {
    holidays_ = std::make_shared<const CalendarOptions>(std::move(options));
  }
  return absl::OkStatus();
}

std::vector<Regressor> ExplainingSeries::For(size_t target) const {
  std::vector<Regressor> regressors;
  const Labels own = OwnLabels(input_->series[target]);
  for (const Named& named : names_) {
    const auto alike = std::find_if(named.series.begin(), named.series.end(),
                                    [&](size_t i) { return OwnLabels(input_->series[i]) == own; });
    Regressor regressor{named.name, {}, {}, 0};
    if (alike != named.series.end() || named.series.size() == 1) {
      const ModelSeries& series = input_->series[alike != named.series.end() ? *alike : named.series.front()];
      regressor.past = std::span(series.values).subspan(series.values.size() - history_);
      regressor.future = series.ahead;
    }
    regressors.push_back(std::move(regressor));
  }
  for (const CalendarColumn& column : columns_) {
    const std::span<const double> values(column.values);
    regressors.push_back({column.name, values.subspan(0, history_), values.subspan(history_),
                          column.name == kHolidayColumn ? 0 : kWeekdayGroup});
  }
  return regressors;
}

}  // namespace bellwether
