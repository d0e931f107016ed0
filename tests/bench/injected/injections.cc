#include "tests/bench/injected/injections.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "server/analytics/series/robust.h"

namespace bellwether::injected {
namespace {

constexpr size_t kMostRows = 1500;  // of an event
constexpr size_t kGapRows = 250;
constexpr size_t kTrainRows = 6;
constexpr size_t kMissingRows = 12;

constexpr std::array<Injection, 29> kInjections = {{
    {"spike of 3, 1 row", Change::kAdd, 3, 0, 1},
    {"spike of 4, 1 row", Change::kAdd, 4, 0, 1},
    {"spike of 6, 1 row", Change::kAdd, 6, 0, 1},
    {"spike of 10, 1 row", Change::kAdd, 10, 0, 1},
    {"spike of 4, 3 rows", Change::kAdd, 4, 0, 3},
    {"shift of 2, 30 min", Change::kAdd, 2, 0.5, 0, 6},
    {"shift of 2, 2 h", Change::kAdd, 2, 2, 0, 2},
    {"shift of 4, 2 h", Change::kAdd, 4, 2, 0, 2},
    {"shift of 1, 6 h", Change::kAdd, 1, 6, 0, 6},
    {"shift of 0.5, 1 d", Change::kAdd, 0.5, 24, 0, 12},
    {"shift of 1, 1 d", Change::kAdd, 1, 24, 0, 12},
    {"drift to 2, 6 h", Change::kRamp, 2, 6, 0, 6},
    {"drift to 4, 6 h", Change::kRamp, 4, 6, 0, 6},
    {"drift to 4, 1 d", Change::kRamp, 4, 24, 0, 12},
    {"variance x 2, 6 h", Change::kSpread, 1.41421356, 6, 0, 12},
    {"variance x 4, 6 h", Change::kSpread, 2, 6, 0, 12},
    {"variance x 1/2, 6 h", Change::kSpread, 0.70710678, 6, 0, 12},
    {"variance x 1/25, 6 h", Change::kSpread, 0.2, 6, 0, 12},
    {"variance x 4, 1 d", Change::kSpread, 2, 24, 0, 12},
    {"phase by 1/3, 1 d", Change::kPhase, 1.0 / 3, 24, 0, 12},
    {"phase by 1/8, 1 d", Change::kPhase, 1.0 / 8, 24, 0, 12},
    {"flat, 12 rows", Change::kHold, 0, 0, 12},
    {"flat, 24 rows", Change::kHold, 0, 0, 24},
    {"flat, 72 rows", Change::kHold, 0, 0, 72},
    {"5 spikes of 3 in 25 rows", Change::kTrain, 3, 0, 25},
    {"shift of 2, variance x 4, 2 h", Change::kShiftSpread, 2, 2, 0, 6},
    {"shift of 4, 2 h, after a gap", Change::kAfterGap, 4, 2, 0, 2},
    {"zero, 6 rows", Change::kZero, 0, 0, 6},
    {"shift of 0.5, 3 d", Change::kAdd, 0.5, 72, 0, 36},
}};

double MedianAround(const std::vector<double>& values, size_t centre, size_t reach) {
  const size_t from = centre > reach ? centre - reach : 0;
  const size_t to = std::min(values.size(), centre + reach + 1);
  return Median(std::span<const double>(values).subspan(from, to - from));
}

double MeanAround(const std::vector<double>& values, size_t centre, size_t reach) {
  double sum = 0;
  double count = 0;
  const size_t to = std::min(values.size(), centre + reach + 1);
  for (size_t i = centre > reach ? centre - reach : 0; i < to; ++i) {
    if (std::isfinite(values[i])) {
      sum += values[i];
      count += 1;
    }
  }
  return count > 0 ? sum / count : 0;
}

void Apply(const Carrier& carrier, const Injection& injection, const Event& event, double spread, double sign,
           std::vector<double>& values) {
  const auto day = static_cast<size_t>(std::lround(24 * carrier.RowsPerHour()));
  const size_t rows = event.end - event.first;
  if (injection.change == Change::kAfterGap) {
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(event.first - kMissingRows), kMissingRows, std::nan(""));
  }
  for (size_t i = event.first; i < event.end; ++i) {
    switch (injection.change) {
      case Change::kAdd:
      case Change::kAfterGap:
        values[i] += sign * injection.size * spread;
        break;
      case Change::kTrain:
        values[i] += (i - event.first) % kTrainRows == 0 ? sign * injection.size * spread : 0;
        break;
      case Change::kShiftSpread: {
        const double mean = MeanAround(carrier.values, i, 12);
        values[i] = mean + 2 * (carrier.values[i] - mean) + sign * injection.size * spread;
        break;
      }
      case Change::kZero:
        values[i] = 0;
        break;
      case Change::kRamp:
        values[i] +=
            sign * injection.size * spread * static_cast<double>(i - event.first + 1) / static_cast<double>(rows);
        break;
      case Change::kSpread: {
        const double mean = MeanAround(carrier.values, i, 12);
        values[i] = mean + injection.size * (carrier.values[i] - mean);
        break;
      }
      case Change::kPhase: {
        const size_t from = i + static_cast<size_t>(injection.size * static_cast<double>(day));
        values[i] = from < carrier.size() ? carrier.values[from] : carrier.values[i];
        break;
      }
      case Change::kHold:
        values[i] = values[event.first - 1];
        break;
    }
  }
}

}  // namespace

