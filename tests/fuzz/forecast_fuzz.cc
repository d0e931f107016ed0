// Series of any doubles through every forecast method: no crash, no NaN, bands nested and within the range, quantiles
// and crossing probabilities in order, also for bands that adapt to the series as outcomes. Input: four bytes of
// choices, then the values as raw doubles.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/forecast/streaming_band.h"
#include "tests/fuzz/require.h"

namespace {

using bellwether::Require;

constexpr size_t kMostValues = 700;

bellwether::ForecastInput InputOf(const std::vector<double>& values, const uint8_t* choices) {
  constexpr int64_t kSteps[] = {0,
                                1,
                                10'000'000'000,
                                60'000'000'000,
                                3'600'000'000'000,
                                86'400'000'000'000,
                                604'800'000'000'000,
                                2'592'000'000'000'000,
                                -5,
                                INT64_MAX};
  bellwether::ForecastInput input;
  input.values = values;
  input.step_ns = kSteps[choices[0] % 10];
  input.start_ns = choices[1] % 2 == 0 ? 0 : 1'700'000'000'000'000'000;
  if (choices[1] % 4 == 3) {
    input.seasons = {choices[2], size_t{2}, size_t{0}, SIZE_MAX, size_t{168}};
  }
  if (choices[1] % 8 == 5) {
    input.min = 0;
    input.max = choices[2] % 2 == 0 ? 100 : std::nan("");
  }
  input.whole_numbers = choices[1] >= 128;
  return input;
}

void CheckForecast(const bellwether::ForecastInput& input, const bellwether::Forecast& forecast, size_t horizon) {
  Require(forecast.point.size() == horizon && forecast.distribution.horizon() == horizon);
  Require(forecast.reliability >= 0 && forecast.reliability <= 1);
  for (size_t h = 0; h < horizon; ++h) {
    double lower = forecast.point[h];
    double upper = forecast.point[h];
    Require(std::isfinite(lower));
    Require(!(lower < input.min) && !(upper > input.max));
    for (const bellwether::Band& band : forecast.bands) {
      Require(std::isfinite(band.lower[h]) && std::isfinite(band.upper[h]));
      Require(band.lower[h] <= lower && band.upper[h] >= upper);
      lower = band.lower[h];
      upper = band.upper[h];
    }
  }
  double weights = 0;
  for (const bellwether::MemberWeight& member : forecast.members) {
    Require(member.weight >= 0);
    weights += member.weight;
  }
  Require(std::abs(weights - 1) < 1e-6);
  for (const auto side : {bellwether::CrossingSide::kAbove, bellwether::CrossingSide::kBelow}) {
    double before = 0;
    for (const double probability : forecast.distribution.CrossedBy(forecast.point[0], side)) {
      Require(probability >= before && probability <= 1);
      before = probability;
    }
  }
}

/// Bands that learn from any outcomes stay nested, finite and within the range.
void CheckStream(const bellwether::ForecastInput& input, const bellwether::Forecast& forecast,
                 const std::vector<double>& outcomes) {
  bellwether::ValueRange range;
  range.min = std::max(range.min, input.min);
  range.max = std::isnan(input.max) ? range.max : std::min(range.max, input.max);
  range.whole_numbers = input.whole_numbers;
  const std::vector<double> levels = {0.5, 0.95, 0.999};
  bellwether::StreamingForecastBand adaptive(levels, range);
  for (size_t t = 0; t < outcomes.size(); ++t) {
    const size_t h = t % forecast.point.size();
    double lower = adaptive.Median(forecast.distribution, h);
    double upper = lower;
    Require(std::isfinite(lower) && lower >= range.min && lower <= range.max);
    for (const bellwether::BandEdges& band : adaptive.Edges(forecast.distribution, h)) {
      Require(std::isfinite(band.lower) && std::isfinite(band.upper));
      Require(band.lower <= lower && band.upper >= upper && band.lower >= range.min && band.upper <= range.max);
      lower = band.lower;
      upper = band.upper;
    }
    adaptive.Observe(forecast.distribution, h, outcomes[t]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) {
    return 0;
  }
  std::vector<double> values(std::min((size - 4) / sizeof(double), kMostValues));
  if (!values.empty()) {
    std::memcpy(values.data(), data + 4, values.size() * sizeof(double));
  }
  const bellwether::ForecastInput input = InputOf(values, data);
  const std::vector<double> levels = {0.0, 0.5, 0.95, 1.0};
  const size_t fitted_horizon = 1 + data[3] % 40;
  for (const bellwether::ForecastMethod& method : bellwether::ForecastMethods()) {
    const auto fitted = bellwether::FitForecast(method.id, input, fitted_horizon);
    if (fitted.ok()) {
      const size_t horizon = 1 + data[3] % 50;
      const bellwether::Forecast forecast = (*fitted)->Predict(horizon, levels);
      CheckForecast(input, forecast, horizon);
      if (method.id == "naive") {
        CheckStream(input, forecast, values);
      }
    }
  }
  return 0;
}
