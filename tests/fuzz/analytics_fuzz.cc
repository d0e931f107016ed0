// Numbers of every kind through every analysis: nothing may crash, hang, or answer with NaN where the headers promise a
// number. Input: one byte of choices, one of the step, then the values as raw doubles.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/changepoint/online_changepoints.h"
#include "server/analytics/forecast/forecaster.h"
#include "server/analytics/patterns/patterns.h"
#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/series/grid.h"
#include "server/analytics/trend/trend_outlook.h"
#include "tests/fuzz/require.h"

namespace {

using bellwether::Require;

constexpr size_t kMaxValues = 600;

/// Times with the byte's step; some choices repeat, step back or jump.
std::vector<int64_t> TimesOf(size_t count, uint8_t choice) {
  constexpr int64_t kSteps[] = {1, 0, -1'000'000'000, 300'000'000'000, 3'600'000'000'000, 31'536'000'000'000'000};
  const int64_t step = kSteps[choice % 6];
  std::vector<int64_t> times(count);
  int64_t now = choice >= 128 ? -7'000'000'000'000'000'000 : 1'700'000'000'000'000'000;
  for (int64_t& time : times) {
    time = now;
    // Saturates instead of overflowing.
    if (now < 9'000'000'000'000'000'000 && now > -9'000'000'000'000'000'000) {
      now += step;
    }
  }
  return times;
}

void FuzzDetectors(const std::vector<int64_t>& times, const std::vector<double>& values, uint8_t choice) {
  bellwether::DetectorOptions options;
  options.direction = static_cast<bellwether::Direction>(choice % 3);
  for (const bellwether::DetectorMethod& method : bellwether::DetectorMethods()) {
    for (const auto mode : {bellwether::DetectionMode::kOnline, bellwether::DetectionMode::kBatch}) {
      const auto detection = bellwether::Detect(times, values, method.id, options, mode);
      Require(detection.ok());
      Require(detection->score.size() == values.size());
      for (size_t i = 0; i < values.size(); ++i) {
        Require(detection->score[i] >= 0 && detection->score[i] <= 1);
        Require(detection->p_value[i] >= 0 && detection->p_value[i] <= 1);
        Require(!(detection->lower[i] > detection->expected[i]) && !(detection->upper[i] < detection->expected[i]));
      }
      for (const bellwether::Incident& incident : detection->incidents) {
        Require(incident.first <= incident.peak && incident.peak <= incident.last && incident.last < values.size());
      }
    }
  }
}

void FuzzForecasts(const std::vector<double>& values, uint8_t choice) {
  bellwether::ForecastInput input;
  input.values = values;
  input.step_ns = choice % 2 == 0 ? 0 : 3'600'000'000'000;
  if (choice % 4 == 3) {
    input.seasons = {choice, size_t{2}, size_t{0}, SIZE_MAX};
  }
  const std::vector<double> levels = {0.5, 0.95};
  for (const bellwether::ForecastMethod& method : bellwether::ForecastMethods()) {
    const auto fitted = bellwether::FitForecast(method.id, input, 8);
    if (!fitted.ok()) {
      continue;
    }
    const bellwether::Forecast forecast = (*fitted)->Predict(10, levels);
    Require(forecast.point.size() == 10);
    for (size_t h = 0; h < 10; ++h) {
      Require(std::isfinite(forecast.point[h]));
      Require(forecast.bands[1].lower[h] <= forecast.bands[0].lower[h]);
      Require(forecast.bands[0].lower[h] <= forecast.point[h]);
      Require(forecast.point[h] <= forecast.bands[0].upper[h]);
      Require(forecast.bands[0].upper[h] <= forecast.bands[1].upper[h]);
    }
  }
}

void FuzzOnlineChanges(const std::vector<double>& values, uint8_t choice) {
  bellwether::OnlineChangeOptions options;
  options.period = choice % 3 == 0 ? choice : 0;
  options.most_runs = 10 + choice;
  bellwether::OnlineChangeDetector detector(options);
  for (size_t i = 0; i < values.size(); ++i) {
    if (const auto told = detector.Observe(values[i])) {
      Require(told->change.index <= told->told_at && told->told_at == i);
      Require(!std::isnan(told->change.before) && !std::isnan(told->change.after) && !std::isnan(told->change.size));
    }
    Require(detector.runs() <= options.most_runs);
    Require(detector.change_probability() >= 0 && detector.change_probability() <= 1 + 1e-9);
  }
}

void FuzzStructure(const std::vector<int64_t>& times, const std::vector<double>& values, uint8_t choice) {
  for (const bellwether::Period& period : bellwether::FindPeriods(values, {.step_ns = bellwether::MedianStep(times)})) {
    Require(period.steps >= 2 && period.strength >= 0 && period.strength <= 1);
  }
  for (const bellwether::ChangePoint& change : bellwether::FindChangePoints(values)) {
    Require(change.index < values.size() && change.confidence >= 0 && change.confidence <= 1);
    Require(!std::isnan(change.before) && !std::isnan(change.after) && !std::isnan(change.size));
  }
  FuzzOnlineChanges(values, choice);
  const auto trend = bellwether::EstimateTrendOutlook(values);
  Require(!trend.ok() || (!std::isnan(trend->whole.slope) && trend->whole.p_value >= 0 && trend->whole.p_value <= 1));
  Require(!trend.ok() || (trend->continuation >= 0 && trend->continuation <= 1 && trend->strength >= 0));
  const bellwether::Patterns patterns =
      bellwether::DescribePatterns(values, times.empty() ? 0 : times.front(), bellwether::MedianStep(times));
  for (const bellwether::BehaviourScore& score : patterns.scores) {
    Require(std::isfinite(score.number));
  }
  std::vector<int64_t> sorted = times;
  std::sort(sorted.begin(), sorted.end());
  if (!sorted.empty() && sorted.back() > sorted.front()) {
    const auto statistic = static_cast<bellwether::BucketStatistic>(choice % 6);
    const int64_t step = 1 + (sorted.back() / 64 - sorted.front() / 64);
    (void)bellwether::ToGrid(sorted, values, sorted.front(), sorted.back(), step, statistic);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) {
    return 0;
  }
  std::vector<double> values(std::min((size - 2) / sizeof(double), kMaxValues));
  if (!values.empty()) {
    std::memcpy(values.data(), data + 2, values.size() * sizeof(double));
  }
  const std::vector<int64_t> times = TimesOf(values.size(), data[1]);
  FuzzDetectors(times, values, data[0]);
  FuzzForecasts(values, data[0]);
  FuzzStructure(times, values, data[0]);
  return 0;
}
