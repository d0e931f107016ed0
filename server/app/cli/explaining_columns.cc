#include "server/app/cli/explaining_columns.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "CLI/CLI.hpp"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/spec/parse_feedback.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMostBytes = size_t{4} << 20;  // of a calendar's file: small, or it is none
constexpr const char* kHold = "hold";
constexpr const char* kLeaveOut = "leave-out";

absl::StatusOr<std::string> ReadCalendarFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(Concat("The file ", path, " cannot be opened: ", std::generic_category().message(errno),
                                      ". Check the path and its permissions."));
  }
  std::string text(kMostBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMostBytes) {
    return absl::InvalidArgumentError(Concat("The file ", path, " is larger than the 4 MiB that a calendar may have."));
  }
  return text;
}

// The value that another series has at each time, and at the times after the last that are `step_ns` apart.
std::vector<double> ValuesAt(const TableSeries& other, std::span<const int64_t> times) {
  std::unordered_map<int64_t, double> by_time;
  for (size_t i = 0; i < other.values.size(); ++i) {
    by_time.emplace(other.times_unix_ns[i], other.values[i]);
  }
  std::vector<double> values;
  for (const int64_t time : times) {
    const auto found = by_time.find(time);
    values.push_back(found == by_time.end() ? kNan : found->second);
  }
  return values;
}

}  // namespace

void AddExplainingOptions(CLI::App& command, ExplainingArguments& arguments) {
  command
      .add_option("--regressors", arguments.regressors,
                  "what explains the series, separated by commas: columns of the input, or series of --series-column")
      ->delimiter(',');
  command
      .add_option("--unknown-future", arguments.unknown_future,
                  "where nothing is known of a regressor ahead: hold its last value, or leave-out its effect")
      ->check(CLI::IsMember({kHold, kLeaveOut}))
      ->capture_default_str();
  command.add_flag("--weekdays", arguments.weekdays, "let the weekdays explain the series");
  command.add_option("--country", arguments.country, "let the public holidays of a country explain it, such as DE");
  command.add_option("--calendar", arguments.calendar_path, "let the days of an iCalendar (.ics) file explain it");
  command.add_option("--timezone", arguments.timezone, "IANA name whose clock tells the days")->capture_default_str();
  command.add_option("--effects", arguments.effects_path,
                     "CSV file for what each regressor does to each series; - is the standard output");
}

UnknownFuture UnknownFutureOf(const ExplainingArguments& arguments) {
  return arguments.unknown_future == kLeaveOut ? UnknownFuture::kLeaveOut : UnknownFuture::kHold;
}

absl::Status CheckExplaining(const ExplainingArguments& arguments) {
  if (!FindTimeZone(arguments.timezone).has_value()) {
    return BadQueryError(Concat("--timezone \"", arguments.timezone,
                                "\" is not known here. Use an IANA name such as Europe/Berlin, or UTC."));
  }
  if (!arguments.country.empty()) {
    BELLWETHER_RETURN_IF_ERROR(CountryHolidays(arguments.country, 2026, 2026).status());
  }
  for (const std::string& name : arguments.regressors) {
    if (name.empty() || name == "timestamp" || name == "value") {
      return BadQueryError(Concat("--regressors cannot hold \"", name,
                                  "\". Name other columns of the input, or series of --series-column."));
    }
  }
  if (!arguments.effects_path.empty() && !arguments.IsAsked()) {
    return BadQueryError("--effects needs something that explains: --regressors, --weekdays, --country or --calendar.");
  }
  return absl::OkStatus();
}

absl::StatusOr<ExplainingColumns> ExplainingColumns::Find(const ExplainingArguments& arguments, SeriesTable& table) {
  ExplainingColumns found;
  found.arguments_ = arguments;
  for (const std::string& name : arguments.regressors) {
    Named named{.name = name, .column = 0, .rows = nullptr};
    const auto column = std::find(table.more.begin(), table.more.end(), name);
    const auto series = std::find_if(table.series.begin(), table.series.end(), [&](const TableSeries& one) {
      return !table.series_column.empty() && one.name == name;
    });
    if (column != table.more.end()) {
      named.column = static_cast<size_t>(column - table.more.begin());
    } else if (series != table.series.end()) {
      named.rows = std::make_shared<TableSeries>(std::move(*series));
      table.series.erase(series);
    } else {
      return absl::InvalidArgumentError(Concat("--regressors names \"", name, "\", but the input has no such column",
                                               table.series_column.empty() ? "" : " or series",
                                               ". Its header reads: ", table.columns, "."));
    }
    found.named_.push_back(std::move(named));
  }
  if (table.series.empty()) {
    return absl::InvalidArgumentError("--regressors names every series of the input, so none is left to forecast.");
  }
  if (!arguments.calendar_path.empty()) {
    BELLWETHER_ASSIGN_OR_RETURN(std::string text, ReadCalendarFile(arguments.calendar_path));
    found.ics_ = std::make_shared<const std::string>(std::move(text));
  }
  return found;
}

