#include "server/analytics/forecast/forecaster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/analytics/forecast/combination.h"
#include "server/analytics/forecast/conformal.h"
#include "server/analytics/forecast/models.h"
#include "server/analytics/forecast/seasons.h"
#include "server/analytics/series/robust.h"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

constexpr size_t kMinPoints = 3;
constexpr size_t kShortSeries = 12;
constexpr size_t kMaxHistory = 8192;  // the newest values; older ones have no say
constexpr size_t kMaxHorizon = 10'000;
constexpr size_t kMaxOrigins = 16;

constexpr std::array<ForecastMethod, 5> kMethods = {{
    {"auto", "Automatic combination",
     "The series goes on as it did; models are weighted by how well they forecast its own past."},
    {"seasonal-naive", "Seasonal naive", "The next season repeats the last one."},
    {"damped-trend", "Damped trend", "A slowly changing level with a trend that fades out, on top of a stable season."},
    {"seasonal-regression", "Seasonal regression",
     "The next value is a linear function of the last values and of those around one season ago."},
    {"naive", "Naive", "The last value goes on."},
}};

/// The history in the form the models take, and what it takes to go back.
struct Prepared {
  std::vector<double> values;  ///< normalised, without gaps
  double unit = 1;
  double min = 0;
  double max = 0;
  std::vector<size_t> seasons;
};

class Fitted final : public FittedForecast {
 public:
  Fitted(Prepared history, CombinedForecast combined, Forecast frame)
      : history_(std::move(history)),
        combined_(std::move(combined)),
        bands_(combined_.errors, combined_.origin_horizon, combined_.fallback_scale),
        frame_(std::move(frame)) {}

  Forecast Predict(size_t horizon, std::span<const double> levels) const override;

 private:
  double ToUnit(double value) const {
    const double result = value * history_.unit;
    return std::clamp(std::isnan(result) ? 0.0 : result, history_.min, history_.max);
  }

  ForecastDistribution Distribution(std::span<const double> centre) const;

  Prepared history_;
  CombinedForecast combined_;
  ConformalBands bands_;
  Forecast frame_;  ///< what does not depend on the horizon
};

ForecastDistribution Fitted::Distribution(std::span<const double> centre) const {
  std::array<double, QuantileShape::kPoints> quantiles{};
  const double unit_offset = bands_.Offset(0, 0.95);
  for (size_t i = 0; i < quantiles.size(); ++i) {
    quantiles[i] = unit_offset > 0 ? bands_.Offset(0, QuantileShape::Probability(i)) / unit_offset : 0.0;
  }
  ForecastDistribution::Parts parts;
  parts.shape = std::make_shared<QuantileShape>(quantiles);
  for (size_t h = 0; h < centre.size(); ++h) {
    parts.centre.push_back(ToUnit(centre[h]));
    parts.scale.push_back(std::min(bands_.Offset(h, 0.95) * history_.unit, 1e307));
  }
  parts.neighbour_correlation = 0.7;
  parts.range = {.min = history_.min, .max = history_.max};
  return ForecastDistribution(std::move(parts));
}

Forecast Fitted::Predict(size_t horizon, std::span<const double> levels) const {
  Forecast forecast = frame_;
  horizon = std::clamp<size_t>(horizon, 1, kMaxHorizon);
  const std::vector<double>& path = combined_.path;
  std::vector<double> centre(horizon);
  for (size_t h = 0; h < horizon; ++h) {
    // Beyond the horizon it was fitted for, the last season of the forecast repeats.
    const size_t season = history_.seasons.empty() ? 1 : std::min(history_.seasons.front(), path.size());
    centre[h] = h < path.size() ? path[h] : path[path.size() - season + (h - path.size()) % season];
    forecast.point.push_back(ToUnit(centre[h]));
  }
  for (const double level : levels) {
    const double inside = std::clamp(std::isnan(level) ? 0.95 : level, 1e-6, 1 - 1e-6);
    Band band;
    band.level = level;
    for (size_t h = 0; h < horizon; ++h) {
      band.lower.push_back(std::min(ToUnit(centre[h] + bands_.Offset(h, 0.5 - 0.5 * inside)), forecast.point[h]));
      band.upper.push_back(std::max(ToUnit(centre[h] + bands_.Offset(h, 0.5 + 0.5 * inside)), forecast.point[h]));
    }
    forecast.bands.push_back(std::move(band));
  }
  forecast.distribution = Distribution(centre);
  if (!levels.empty() && combined_.origin_horizon > 0) {
    const double widest = std::clamp(*std::max_element(levels.begin(), levels.end()), 1e-6, 1 - 1e-6);
    size_t held = 0;
    size_t seen = 0;
    for (size_t i = 0; i < combined_.errors.size(); ++i) {
      const double error = combined_.errors[i];
      if (!std::isnan(error)) {
        const size_t h = i % combined_.origin_horizon;
        ++seen;
        held += error >= bands_.Offset(h, 0.5 - 0.5 * widest) && error <= bands_.Offset(h, 0.5 + 0.5 * widest);
      }
    }
    if (seen > 0) {
      forecast.history_coverage = static_cast<double>(held) / static_cast<double>(seen);
      const double honesty = 1 - std::min(1.0, std::abs(forecast.history_coverage - widest) / 0.2);
      forecast.reliability = std::clamp(combined_.skill, 0.0, 1.0) * honesty;
    }
  }
  return forecast;
}

