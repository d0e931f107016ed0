#include <array>
#include <cmath>
#include <string>

#include "server/connectors/demo/demo_catalog.h"
#include "server/connectors/demo/demo_signal.h"
#include "tests/bench/forecast/series_files.h"

namespace bellwether::forecast_yardstick {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kStartS = 1'704'067'200;  // a Monday, 00:00 UTC
constexpr int64_t kMostReadings = 30;       // that a mean is taken of, as the demo itself does

struct Step {
  const char* name;
  int64_t seconds;
  size_t rows;
};
constexpr std::array<Step, 5> kSteps = {
    {{"1 min", 60, 7'200}, {"5 min", 300, 4'500}, {"15 min", 900, 2'000}, {"1 h", 3'600, 1'000}, {"1 d", 86'400, 900}}};

Series Make(const DemoSignalKey& key, const Step& step) {
  const DemoMetric& metric = DemoMetrics()[key.metric];
  Series series{
      std::string(metric.name), std::string(step.name) + " demo", kStartS * kSecondNs, step.seconds * kSecondNs, {}};
  DemoSignal signal(key);
  const int64_t minutes = step.seconds / 60;
  const int64_t every = (minutes + kMostReadings - 1) / kMostReadings;
  for (size_t i = 0; i < step.rows; ++i) {
    double sum = 0;
    double count = 0;
    for (int64_t minute = 0; minute < minutes; minute += every) {
      const int64_t time_s = kStartS + static_cast<int64_t>(i) * step.seconds + 60 * minute;
      if (const std::optional<double> reading = signal.At(time_s)) {
        sum += *reading;
        count += 1;
      }
    }
    series.values.push_back(count > 0 ? sum / count : std::nan(""));
  }
  return series;
}

}  // namespace

std::vector<Series> DemoSeries() {
  std::vector<Series> all;
  for (const Step& step : kSteps) {
    for (size_t metric = 0; metric < DemoMetrics().size(); ++metric) {
      all.push_back(Make({.metric = metric}, step));
    }
  }
  return all;
}

}  // namespace bellwether::forecast_yardstick
