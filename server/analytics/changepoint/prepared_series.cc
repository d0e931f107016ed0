#include "server/analytics/changepoint/prepared_series.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/analytics/seasonality/period_finder.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kStrongSeason = 0.3;
constexpr size_t kSmoothedCycles = 3;  // on either side
constexpr int kFillTurns = 3;          // of a season and of what fills its gaps
constexpr size_t kLevelReach = 12;     // values on either side of a gap that say which level it is filled with

/// Sum of the values of [from, to) from prefix sums.
double SumOf(std::span<const double> sums, size_t from, size_t to) { return sums[to] - sums[from]; }

/// Centred moving mean over exactly `width` values, so that a season of that length leaves nothing: an even window has
/// half of both its ends. Near the ends of the series the line through the means of the two windows there.
std::vector<double> MovingMean(std::span<const double> values, size_t width) {
  const size_t n = values.size();
  width = std::min(width, n);
  std::vector<double> sums(n + 1);
  for (size_t i = 0; i < n; ++i) {
    sums[i + 1] = sums[i] + values[i];
  }
  const double count = static_cast<double>(width);
  const auto line = [&](size_t from, size_t next, size_t i) {
    const double mean = SumOf(sums, from, from + width) / count;
    if (n < 2 * width) {
      return mean;
    }
    const double apart = static_cast<double>(next) - static_cast<double>(from);
    const double rise = (SumOf(sums, next, next + width) / count - mean) / apart;
    return mean + rise * (static_cast<double>(i) - static_cast<double>(from) - 0.5 * (count - 1));
  };
  const size_t reach = width / 2;
  const bool is_even = width % 2 == 0;
  std::vector<double> mean(n);
  for (size_t i = 0; i < n; ++i) {
    if (i < reach) {
      mean[i] = line(0, width, i);
    } else if (i + reach >= n) {
      mean[i] = line(n - width, n - std::min(n, 2 * width), i);
    } else if (is_even) {
      mean[i] = (SumOf(sums, i - reach + 1, i + reach) + 0.5 * (values[i - reach] + values[i + reach])) / count;
    } else {
      mean[i] = SumOf(sums, i - reach, i + reach + 1) / count;
    }
  }
  return mean;
}

/// Fills gaps by lines between the mean levels of up to `reach` values on either side; the ends by the level there.
void FillByLevels(std::span<double> values, size_t reach) {
  const size_t n = values.size();
  std::vector<size_t> present;
  for (size_t i = 0; i < n; ++i) {
    if (!std::isnan(values[i])) {
      present.push_back(i);
    }
  }
  const auto level = [&](size_t from, size_t to) {
    double sum = 0;
    for (size_t k = from; k < to; ++k) {
      sum += values[present[k]] / static_cast<double>(to - from);
    }
    return sum;
  };
  for (size_t k = 0; k <= present.size(); ++k) {
    const size_t from = k > 0 ? present[k - 1] + 1 : 0;
    const size_t to = k < present.size() ? present[k] : n;
    if (from >= to) {
      continue;
    }
    double left = k > 0 ? level(k - std::min(k, reach), k) : 0;
    const double right = k < present.size() ? level(k, std::min(present.size(), k + reach)) : left;
    left = k > 0 ? left : right;
    for (size_t i = from; i < to; ++i) {
      values[i] = left + (right - left) * static_cast<double>(i + 1 - from) / static_cast<double>(to - from + 1);
    }
  }
}

