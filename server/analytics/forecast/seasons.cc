#include "server/analytics/forecast/seasons.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMostSeasons = 2;
constexpr double kLeastSeasons = 1.5;  // a season must have been seen so many times
constexpr int64_t kHourNs = int64_t{3'600} * 1'000'000'000;
constexpr int64_t kDayNs = 24 * kHourNs;

bool IsSeen(size_t season, size_t n) {
  return season >= 2 && static_cast<double>(n) >= kLeastSeasons * static_cast<double>(season);
}

/// The seasons that the calendar suggests for a step, the more usual first.
std::vector<size_t> CalendarSeasons(int64_t step_ns) {
  if (step_ns >= 80 * kDayNs && step_ns <= 100 * kDayNs) {
    return {4};
  }
  if (step_ns >= 25 * kDayNs && step_ns <= 35 * kDayNs) {
    return {12};
  }
  if (step_ns == 7 * kDayNs) {
    return {52};
  }
  if (step_ns == kDayNs) {
    return {7, 365};
  }
  std::vector<size_t> seasons;
  for (const int64_t length : {kDayNs, 7 * kDayNs}) {
    if (step_ns > 0 && step_ns <= length / 2 && length % step_ns == 0) {
      seasons.push_back(static_cast<size_t>(length / step_ns));
    }
  }
  return seasons;
}

bool Contains(std::span<const size_t> seasons, size_t season) {
  return std::find(seasons.begin(), seasons.end(), season) != seasons.end();
}

/// Those found in the values, strongest first. Fractions of a season of the calendar say nothing new.
std::vector<size_t> FoundSeasons(std::span<const double> values, int64_t step_ns, std::span<const size_t> calendar) {
  std::vector<size_t> found;
  for (const Period& period : FindPeriods(values, {.max_periods = kMostSeasons, .step_ns = step_ns})) {
    const bool is_fraction = std::any_of(calendar.begin(), calendar.end(), [&](size_t season) {
      return season > period.steps && season % period.steps == 0 && IsSeen(season, values.size());
    });
    const bool is_calendar =
        Contains(calendar, period.steps) || (step_ns > 0 && period.steps == static_cast<size_t>(kHourNs / step_ns));
    if (IsSeen(period.steps, values.size()) && (is_calendar || !is_fraction)) {
      found.push_back(period.steps);
    }
  }
  return found;
}

/// Ascending, each once, the shortest and the longest where there are too many.
void Settle(std::vector<size_t>& seasons) {
  std::sort(seasons.begin(), seasons.end());
  seasons.erase(std::unique(seasons.begin(), seasons.end()), seasons.end());
  if (seasons.size() > kMostSeasons) {
    seasons.erase(seasons.begin() + 1, seasons.end() - 1);
  }
}

constexpr size_t kShortGap = 8;  // gaps shorter than a season by this factor are bridged by a line

/// Fills [begin, end) by the course of the season before (repeated where the gap is longer), lifted along the line
/// between its distances at both ends; the season after where there is none before. Leaves NaN where that has gaps.
void FillCourse(std::span<double> values, size_t begin, size_t end, size_t season) {
  const bool is_before = begin >= season;
  // The course goes on over the ends of the gap, so that its distance can be measured there.
  const auto phase_value = [&](size_t t) {
    if (is_before) {
      const size_t back = t < begin ? season : ((t - begin) / season + 1) * season;
      return t >= back ? values[t - back] : kNan;
    }
    const size_t ahead = t >= end ? season : ((end - 1 - t) / season + 1) * season;
    return t + ahead < values.size() ? values[t + ahead] : kNan;
  };
  const auto lift_at = [&](size_t t, double otherwise) {
    const double lift = values[t] - phase_value(t);
    return std::isnan(lift) ? otherwise : lift;
  };
  const double last = end < values.size() ? lift_at(end, kNan) : kNan;
  const double first = begin > 0 ? lift_at(begin - 1, std::isnan(last) ? 0.0 : last) : (std::isnan(last) ? 0.0 : last);
  const double final_lift = std::isnan(last) ? first : last;
  const auto width = static_cast<double>(end - begin + 1);
  std::vector<double> filled(end - begin);
  for (size_t t = begin; t < end; ++t) {
    const double share = static_cast<double>(t - begin + 1) / width;
    filled[t - begin] = phase_value(t) + (1 - share) * first + share * final_lift;
  }
  std::copy(filled.begin(), filled.end(), values.begin() + static_cast<ptrdiff_t>(begin));
}

}  // namespace

std::vector<size_t> SeasonsFor(std::span<const double> values, int64_t step_ns, std::span<const size_t> wanted) {
  std::vector<size_t> seasons;
  if (!wanted.empty()) {
    std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(seasons),
                 [&](size_t season) { return IsSeen(season, values.size()); });
  } else {
    const std::vector<size_t> calendar = CalendarSeasons(step_ns);
    seasons = FoundSeasons(values, step_ns, calendar);
    for (const size_t season : calendar) {
      if (seasons.size() < kMostSeasons && IsSeen(season, values.size()) && !Contains(seasons, season)) {
        seasons.push_back(season);
      }
    }
  }
  Settle(seasons);
  return seasons;
}

std::vector<std::vector<size_t>> OtherSeasons(size_t n, int64_t step_ns, std::span<const size_t> chosen) {
  std::vector<size_t> calendar = CalendarSeasons(step_ns);
  std::erase_if(calendar, [&](size_t season) { return !IsSeen(season, n); });
  std::vector<std::vector<size_t>> others;
  if (calendar.empty() || chosen.empty()) {
    return others;
  }
  const auto offer = [&](std::vector<size_t> seasons) {
    Settle(seasons);
    if (!std::equal(seasons.begin(), seasons.end(), chosen.begin(), chosen.end()) &&
        std::find(others.begin(), others.end(), seasons) == others.end()) {
      others.push_back(std::move(seasons));
    }
  };
  offer(calendar);
  if (chosen.size() == kMostSeasons && !Contains(chosen, calendar.front())) {
    offer({chosen.back(), calendar.front()});
  }
  return others;
}

void FillSeasonalGaps(std::span<double> values, size_t season) {
  const size_t n = values.size();
  for (size_t begin = 0; season > 0 && begin < n; ++begin) {
    if (!std::isnan(values[begin])) {
      continue;
    }
    size_t end = begin;
    while (end < n && std::isnan(values[end])) {
      ++end;
    }
    if (kShortGap * (end - begin) >= season) {
      FillCourse(values, begin, end, season);
    }
    begin = end;
  }
  FillGaps(values);
}

}  // namespace bellwether
