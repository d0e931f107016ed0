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

void TakeOutSeason(std::vector<double>& values, size_t period) {
  const size_t n = values.size();
  std::vector<double> rest = MovingMean(values, period);
  for (size_t i = 0; i < n; ++i) {
    rest[i] = values[i] - rest[i];
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
      std::copy(phase.begin() + static_cast<ptrdiff_t>(from), phase.begin() + static_cast<ptrdiff_t>(to),
                window.begin());
      season[start + k * period] = QuantileInPlace(std::span(window).first(to - from), 0.5);
    }
  }
  const std::vector<double> level = MovingMean(season, period);
  for (size_t i = 0; i < n; ++i) {
    values[i] -= season[i] - level[i];
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
  const size_t n = values.size();
  if (n < 8) {
    return;
  }
  std::vector<double> smooth(values);
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

std::vector<double> BinMeans(std::span<const double> values, size_t width) {
  const size_t bins = std::max<size_t>(values.size() / width, 1);
  std::vector<double> means(bins);
  for (size_t b = 0; b < bins; ++b) {
    const size_t from = b * width;
    const size_t to = b + 1 == bins ? values.size() : from + width;
    double sum = 0;
    for (size_t i = from; i < to; ++i) {
      sum += values[i];
    }
    means[b] = sum / static_cast<double>(to - from);
  }
  return means;
}

}  // namespace bellwether