/// The season of a period in `full`, the values with their gaps filled: each phase smoothed over neighbouring cycles,
/// from what was there before filling alone, as far as there is any (`values`, NaN = missing).
std::vector<double> SeasonOf(std::span<const double> full, std::span<const double> values, size_t period) {
  const size_t n = values.size();
  std::vector<double> rest = MovingMean(full, period);
  for (size_t i = 0; i < n; ++i) {
    rest[i] = full[i] - rest[i];
  }
  std::vector<double> phase;
  std::vector<double> season(n);
  for (size_t start = 0; start < std::min(period, n); ++start) {
    phase.clear();
    for (size_t i = start; i < n; i += period) {
      phase.push_back(rest[i]);
    }
    for (size_t k = 0; k < phase.size(); ++k) {
      const size_t from = k > kSmoothedCycles ? k - kSmoothedCycles : 0;
      const size_t to = std::min(phase.size(), k + kSmoothedCycles + 1);
      std::array<double, 2 * kSmoothedCycles + 1> window{};
      size_t count = 0;
      for (size_t cycle = from; cycle < to; ++cycle) {
        if (!std::isnan(values[start + cycle * period])) {
          window[count++] = phase[cycle];
        }
      }
      season[start + k * period] = count > 0 ? QuantileInPlace(std::span(window).first(count), 0.5) : phase[k];
    }
  }
  const std::vector<double> level = MovingMean(season, period);
  for (size_t i = 0; i < n; ++i) {
    season[i] -= level[i];
  }
  return season;
}

void TakeOutSeason(std::vector<double>& values, size_t period) {
  const size_t n = values.size();
  const bool has_gaps = std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  // A gap is filled with level and season, which the values around it tell once the season is known: by turns.
  std::vector<double> full(values);
  FillGaps(full);
  std::vector<double> season = SeasonOf(full, values, period);
  for (int turn = 1; has_gaps && turn < kFillTurns; ++turn) {
    std::vector<double> levels(values);
    for (size_t i = 0; i < n; ++i) {
      levels[i] -= season[i];
    }
    FillByLevels(levels, std::min(period, kLevelReach));
    for (size_t i = 0; i < n; ++i) {
      full[i] = std::isnan(values[i]) ? levels[i] + season[i] : values[i];
    }
    season = SeasonOf(full, values, period);
  }
  for (size_t i = 0; i < n; ++i) {
    values[i] -= season[i];
  }
}

/// TakeOutSpikes of values that are all there.
void ClampSpikes(std::span<double> values, double scales) {
  const size_t n = values.size();
  if (n < 8) {
    return;
  }
  std::vector<double> smooth(values.begin(), values.end());
  std::vector<double> differences(n - 1);
  for (size_t i = 1; i < n; ++i) {
    differences[i - 1] = values[i] - values[i - 1];
    if (i + 1 < n) {
      const auto [low, high] = std::minmax(values[i - 1], values[i + 1]);
      smooth[i] = std::clamp(values[i], low, high);
    }
  }
  const double scale = RobustScale(differences, Median(differences)) * 0.7071;
  for (size_t i = 0; i < n; ++i) {
    if (std::abs(values[i] - smooth[i]) > scales * scale) {
      values[i] = smooth[i];
    }
  }
}

}  // namespace

void TakeOutSeasons(std::vector<double>& values) {
  for (const Period& period : FindPeriods(values, {.max_periods = 2})) {
    if (period.strength >= kStrongSeason) {
      TakeOutSeason(values, period.steps);
    }
  }
}

void TakeOutSpikes(std::vector<double>& values, double scales) {
  std::vector<double> present;
  for (const double value : values) {
    if (!std::isnan(value)) {
      present.push_back(value);
    }
  }
  ClampSpikes(present, scales);
  size_t next = 0;
  for (double& value : values) {
    value = std::isnan(value) ? value : present[next++];
  }
}

std::vector<double> BinMeans(std::span<const double> values, size_t width) {
  const size_t bins = std::max<size_t>(values.size() / width, 1);
  std::vector<double> means(bins);
  for (size_t b = 0; b < bins; ++b) {
    const size_t from = b * width;
    const size_t to = b + 1 == bins ? values.size() : from + width;
    double sum = 0;
    size_t count = 0;
    for (size_t i = from; i < to; ++i) {
      sum += std::isnan(values[i]) ? 0 : values[i];
      count += std::isnan(values[i]) ? 0 : 1;
    }
    means[b] = 2 * count >= to - from ? sum / static_cast<double>(count) : std::nan("");
  }
  return means;
}

}  // namespace bellwether
