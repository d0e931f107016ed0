#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {

/// A series with one incident of a known type, made from a seed.
struct InjectedIncident {
  AnomalyType type = AnomalyType::kNone;
  std::vector<double> values;
  std::vector<Period> periods;  ///< those that a good detector would have found
  size_t begin = 0;             ///< first row of the incident
  size_t end = 0;               ///< behind its last row
  size_t alarm = 0;             ///< where a detector might speak first
  size_t last = 0;              ///< last row that it might still find outside its band
};

inline constexpr std::array<std::string_view, 9> kCarriers = {
    "white", "AR .6", "AR .9", "tails t3", "Poisson 20", "Poisson .5", "daily", "quantised", "log-normal"};
inline constexpr size_t kInjectedDay = 288;

/// A carrier of 2,400 rows of five minutes without an incident, its usual deviation about 1 (the square root of the
/// rate for counts).
inline std::vector<double> Carrier(size_t kind, std::mt19937_64& random) {
  constexpr size_t kRows = 2400;
  std::normal_distribution<double> normal;
  std::student_t_distribution<double> tails(3);
  std::vector<double> values(kRows);
  const double phi = kind == 1 ? 0.6 : kind == 2 ? 0.9 : kind == 6 ? 0.3 : 0.0;
  double state = normal(random);
  for (size_t i = 0; i < kRows; ++i) {
    state = phi * state + std::sqrt(1 - phi * phi) * normal(random);
    switch (kind) {
      case 3:
        values[i] = 100 + tails(random);
        break;
      case 4:
      case 5:
        values[i] = static_cast<double>(std::poisson_distribution<int>(kind == 4 ? 20.0 : 0.5)(random));
        break;
      case 6:
        values[i] = 50 + 6 * Sine(i, kInjectedDay) + 2 * Sine(i, kInjectedDay / 2) + state;
        break;
      case 7:
        values[i] = std::round(20 + 0.6 * state);
        break;
      case 8:
        values[i] = 0.2 * std::exp(0.5 * normal(random));
        break;
      default:
        values[i] = 100 + state;
    }
  }
  return values;
}

/// Usual deviation of a carrier from what is expected.
inline double CarrierSpread(size_t kind) {
  constexpr std::array<double, 9> kSpread = {1, 1, 1, 1.3, 4.5, 0.75, 1, 0.7, 0.11};
  return kSpread[kind];
}

/// Whether an incident of this type can be told on this carrier at all: no season to break, no fewer equal or scattered
/// values than usual.
inline bool Tells(size_t kind, AnomalyType type) {
  const bool coarse = kind == 5 || kind == 7;
  switch (type) {
    case AnomalyType::kSeasonBreak:
      return kind == 6;
    case AnomalyType::kDrop:
      return kind != 5;
    case AnomalyType::kFlatline:
    case AnomalyType::kVarianceChange:
      return !coarse;
    default:
      return true;
  }
}

