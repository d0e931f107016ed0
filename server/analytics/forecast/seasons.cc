#include "server/analytics/forecast/seasons.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kMaxSeasons = 2;
constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;

/// The season that the calendar suggests for a step, 0 for none.
size_t CalendarSeason(int64_t step_ns) {
  if (step_ns >= 25 * kDayNs && step_ns <= 35 * kDayNs) {
    return 12;
  }
  if (step_ns >= 80 * kDayNs && step_ns <= 100 * kDayNs) {
    return 4;
  }
  if (step_ns == 7 * kDayNs) {
    return 52;
  }
  if (step_ns == kDayNs) {
    return 7;
  }
  return step_ns > 0 && step_ns <= kDayNs / 12 ? static_cast<size_t>(kDayNs / step_ns) : 0;
}

}  // namespace

std::vector<size_t> SeasonsFor(std::span<const double> values, int64_t step_ns, std::span<const size_t> wanted) {
  std::vector<size_t> seasons;
  if (!wanted.empty()) {
    for (const size_t season : wanted) {
      if (season >= 2 && 2 * season <= values.size()) {
        seasons.push_back(season);
      }
    }
  } else {
    for (const Period& period : FindPeriods(values, {.max_periods = kMaxSeasons, .step_ns = step_ns})) {
      seasons.push_back(period.steps);
    }
    const size_t calendar = CalendarSeason(step_ns);
    if (seasons.size() < kMaxSeasons && calendar >= 2 && 2 * calendar <= values.size()) {
      seasons.push_back(calendar);
    }
  }
  std::sort(seasons.begin(), seasons.end());
  seasons.erase(std::unique(seasons.begin(), seasons.end()), seasons.end());
  if (seasons.size() > kMaxSeasons) {
    seasons.erase(seasons.begin() + 1, seasons.end() - 1);
  }
  return seasons;
}

void FillSeasonalGaps(std::span<double> values, size_t season) {
  if (season > 0) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (!std::isnan(values[i])) {
        continue;
      }
      if (i >= season && !std::isnan(values[i - season])) {
        values[i] = values[i - season];
      } else if (i + season < values.size()) {
        values[i] = values[i + season];
      }
    }
  }
  FillGaps(values);
}

}  // namespace bellwether
