#include "server/analytics/forecast/deseasonalised_member.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/analytics/decomposition/mstl.h"

namespace bellwether {
namespace {

constexpr size_t kMostValues = 2000;

/// Means of `season` values around each one; at the ends those of the nearest whole window.
std::vector<double> MovingMeans(std::span<const double> values, size_t season) {
  std::vector<double> sums(values.size() + 1, 0.0);
  for (size_t i = 0; i < values.size(); ++i) {
    sums[i + 1] = sums[i] + values[i];
  }
  const auto mean = [&](size_t from) { return (sums[from + season] - sums[from]) / static_cast<double>(season); };
  const size_t last = values.size() - season;
  std::vector<double> means(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t from = i > season / 2 ? i - season / 2 : 0;
    const size_t first = std::min(from, last);
    // An even window has no middle: the mean of the two beside it.
    means[i] = season % 2 == 0 && first < last ? 0.5 * (mean(first) + mean(first + 1)) : mean(first);
  }
  return means;
}

/// Takes the seasonal components of MSTL out of the values; returns the last season of each, repeated.
std::vector<double> TakeComponentsOut(std::span<double> values, std::span<const size_t> seasons, size_t horizon) {
  const Decomposition parts = DecomposeMstl(values, seasons);
  std::vector<double> ahead(horizon, 0.0);
  for (size_t k = 0; k < parts.periods.size(); ++k) {
    const std::vector<double>& seasonal = parts.seasonal[k];
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] -= seasonal[i];
    }
    for (size_t h = 0; h < horizon; ++h) {
      ahead[h] += seasonal[seasonal.size() - parts.periods[k] + h % parts.periods[k]];
    }
  }
  return ahead;
}

/// Origins of one age share their parameters: how often a history has grown by a fifth.
size_t AgeOf(size_t origin) {
  return static_cast<size_t>(std::floor(4 * std::log2(static_cast<double>(origin)) + 1e-9));
}

}  // namespace

std::vector<double> TakeSeasonsOut(std::span<double> values, std::span<const size_t> seasons, size_t horizon) {
  std::vector<double> ahead(horizon, 0.0);
  for (const size_t season : seasons) {
    if (season == 0 || values.size() < 2 * season) {
      continue;
    }
    const std::vector<double> means = MovingMeans(values, season);
    std::vector<double> profile(season, 0.0);
    std::vector<double> counts(season, 0.0);
    for (size_t i = 0; i < values.size(); ++i) {
      profile[i % season] += values[i] - means[i];
      counts[i % season] += 1;
    }
    double mean = 0;
    for (size_t p = 0; p < season; ++p) {
      profile[p] /= counts[p];
      mean += profile[p] / static_cast<double>(season);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] -= profile[i % season] - mean;
    }
    for (size_t h = 0; h < horizon; ++h) {
      ahead[h] += profile[(values.size() + h) % season] - mean;
    }
  }
  return ahead;
}

std::vector<double> DeseasonalisedMember::Without(std::span<const double> history, size_t origin,
                                                  std::span<double> seasons) const {
  const size_t from = origin > kMostValues ? origin - kMostValues : 0;
  const auto seen = history.subspan(from, origin - from);
  std::vector<double> values(seen.begin(), seen.end());
  const std::vector<double> ahead =
      ByMstl() ? TakeComponentsOut(values, seasons_, seasons.size()) : TakeSeasonsOut(values, seasons_, seasons.size());
  std::copy(ahead.begin(), ahead.end(), seasons.begin());
  return values;
}

void DeseasonalisedMember::ForecastFrom(std::span<const double> history, std::span<const size_t> origins,
                                        size_t horizon, std::span<double> paths) const {
  std::vector<double> parameters;
  size_t age = 0;  // of no origin
  std::vector<double> ahead(horizon);
  for (size_t o = 0; o < origins.size(); ++o) {
    const auto path = paths.subspan(o * horizon, horizon);
    if (origins[o] < MinPoints()) {
      std::fill(path.begin(), path.end(), std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const std::vector<double> values = Without(history, origins[o], ahead);
    if (AgeOf(origins[o]) != age) {
      parameters = Choose(values);
      age = AgeOf(origins[o]);
    }
    Extend(values, parameters, path);
    for (size_t h = 0; h < horizon; ++h) {
      path[h] += ahead[h];
    }
  }
}

}  // namespace bellwether
