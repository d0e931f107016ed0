#include "server/analytics/forecast/forecast_replay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "server/base/status/status_macros.h"

namespace bellwether {
namespace {

constexpr size_t kLeastBefore = 12;

}  // namespace

absl::StatusOr<ForecastReplay> ReplayForecasts(std::string_view method, const ForecastInput& input,
                                               std::span<const double> levels, size_t every) {
  const size_t n = input.values.size();
  ForecastReplay replay;
  replay.unadapted.assign(levels.size(), 0.0);
  replay.rows.assign(std::min(n, std::max(kLeastBefore, 2 * every)),
                     {.forecast = std::numeric_limits<double>::quiet_NaN(), .bands = {}});
  StreamingForecastBand adaptive(levels, {.min = std::isnan(input.min) ? -1e308 : input.min,
                                          .max = std::isnan(input.max) ? 1e308 : input.max,
                                          .whole_numbers = input.whole_numbers});
  while (replay.rows.size() < n + every) {
    const size_t origin = std::min(replay.rows.size(), n);
    ForecastInput before = input;
    before.values = input.values.first(origin);
    const absl::StatusOr<std::unique_ptr<FittedForecast>> fitted = FitForecast(method, before, every);
    const size_t end = origin < n ? std::min(origin + every, n) : n + every;
    if (!fitted.ok()) {
      if (origin == n) {
        return fitted.status();
      }
      replay.rows.resize(end, {.forecast = std::numeric_limits<double>::quiet_NaN(), .bands = {}});
      continue;
    }
    Forecast forecast = (*fitted)->Predict(end - origin, levels);
    for (size_t t = origin; t < end; ++t) {
      const size_t h = t - origin;
      replay.rows.push_back({adaptive.Median(forecast.distribution, h), adaptive.Edges(forecast.distribution, h)});
      if (t >= n || !std::isfinite(input.values[t])) {
        continue;
      }
      adaptive.Observe(forecast.distribution, h, input.values[t]);
      for (size_t l = 0; l < levels.size(); ++l) {
        const Band& band = forecast.bands[l];
        replay.unadapted[l] += input.values[t] >= band.lower[h] && input.values[t] <= band.upper[h] ? 1 : 0;
      }
    }
    replay.notices = std::move(forecast.notices);
  }
  replay.judged = adaptive.outcomes();
  replay.coverage = adaptive.Coverage();
  for (double& share : replay.unadapted) {
    share /= static_cast<double>(std::max<size_t>(1, replay.judged));
  }
  return replay;
}

}  // namespace bellwether
