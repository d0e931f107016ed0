#include "server/analytics/anomaly/incident_window.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/series/autocorrelation.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr size_t kLeastBefore = 12;   // rows before an incident without which nothing can be compared
constexpr size_t kContextRows = 288;  // from which spread and dependence are learned
constexpr size_t kGuardRows = 24;     // just before the first alarm, perhaps part of the incident
constexpr size_t kMostCycles = 5;
constexpr double kSeasonWorth = 0.85;  // a season is used where it leaves less than this share of the spread
constexpr double kMostDependence = 0.95;

double Bounded(double value) {
  return std::isfinite(value) ? std::clamp(value, -kLargestMagnitude, kLargestMagnitude)
                              : std::numeric_limits<double>::quiet_NaN();
}

/// One cycle of `period` rows, indexed by row modulo period: the median over up to five cycles that end before `end`,
/// each about its own mean, smoothed a little. Empty where fewer than two cycles are known.
std::vector<double> SeasonProfile(std::span<const double> values, size_t period, size_t end) {
  if (period < 4 || end < 2 * period) {
    return {};
  }
  const size_t cycles = std::min(kMostCycles, end / period);
  std::array<double, kMostCycles> mean{};
  for (size_t c = 0; c < cycles; ++c) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = end - (c + 1) * period; i < end - c * period; ++i) {
      const double value = Bounded(values[i]);
      if (!std::isnan(value)) {
        sum += value;
        ++count;
      }
    }
    mean[c] = count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<double> raw(period, 0.0);
  std::array<double, kMostCycles> seen{};
  for (size_t k = 0; k < period; ++k) {
    size_t count = 0;
    const size_t newest = end - period + k;
    for (size_t c = 0; c < cycles; ++c) {
      const double value = Bounded(values[newest - c * period]) - mean[c];
      if (!std::isnan(value)) {
        seen[count++] = value;
      }
    }
    if (count > 0) {
      raw[newest % period] = QuantileInPlace(std::span(seen).first(count), 0.5);
    }
  }
  const size_t reach = period / 96;
  if (reach == 0) {
    return raw;
  }
  std::vector<double> smooth(period);
  double sum = 0;
  for (size_t k = 0; k <= 2 * reach; ++k) {
    sum += raw[k % period];
  }
  for (size_t k = 0; k < period; ++k) {
    smooth[(k + reach) % period] = sum / static_cast<double>(2 * reach + 1);
    sum += raw[(k + 2 * reach + 1) % period] - raw[k];
  }
  return smooth;
}

/// Usual size of numbers about zero: by the four fifths and the nine tenths that lie within, so that many equal values
/// do not hide what moves and heavy tails count in part.
double UsualSize(std::vector<double>& magnitudes) {
  const double most = QuantileInPlace(magnitudes, 0.9) / 1.6449;
  const double many = QuantileInPlace(magnitudes, 0.8) / 1.2816;
  return std::max(many, 0.8 * most);
}

double SpreadOf(std::span<const double> rest, double level) {
  std::vector<double> magnitudes;
  magnitudes.reserve(rest.size());
  for (const double r : rest) {
    magnitudes.push_back(std::abs(r - level));
  }
  return UsualSize(magnitudes);
}

/// The smallest movement there is: values that come in steps have no finer spread.
double Resolution(std::span<const double> values) {
  double least = std::numeric_limits<double>::infinity();
  size_t moves = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    const double step = std::abs(Bounded(values[i]) - Bounded(values[i - 1]));
    if (step > 0) {
      least = std::min(least, step);
      ++moves;
    }
  }
  return moves > 0 ? least : 0.0;
}

struct Context {
  std::vector<double> rest;  // present rows before the incident, less the season
  double level = 0;
  double spread = 0;
};

Context ContextOf(std::span<const double> values, std::span<const double> profile, size_t from, size_t to) {
  Context context;
  context.rest.reserve(to - from);
  for (size_t i = from; i < to; ++i) {
    const double value = Bounded(values[i]);
    if (!std::isnan(value)) {
      context.rest.push_back(value - (profile.empty() ? 0.0 : profile[i % profile.size()]));
    }
  }
  if (!context.rest.empty()) {
    context.level = Median(context.rest);
    context.spread = SpreadOf(context.rest, context.level);
  }
  return context;
}

void Whiten(IncidentWindow& window, std::span<const double> context) {
  std::vector<double> fresh;
  fresh.reserve(context.size());
  for (size_t i = 1; i < context.size(); ++i) {
    fresh.push_back(std::abs((context[i] - window.level) - window.phi * (context[i - 1] - window.level)) /
                    window.spread);
  }
  const double usual = fresh.empty() ? 1.0 : UsualSize(fresh);
  window.innovation = std::max(usual, 0.05);
  window.whitened.resize(window.rest.size());
  const double first_gain = std::sqrt(1 - window.phi * window.phi);
  for (size_t k = 0; k < window.rest.size(); ++k) {
    const double fresh_part = k == 0 ? window.rest[0] * first_gain : window.rest[k] - window.phi * window.rest[k - 1];
    window.whitened[k] = fresh_part / window.innovation;
  }
}

}  // namespace

IncidentWindow MakeIncidentWindow(std::span<const double> values, std::span<const Period> periods, size_t first,
                                  size_t last) {
  IncidentWindow window;
  const size_t guard = first > 4 * kGuardRows ? kGuardRows : 0;
  const size_t context_to = first - guard;
  const size_t context_from = context_to > kContextRows ? context_to - kContextRows : 0;
  Context context = ContextOf(values, {}, context_from, context_to);
  if (context.rest.size() < kLeastBefore) {
    return window;
  }
  for (const Period& period : periods) {
    std::vector<double> profile = SeasonProfile(values, period.steps, context_to);
    if (profile.empty()) {
      continue;
    }
    Context seasonal = ContextOf(values, profile, context_from, context_to);
    if (seasonal.spread < kSeasonWorth * context.spread) {
      context = std::move(seasonal);
      window.profile = std::move(profile);
    }
  }
  const double resolution = Resolution(values.subspan(context_from, context_to - context_from));
  window.level = context.level;
  window.spread = std::max(
      {context.spread, 0.29 * resolution, 1e-9 * std::abs(window.level), 1e3 * std::numeric_limits<double>::min()});
  window.phi = std::min(EstimateAr1Noise(context.rest).phi, kMostDependence);

  const size_t begin = first > kRowsBefore ? first - kRowsBefore : 0;
  const size_t onward = std::min(std::max(last + 1 + kRowsAfter, first + kRowsOnward), first + kMostOnward);
  const size_t end = std::min(values.size(), std::max(onward, first + 1));
  for (size_t i = begin; i < end; ++i) {
    const double value = Bounded(values[i]);
    if (std::isnan(value)) {
      continue;
    }
    const double season = window.profile.empty() ? 0.0 : window.profile[i % window.profile.size()];
    if (i < first) {
      ++window.alarm;
    }
    if (i <= last) {
      ++window.last;
    }
    window.rows.push_back(i);
    window.rest.push_back(std::clamp((value - season - window.level) / window.spread, -IncidentWindow::kMostSpreads,
                                     IncidentWindow::kMostSpreads));
    if (!window.profile.empty()) {
      window.season.push_back(season / window.spread);
    }
  }
  for (double& value : window.profile) {
    value /= window.spread;
  }
  Whiten(window, context.rest);
  window.usable = window.alarm >= kLeastBefore && window.alarm < window.rows.size();
  return window;
}

}  // namespace bellwether