std::vector<std::unique_ptr<ForecastModel>> ModelsOf(std::string_view id, const std::vector<size_t>& seasons) {
  std::vector<std::unique_ptr<ForecastModel>> models;
  if (id == "naive" || (id == "seasonal-naive" && seasons.empty())) {
    models.push_back(MakeNaiveModel());
  } else if (id == "seasonal-naive") {
    models.push_back(MakeSeasonalNaiveModel(seasons.back()));
  } else if (id == "damped-trend") {
    models.push_back(MakeDampedTrendModel(seasons));
  } else if (id == "seasonal-regression") {
    models.push_back(MakeSeasonalRegressionModel(seasons));
  } else {
    models.push_back(MakeNaiveModel());
    models.push_back(MakeDampedTrendModel(seasons));
    models.push_back(MakeSeasonalRegressionModel(seasons));
    for (const size_t season : seasons) {
      models.push_back(MakeSeasonalNaiveModel(season));
      models.push_back(MakeSeasonalMeanModel(season, 4));
    }
  }
  return models;
}

absl::StatusOr<Prepared> Prepare(const ForecastInput& input) {
  std::span<const double> values = input.values;
  if (values.size() > kMaxHistory) {
    values = values.subspan(values.size() - kMaxHistory);
  }
  NormalizedSeries series = Normalize(values);
  if (series.present < kMinPoints) {
    return BadQueryError(absl::StrCat("A forecast needs at least ", kMinPoints, " values, but the series has ",
                                      series.present, ". Ask for a longer history."));
  }
  Prepared prepared;
  prepared.seasons = SeasonsFor(series.values, input.step_ns, input.seasons);
  FillSeasonalGaps(series.values, prepared.seasons.empty() ? 0 : prepared.seasons.back());
  prepared.values = std::move(series.values);
  prepared.unit = series.unit;
  prepared.min = std::isnan(input.min) ? -1e308 : input.min;
  prepared.max = std::isnan(input.max) ? 1e308 : std::max(input.max, prepared.min);
  return prepared;
}

}  // namespace

std::span<const ForecastMethod> ForecastMethods() { return kMethods; }

absl::StatusOr<std::unique_ptr<FittedForecast>> FitForecast(std::string_view id, const ForecastInput& input,
                                                            size_t max_horizon) {
  const bool known = std::any_of(kMethods.begin(), kMethods.end(), [&](const ForecastMethod& m) { return m.id == id; });
  if (!known) {
    return BadQueryError(absl::StrCat(
        "There is no forecast method \"", std::string(id.substr(0, 64)), "\". Use one of: ",
        absl::StrJoin(kMethods, ", ", [](std::string* out, const ForecastMethod& m) { out->append(m.id); }), "."));
  }
  auto prepared = Prepare(input);
  if (!prepared.ok()) {
    return prepared.status();
  }
  const size_t horizon = std::clamp<size_t>(max_horizon, 1, kMaxHorizon);
  Forecast frame;
  frame.seasons = prepared->seasons;
  frame.method = std::string(id);
  const size_t n = prepared->values.size();
  const auto [low, high] = std::minmax_element(prepared->values.begin(), prepared->values.end());
  if (id == "seasonal-naive" && prepared->seasons.empty()) {
    frame.method = "naive";
    frame.notices.push_back("The series shows no season, so its last value is carried on.");
  }
  std::string used = frame.method;
  if (*low == *high) {
    used = "naive";
    frame.notices.push_back("The series never changed, so the forecast has no band to speak of.");
  } else if (n < kShortSeries && used == "auto") {
    used = "naive";
    frame.notices.push_back(
        absl::StrCat("Only ", n, " points: the last value is carried on and the band is a guess from their spread."));
  }
  frame.method = used;
  CombinedForecast combined = Combine(ModelsOf(used, prepared->seasons), prepared->values, horizon, kMaxOrigins,
                                      prepared->seasons.empty() ? 0 : prepared->seasons.back());
  if (combined.origins < 2 && frame.notices.empty()) {
    frame.notices.push_back(absl::StrCat("Only ", n, " points for a horizon of ", horizon,
                                         ": the band is a guess from the spread of the series."));
  }
  return std::make_unique<Fitted>(*std::move(prepared), std::move(combined), std::move(frame));
}

}  // namespace bellwether
