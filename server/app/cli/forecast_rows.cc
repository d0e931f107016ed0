#include "server/app/cli/forecast_rows.h"

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/analytics/forecast/capacity.h"
#include "server/base/text/concat.h"
#include "server/query/exec/answer_context.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

// The time `ahead` rows after the last, empty where it lies beyond the years that nanoseconds hold.
std::string TimeAhead(int64_t last, int64_t step, double ahead) {
  // In floating point first: far ahead, large steps leave the range of nanoseconds since 1970.
  const double time = static_cast<double>(last) + static_cast<double>(step) * ahead;
  if (time > 9.2e18) {
    return "";
  }
  const auto whole = static_cast<int64_t>(std::floor(ahead));
  const auto part = static_cast<int64_t>(static_cast<double>(step) * (ahead - std::floor(ahead)));
  // Part of a row is an estimate: to the second is enough.
  return FormatTime(last + step * whole + part / kSecondNs * kSecondNs);
}

void AppendCell(std::string& rows, double number) {
  rows += ',';
  AppendNumber(rows, number);
}

absl::Status YearsEndError() {
  return absl::OutOfRangeError("The forecast runs past the year 2262. Ask for a smaller --horizon.");
}

absl::Status AppendCapacity(const ForecastQuestions& questions, const TableSeries& series, const Forecast& forecast,
                            int64_t step, std::string& rows, std::string& remark) {
  CapacityQuestion question;
  question.capacity = questions.capacity;
  question.side = questions.side();
  question.level = questions.levels.back();
  question.look_ahead = questions.look_ahead > 0 ? questions.look_ahead : 10 * questions.horizon;
  const auto time = ForecastCapacity(forecast, series.values, question);
  if (!time.ok()) {
    return time.status();
  }
  AppendNumber(rows, questions.capacity);
  const std::array<std::optional<double>, 3> times = {time->median, time->earliest, time->latest};
  for (const std::optional<double>& ahead : times) {
    rows += ',';
    AppendText(rows, ahead.has_value() ? TimeAhead(series.times_unix_ns.back(), step, *ahead) : "");
  }
  for (const std::optional<double>& ahead : times) {
    AppendCell(rows, ahead.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  AppendCell(rows, time->probability);
  if (time->reached_already) {
    remark = ReachedAlreadyAdvice(questions.capacity, questions.below);
  } else if (!time->median.has_value()) {
    const double seconds = static_cast<double>(question.look_ahead) * static_cast<double>(step) / 1e9;
    remark = absl::StrFormat(
        "%g is not likely to be reached within %d rows%s (probability %.2g); --look-ahead looks further",
        questions.capacity, question.look_ahead, seconds > 0 ? Concat(", ", TimeSpanText(seconds)) : "",
        time->probability);
  }
  rows += '\n';
  return absl::OkStatus();
}

absl::Status AppendSteps(const ForecastQuestions& questions, const TableSeries& series, const Forecast& forecast,
                         int64_t step, std::string& rows) {
  ThresholdCrossing crossing;
  const bool compares = !std::isnan(questions.threshold);
  if (compares) {
    auto found = CrossThreshold(forecast, questions.threshold, questions.side());
    if (!found.ok()) {
      return found.status();
    }
    crossing = *std::move(found);
  }
  for (size_t h = 0; h < forecast.point.size(); ++h) {
    const std::string time = TimeAhead(series.times_unix_ns.back(), step, static_cast<double>(h + 1));
    if (time.empty()) {
      return YearsEndError();
    }
    AppendText(rows, time);
    AppendCell(rows, forecast.point[h]);
    for (const Band& band : forecast.bands) {
      AppendCell(rows, band.lower[h]);
      AppendCell(rows, band.upper[h]);
    }
    if (compares) {
      AppendCell(rows, crossing.at_step[h]);
      AppendCell(rows, crossing.by_step[h]);
    }
    rows += '\n';
  }
  return absl::OkStatus();
}

}  // namespace

std::string ReachedAlreadyAdvice(double capacity, bool below) {
  return Concat("The last value has reached ", capacity, " already. If the series comes to it from ",
                below ? "below, leave out --below." : "above, add --below.");
}

std::string ForecastHeader(const ForecastQuestions& questions) {
  if (!std::isnan(questions.capacity)) {
    return "capacity,reached,earliest,latest,rows_left,rows_left_lower,rows_left_upper,probability";
  }
  std::string header = questions.stream ? "timestamp,value,forecast" : "timestamp,forecast";
  for (const double level : questions.levels) {
    const std::string suffix = questions.levels.size() == 1 ? "" : absl::StrFormat("_%g", RoundTo(100 * level, 6));
    absl::StrAppend(&header, ",lower", suffix, ",upper", suffix);
  }
  return header + (std::isnan(questions.threshold) ? "" : ",beyond,reached");
}

absl::Status AppendForecast(const ForecastQuestions& questions, const TableSeries& series, const Forecast& forecast,
                            int64_t step_ns, std::string& rows, std::string& remark) {
  return std::isnan(questions.capacity) ? AppendSteps(questions, series, forecast, step_ns, rows)
                                        : AppendCapacity(questions, series, forecast, step_ns, rows, remark);
}

absl::Status AppendReplay(const ForecastQuestions& questions, const TableSeries& series, const ForecastReplay& replay,
                          int64_t step_ns, std::string& rows) {
  const size_t n = series.values.size();
  for (size_t t = 0; t < replay.rows.size(); ++t) {
    const ReplayedRow& row = replay.rows[t];
    const std::string time =
        t < n ? series.timestamps[t] : TimeAhead(series.times_unix_ns.back(), step_ns, static_cast<double>(t - n + 1));
    if (time.empty()) {
      return YearsEndError();
    }
    AppendText(rows, time);
    AppendCell(rows, t < n ? series.values[t] : std::numeric_limits<double>::quiet_NaN());
    AppendCell(rows, row.forecast);
    for (size_t l = 0; l < questions.levels.size(); ++l) {
      AppendCell(rows, row.bands.empty() ? std::numeric_limits<double>::quiet_NaN() : row.bands[l].lower);
      AppendCell(rows, row.bands.empty() ? std::numeric_limits<double>::quiet_NaN() : row.bands[l].upper);
    }
    rows += '\n';
  }
  return absl::OkStatus();
}

}  // namespace bellwether
