#include "server/analytics/forecast/explained_forecast.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "server/analytics/forecast/calendar.h"
#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/seasons.h"
#include "server/base/status/status_macros.h"

namespace bellwether {
namespace {

constexpr int64_t kWeekNs = 7 * 86'400'000'000'000;

ValueRange RangeOf(const ForecastInput& input) {
  ValueRange range;
  range.min = std::isnan(input.min) ? range.min : input.min;
  range.max = std::isnan(input.max) ? range.max : std::max(input.max, range.min);
  range.whole_numbers = input.whole_numbers;
  return range;
}

/// Puts what the regressors add back onto the forecast of the rest.
void AddPart(const std::vector<double>& part, const ValueRange& range, Forecast& forecast) {
  const auto shift = [&](std::vector<double>& values) {
    for (size_t h = 0; h < values.size() && h < part.size(); ++h) {
      const double moved = values[h] + part[h];
      values[h] = std::clamp(range.whole_numbers ? std::round(moved) : moved, range.min, range.max);
    }
  };
  shift(forecast.point);
  for (Band& band : forecast.bands) {
    shift(band.lower);
    shift(band.upper);
  }
  forecast.distribution = forecast.distribution.Shifted(part, range);
}

/// The seasons to hold apart from what explains a series: where weekdays are to explain it, the week is theirs.
std::vector<size_t> SeasonsBeside(const ForecastInput& input, std::span<const Regressor> regressors) {
  std::vector<size_t> seasons = SeasonsFor(input.values, input.step_ns, input.seasons);
  if (std::any_of(regressors.begin(), regressors.end(), [](const Regressor& r) { return r.group == kWeekdayGroup; })) {
    std::erase_if(seasons, [&](size_t season) { return static_cast<int64_t>(season) * input.step_ns == kWeekNs; });
  }
  return seasons;
}

}  // namespace

absl::StatusOr<ExplainedForecast> ForecastExplained(std::string_view method, const ForecastInput& input,
                                                    std::span<const Regressor> regressors, UnknownFuture unknown,
                                                    size_t horizon, std::span<const double> levels) {
  ExplainedForecast explained;
  ForecastInput rest = input;
  std::vector<double> values;
  ExplainedSeries parts;
  if (!regressors.empty()) {
    std::vector<Regressor> own(regressors.begin(), regressors.end());
    for (Regressor& regressor : own) {
      regressor.is_in_method = regressor.name == kHolidayColumn && input.calendar != nullptr && KnowsHolidays(method);
    }
    BELLWETHER_ASSIGN_OR_RETURN(
        parts, ExplainByRegressors(input.values, own, SeasonsBeside(input, regressors), horizon, unknown));
    if (std::any_of(parts.past_part.begin(), parts.past_part.end(), [](double part) { return part != 0; })) {
      values.assign(input.values.begin(), input.values.end());
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] -= parts.past_part[i];
      }
      rest.values = values;
      rest.min = ValueRange().min;
      rest.max = ValueRange().max;
      rest.whole_numbers = false;
    }
  }
  BELLWETHER_ASSIGN_OR_RETURN(const std::unique_ptr<FittedForecast> fitted, FitForecast(method, rest, horizon));
  explained.forecast = fitted->Predict(horizon, levels);
  if (!values.empty()) {
    AddPart(parts.future_part, RangeOf(input), explained.forecast);
  }
  explained.effects = std::move(parts.effects);
  return explained;
}

}  // namespace bellwether