absl::Status ExplainingColumns::AddCalendar(const std::vector<int64_t>& times, int64_t step_ns,
                                            ExplainedRows& rows) const {
  CalendarOptions options;
  options.weekdays = arguments_.weekdays;
  options.zone = FindTimeZone(arguments_.timezone).value_or(absl::UTCTimeZone());
  if (!arguments_.country.empty() || ics_ != nullptr) {
    const auto day_at = [&](int64_t unix_ns) { return absl::ToCivilDay(absl::FromUnixNanos(unix_ns), options.zone); };
    const auto [first, last] = std::minmax_element(times.begin(), times.end());
    BELLWETHER_ASSIGN_OR_RETURN(
        IcsHolidays holidays,
        FindHolidays(arguments_.country, ics_ == nullptr ? std::nullopt : std::optional<std::string>(*ics_),
                     day_at(*first) - 1, day_at(*last) + 2));
    if (const std::string passed_over = PassedOver(holidays); !passed_over.empty()) {
      rows.notices.push_back(Concat(arguments_.calendar_path, ": ", passed_over));
    }
    const absl::CivilDay now = day_at(times[rows.known - 1]);
    const bool is_known = std::any_of(holidays.days.begin(), holidays.days.end(), [&](const Holiday& holiday) {
      return holiday.day >= day_at(times.front()) && holiday.day <= now;
    });
    if (!is_known) {
      rows.notices.emplace_back("The history holds no holiday, so nothing is known of their effect.");
    }
    options.holidays = std::move(holidays.days);
  }
  for (CalendarColumn& column : CalendarColumns(options, times, step_ns)) {
    rows.regressors.push_back(
        {.name = column.name, .past = {}, .future = {}, .group = column.name == kHolidayColumn ? 0 : kWeekdayGroup});
    rows.columns.push_back(std::move(column.values));
  }
  if (!options.holidays.empty()) {
    rows.holidays = std::make_shared<const CalendarOptions>(std::move(options));
  }
  return absl::OkStatus();
}

absl::StatusOr<ExplainedRows> ExplainingColumns::For(const TableSeries& series, int64_t step_ns, size_t horizon) const {
  ExplainedRows rows;
  rows.known = series.values.size();
  const auto has_regressor = [&](size_t row) {
    return std::any_of(named_.begin(), named_.end(), [&](const Named& named) {
      return named.rows == nullptr && std::isfinite(series.more[named.column][row]);
    });
  };
  while (rows.known > 0 && std::isnan(series.values[rows.known - 1]) && has_regressor(rows.known - 1)) {
    --rows.known;
  }
  if (rows.known == 0) {
    return absl::InvalidArgumentError("No row has a value, so there is nothing to forecast from.");
  }
  std::vector<int64_t> times(series.times_unix_ns.begin(),
                             series.times_unix_ns.begin() + static_cast<ptrdiff_t>(rows.known));
  for (size_t h = 0; h < horizon && times.back() < std::numeric_limits<int64_t>::max() - step_ns; ++h) {
    times.push_back(times.back() + step_ns);
  }
  for (const Named& named : named_) {
    rows.regressors.push_back({.name = named.name, .past = {}, .future = {}});
    rows.columns.push_back(named.rows == nullptr ? series.more[named.column] : ValuesAt(*named.rows, times));
  }
  if (arguments_.weekdays || !arguments_.country.empty() || ics_ != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(AddCalendar(times, step_ns, rows));
  }
  for (size_t k = 0; k < rows.columns.size(); ++k) {
    const std::span<const double> column(rows.columns[k]);
    rows.regressors[k].past = column.first(rows.known);
    rows.regressors[k].future = column.subspan(rows.known);
  }
  return rows;
}

std::string EffectsHeader() { return "regressor,per_unit,lower,upper,p_value,share,used,note"; }

void AppendEffects(const std::vector<RegressorEffect>& effects, std::string& rows) {
  for (const RegressorEffect& effect : effects) {
    AppendText(rows, effect.name);
    for (const double number : {effect.per_unit, effect.lower, effect.upper, effect.p_value, effect.share}) {
      rows += ',';
      AppendNumber(rows, number);
    }
    rows += effect.is_used ? ",1," : ",0,";
    AppendText(rows, effect.is_used && effect.is_held ? "is not known ahead, so its last value goes on" : effect.note);
    rows += '\n';
  }
}

}  // namespace bellwether