std::span<const Injection> Injections() { return kInjections; }

double LocalSpread(const Carrier& carrier, size_t row) {
  std::vector<double> distances;
  double power = 0;
  for (size_t i = std::max<size_t>(row > 300 ? row - 300 : 0, 4); i < row; ++i) {
    if (std::isfinite(carrier.values[i])) {
      distances.push_back(carrier.values[i] - MedianAround(carrier.values, i, 4));
      power += distances.back() * distances.back();
    }
  }
  if (distances.size() < 24) {
    return 0;
  }
  return std::max(ScaledMad(distances, Median(distances)),
                  0.3 * std::sqrt(power / static_cast<double>(distances.size())));
}

InjectedSeries Inject(const Carrier& carrier, uint64_t seed, double gap_hours) {
  std::mt19937_64 random(seed);
  InjectedSeries injected{.values = carrier.values};
  size_t next = carrier.size() * 2 / 5;
  while (true) {
    const size_t kind = random() % kInjections.size();
    const Injection& injection = kInjections[kind];
    const double sign = random() % 2 == 0 ? 1 : -1;
    const size_t first = next + random() % 100;
    const size_t wanted = injection.hours > 0
                              ? static_cast<size_t>(std::lround(injection.hours * carrier.RowsPerHour()))
                              : injection.rows;
    if (first + 60 >= carrier.size()) {
      return injected;
    }
    if (wanted < injection.least_rows || (injection.change == Change::kPhase && !carrier.seasonal)) {
      next = first;
      continue;
    }
    const size_t rows = std::min(wanted, kMostRows);
    if (first + rows + 60 >= carrier.size()) {
      return injected;
    }
    const Event event{.injection = kind, .first = first, .end = first + rows};
    const double spread = LocalSpread(carrier, first);
    const bool moves = std::isfinite(carrier.values[first - 1]) && std::isfinite(carrier.values[first]) &&
                       (injection.change != Change::kZero || std::abs(carrier.values[first]) > 4 * spread);
    const bool usual = std::none_of(carrier.unusual.begin() + static_cast<std::ptrdiff_t>(event.first),
                                    carrier.unusual.begin() + static_cast<std::ptrdiff_t>(event.end),
                                    [](uint8_t row) { return row != 0; });
    if (spread > 0 && usual && moves) {
      Apply(carrier, injection, event, spread, sign, injected.values);
      injected.events.push_back(event);
    }
    next = event.end + std::max(kGapRows, static_cast<size_t>(gap_hours * carrier.RowsPerHour()));
  }
}

}  // namespace bellwether::injected