/// Puts an incident of `type` and of `size` (0 to 2: just visible, plain, large) on carrier `kind`.
inline InjectedIncident Inject(size_t kind, AnomalyType type, size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto between = [&](size_t low, size_t high) {
    return std::uniform_int_distribution<size_t>(low, high)(random);
  };
  InjectedIncident made;
  made.type = type;
  std::vector<double>& values = made.values;
  values = Carrier(kind, random);
  if (kind == 6) {
    made.periods = {{.steps = kInjectedDay, .strength = 0.9}};
  }
  const double spread = CarrierSpread(kind);
  made.begin = 1600 + between(0, 300);
  const double side = between(0, 1) == 0 || kind == 5 || kind == 8 ? 1.0 : -1.0;  // some cannot fall
  const bool whole = kind == 4 || kind == 5 || kind == 7;
  const auto offset = [&](double spreads, size_t i) {
    values[i] += spreads * spread;
    values[i] = whole ? std::max(0.0, std::round(values[i])) : values[i];
  };
  size_t delay = 0;
  switch (type) {
    case AnomalyType::kSpike:
    case AnomalyType::kDrop: {
      made.end = made.begin + between(1, 5);
      const double up = type == AnomalyType::kSpike ? 1.0 : -1.0;
      for (size_t i = made.begin; i < made.end; ++i) {
        offset(up * std::array{6.0, 10.0, 20.0}[size], i);
      }
      made.last = made.end - 1;
      break;
    }
    case AnomalyType::kLevelShift: {
      made.end = between(0, 2) == 0 ? values.size() : made.begin + between(18, 150);
      for (size_t i = made.begin; i < made.end; ++i) {
        offset(side * std::array{3.0, 5.0, 10.0}[size], i);
      }
      delay = between(0, 5);
      made.last = std::min(made.begin + delay + between(0, 40), made.end - 1);
      break;
    }
    case AnomalyType::kDrift: {
      const size_t length = between(60, 200);
      const bool stays = between(0, 1) == 0;
      made.end = made.begin + length;
      const double total = side * std::array{5.0, 8.0, 15.0}[size];
      for (size_t i = made.begin; i < (stays ? values.size() : made.end); ++i) {
        const double share = std::min(1.0, static_cast<double>(i - made.begin + 1) / static_cast<double>(length));
        offset(total * share, i);
      }
      delay = between(length / 3, length - length / 5);
      made.last = made.end - 1;
      break;
    }
    case AnomalyType::kVarianceChange: {
      made.end = made.begin + between(36, 150);
      const double ratio = std::array{3.0, 0.2, 6.0}[size];
      for (size_t i = made.begin; i < made.end; ++i) {
        const double usual = kind == 6   ? 50 + 6 * Sine(i, kInjectedDay) + 2 * Sine(i, kInjectedDay / 2)
                             : kind == 4 ? 20.0
                             : kind == 8 ? 0.2
                                         : 100.0;
        values[i] = usual + ratio * (values[i] - usual);
      }
      delay = between(6, 14);
      made.last = made.begin + delay + between(0, 3);
      break;
    }
    case AnomalyType::kSeasonBreak: {
      made.end = made.begin + between(kInjectedDay / 2, kInjectedDay);
      const size_t move = kInjectedDay / 3;
      for (size_t i = made.begin; i < made.end; ++i) {
        const double usual = 6 * Sine(i, kInjectedDay) + 2 * Sine(i, kInjectedDay / 2);
        const double other = size == 0   ? 6 * Sine(i + move, kInjectedDay) + 2 * Sine(i + move, kInjectedDay / 2)
                             : size == 1 ? 6 * Sine(i + kInjectedDay - move, kInjectedDay) +
                                               2 * Sine(i + kInjectedDay - move, kInjectedDay / 2)
                                         : 0.0;
        values[i] += other - usual;
      }
      delay = between(2, 40);
      made.last = made.begin + between(kInjectedDay / 3, kInjectedDay / 2 - 1);
      break;
    }
    case AnomalyType::kFlatline: {
      made.end = made.begin + std::array<size_t, 3>{16, 30, 80}[size];
      std::fill(values.begin() + static_cast<ptrdiff_t>(made.begin), values.begin() + static_cast<ptrdiff_t>(made.end),
                values[made.begin]);
      delay = between(10, 14);
      made.last = made.begin + delay;
      break;
    }
    case AnomalyType::kMissingData: {
      made.end = made.begin + std::array<size_t, 3>{8, 20, 100}[size];
      std::fill(values.begin() + static_cast<ptrdiff_t>(made.begin), values.begin() + static_cast<ptrdiff_t>(made.end),
                std::nan(""));
      delay = between(3, 6);
      made.last = made.end - 1;
      break;
    }
    case AnomalyType::kNone:
      made.end = made.begin;
  }
  made.alarm = made.begin + delay;
  made.last = std::max(made.last, made.alarm);
  return made;
}

}  // namespace bellwether
