#include "tests/bench/structure/lifelike.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "tests/bench/structure/draws.h"

namespace bellwether {
namespace {

size_t Length(Random& random, double low, double high) { return static_cast<size_t>(LogUniform(random, low, high)); }

void AddStep(std::vector<double>& values, size_t place, double size) {
  for (size_t i = place; i < values.size(); ++i) {
    values[i] += size;
  }
}

void AddBend(std::vector<double>& values, size_t place, double slope) {
  for (size_t i = place; i < values.size(); ++i) {
    values[i] += slope * static_cast<double>(i - place);
  }
}

/// A rise of `size` spread over `length` steps.
void AddRamp(std::vector<double>& values, size_t place, size_t length, double size) {
  for (size_t i = place; i < values.size(); ++i) {
    values[i] += size * std::min(1.0, static_cast<double>(i - place + 1) / static_cast<double>(length));
  }
}

enum class Growth { kNone, kBend, kCrash };

/// Yearly figures that grow: the logarithm, or the figure itself, gains a rate with noise of its own each year.
KnownSeries YearlyGrowth(Random& random, Growth what) {
  const size_t n = Length(random, 20, 130);
  KnownSeries series;
  const double noise = LogUniform(random, 0.004, 0.03);
  const double measured = noise * Uniform(random, 0, 1);
  std::vector<double> rate = Noise(random, n, Uniform(random, 0, 0.5));
  for (double& one : rate) {
    one = one * noise;
  }
  AddStep(rate, 0, Uniform(random, -0.01, 0.06));
  if (what == Growth::kBend) {
    const size_t count = 1 + random() % 2;
    series.changes = Places(random, n, count, std::max<size_t>(6, n / 8));
    const double leg = static_cast<double>(n) / static_cast<double>(count + 1);
    for (const size_t place : series.changes) {
      AddStep(rate, place, Sign(random) * Uniform(random, 4, 12) * noise / std::sqrt(leg));
    }
  } else if (what == Growth::kCrash) {
    series.changes = Places(random, n, 1, std::max<size_t>(6, n / 8));
    const size_t years = 1 + random() % 3;
    const double size = -Uniform(random, 5, 14) * noise;
    for (size_t k = 0; k < years; ++k) {
      rate[series.changes[0] + k] += size / static_cast<double>(years);
    }
  }
  const bool is_logarithm = random() % 2 == 0;
  double level = Uniform(random, 0, 1);
  for (size_t i = 0; i < n; ++i) {
    level += rate[i];
    const double value = level + measured * Normal(random);
    series.values.push_back(is_logarithm ? std::exp(value) : value);
  }
  return series;
}

enum class Market { kNone, kJump, kDrift };

/// A price or a rate of exchange: a random walk, a half of them with heavy tails.
KnownSeries MarketPrice(Random& random, Market what) {
  const size_t n = Length(random, 80, 500);
  KnownSeries series;
  std::vector<double> moves(n);
  const bool heavy = random() % 2 == 0;
  for (double& move : moves) {
    move = heavy ? StudentThree(random) : Normal(random);
  }
  if (what == Market::kJump) {
    series.changes = Places(random, n, 1 + random() % 2, n / 10);
    for (const size_t place : series.changes) {
      const size_t days = 1 + random() % 4;
      const double size = Sign(random) * Uniform(random, 8, 20) * std::sqrt(static_cast<double>(n) / 200);
      for (size_t k = 0; k < days; ++k) {
        moves[place + k] += size / static_cast<double>(days);
      }
    }
  } else if (what == Market::kDrift) {
    const size_t count = 1 + random() % 3;
    series.changes = Places(random, n, count, n / 8);
    const double leg = static_cast<double>(n) / static_cast<double>(count + 1);
    double sign = Sign(random);
    for (const size_t place : series.changes) {
      AddStep(moves, place, sign * Uniform(random, 6, 14) / std::sqrt(leg));
      sign = -sign;
    }
  }
  double level = Uniform(random, 20, 200);
  for (const double move : moves) {
    level += move;
    series.values.push_back(level);
  }
  return series;
}

enum class Monthly { kNone, kLevel, kSlope };

/// Monthly figures: growth, a season in proportion to the level that changes its shape slowly, dependent noise.
KnownSeries MonthlySeason(Random& random, Monthly what) {
  const size_t n = Length(random, 72, 480);
  KnownSeries series;
  const double noise = LogUniform(random, 0.01, 0.05);
  std::vector<double> logs = Noise(random, n, Uniform(random, 0.2, 0.8));
  for (double& one : logs) {
    one = one * noise;
  }
  AddBend(logs, 0, Uniform(random, -0.2, 1) / static_cast<double>(n));
  if (what != Monthly::kNone) {
    series.changes = Places(random, n, 1 + random() % 2, std::max<size_t>(18, n / 8));
    for (const size_t place : series.changes) {
      if (what == Monthly::kLevel) {
        AddRamp(logs, place, 1 + random() % 2, Sign(random) * Uniform(random, 3.5, 9) * noise);
      } else {
        AddBend(logs, place, Sign(random) * Uniform(random, 10, 25) * noise * 3 / static_cast<double>(n));
      }
    }
  }
  std::array<double, 12> season{};
  for (double& month : season) {
    month = Uniform(random, 0.03, 0.15) * Normal(random);
  }
  const double drift = Uniform(random, -0.5, 0.5);
  for (size_t i = 0; i < n; ++i) {
    const double strength = 1 + drift * static_cast<double>(i) / static_cast<double>(n);
    series.values.push_back(std::exp(logs[i] + strength * season[i % 12]) * 1000);
  }
  return series;
}

/// Plateaus joined by ramps, under dependent noise; a change at both ends of each ramp.
KnownSeries PlateausAndRamps(Random& random) {
  const size_t n = Length(random, 40, 400);
  KnownSeries series;
  series.values = Noise(random, n, Uniform(random, 0, 0.7));
  const size_t count = n < 80 ? 1 : 1 + random() % 2;
  const auto length = static_cast<size_t>(std::max(4.0, Uniform(random, 0.06, 0.2) * static_cast<double>(n)));
  for (const size_t place : Places(random, n - length, count, std::max<size_t>(8, n / 10) + length)) {
    AddRamp(series.values, place, length, Sign(random) * Uniform(random, 5, 15));
    series.changes.push_back(place);
    series.changes.push_back(place + length);
  }
  return series;
}

/// Counts of rare events.
KnownSeries Counts(Random& random, bool changes) {
  const size_t n = Length(random, 15, 300);
  KnownSeries series;
  double root = 2 * std::sqrt(LogUniform(random, 2, 60));
  if (changes) {
    series.changes = Places(random, n, n < 40 ? 1 : 1 + random() % 3, std::max<size_t>(5, n / 8));
  }
  size_t next = 0;
  for (size_t i = 0; i < n; ++i) {
    if (next < series.changes.size() && i == series.changes[next]) {
      const double size = Uniform(random, 2.5, 6);
      root += root > 2 * size && random() % 2 == 0 ? -size : size;
      ++next;
    }
    series.values.push_back(Poisson(random, 0.25 * root * root));
  }
  return series;
}

/// Straight rises and falls that follow each other, as a rate of unemployment has them.
KnownSeries TurningPoints(Random& random) {
  const size_t n = Length(random, 30, 300);
  KnownSeries series;
  series.values = Noise(random, n, Uniform(random, 0.2, 0.9));
  series.changes = Places(random, n, 1 + random() % (n < 60 ? 2 : 4), std::max<size_t>(7, n / 9));
  double sign = Sign(random);
  size_t from = 0;
  double slope = 0;
  for (size_t k = 0; k <= series.changes.size(); ++k) {
    const size_t to = k < series.changes.size() ? series.changes[k] : n;
    const double steep = sign * Uniform(random, 5, 20) / static_cast<double>(to - from);
    AddBend(series.values, from, steep - slope);
    slope = steep;
    sign = random() % 4 == 0 ? sign * 0.2 : -sign / std::abs(sign);
    from = to;
  }
  return series;
}

/// Outbreaks over a quiet base: up for a while and back, at once or fading away.
KnownSeries Outbreaks(Random& random) {
  const size_t n = Length(random, 100, 600);
  KnownSeries series;
  series.values = Noise(random, n, Uniform(random, 0, 0.6));
  for (const size_t place : Places(random, n, 1 + random() % 2, n / 6)) {
    const auto length = static_cast<size_t>(std::max(8.0, Uniform(random, 0.04, 0.14) * static_cast<double>(n)));
    const double height = Uniform(random, 5, 20);
    series.changes.push_back(place);
    if (random() % 2 == 0) {
      AddStep(series.values, place, height);
      AddStep(series.values, place + length, -height);
      series.changes.push_back(place + length);
    } else {
      for (size_t i = place; i < n; ++i) {
        series.values[i] += height * std::exp(-3 * static_cast<double>(i - place) / static_cast<double>(length));
      }
    }
  }
  return series;
}

/// Many levels, each with a spread of its own or with clumps of wild values.
KnownSeries ManyLevels(Random& random, bool wild) {
  const size_t n = Length(random, 150, 700);
  KnownSeries series;
  series.values = Noise(random, n, Uniform(random, 0, 0.4));
  series.changes = Places(random, n, 3 + random() % 6, std::max<size_t>(8, n / 30));
  size_t next = 0;
  double level = 0;
  double spread = 1;
  for (size_t i = 0; i < n; ++i) {
    if (next < series.changes.size() && i == series.changes[next]) {
      level += Sign(random) * Uniform(random, 2.5, 8);
      spread = wild ? 1 : LogUniform(random, 0.4, 1.6);
      ++next;
    }
    series.values[i] = level + spread * series.values[i];
  }
  for (size_t i = 0; wild && i + 3 < n; ++i) {
    if (Uniform(random, 0, 1) < 0.015) {
      const double size = Sign(random) * Uniform(random, 6, 20);
      for (size_t k = random() % 3; k < 3; ++k) {
        series.values[i + k] += size * Uniform(random, 0.5, 1);
      }
    }
  }
  return series;
}

/// Noise that swings without a clock, as business does.
KnownSeries Swings(Random& random) {
  const size_t n = Length(random, 50, 400);
  const double radius = Uniform(random, 0.75, 0.95);
  const double a = 2 * radius * std::cos(2 * std::numbers::pi / LogUniform(random, 6, 25));
  KnownSeries series;
  double one = 0;
  double two = 0;
  for (size_t i = 0; i < n + 100; ++i) {
    const double now = a * one - radius * radius * two + Normal(random);
    two = std::exchange(one, now);
    if (i >= 100) {
      series.values.push_back(now);
    }
  }
  return series;
}

/// A smooth curve under little noise: growth to a limit, growth without one, a parabola, half a wave.
KnownSeries SmoothCurve(Random& random) {
  const size_t n = Length(random, 40, 400);
  KnownSeries series;
  series.values = Noise(random, n, Uniform(random, 0, 0.8));
  const double height = Uniform(random, 5, 60);
  const double shape = Uniform(random, 1, 4);
  const double centre = Uniform(random, 0.2, 0.8);
  const uint64_t form = random() % 4;
  for (size_t i = 0; i < n; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(n);
    series.values[i] += height * (form == 0   ? 1 / (1 + std::exp(-3 * shape * (t - centre)))
                                  : form == 1 ? std::exp(shape * (t - 1))
                                  : form == 2 ? (t - centre) * (t - centre)
                                              : std::sin(std::numbers::pi * (t + centre)));
  }
  return series;
}

/// What is counted seldom and filled in between: growth or decline whose rate drifts, with hardly any noise.
KnownSeries FilledIn(Random& random) {
  const size_t n = Length(random, 40, 300);
  KnownSeries series;
  const auto stride = static_cast<double>(1 + random() % 10);
  const double drift = LogUniform(random, 0.02, 0.3);
  std::vector<double> knots(static_cast<size_t>(static_cast<double>(n) / stride) + 3);
  double rate = Sign(random);
  for (size_t k = 1; k < knots.size(); ++k) {
    rate += drift * Normal(random) * stride / std::sqrt(static_cast<double>(n));
    knots[k] = knots[k - 1] + rate * stride;
  }
  for (size_t i = 0; i < n; ++i) {
    const double at = static_cast<double>(i) / stride + 0.999;
    const auto k = static_cast<size_t>(at);
    const double t = at - static_cast<double>(k);
    // Catmull and Rom's spline through the counts.
    const double a = knots[k == 0 ? 0 : k - 1];
    const double b = knots[k];
    const double c = knots[std::min(k + 1, knots.size() - 1)];
    const double d = knots[std::min(k + 2, knots.size() - 1)];
    series.values.push_back(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) +
                            1e-4 * drift * Normal(random));
  }
  return series;
}

/// A level that wanders beneath noise.
KnownSeries WanderingLevel(Random& random) {
  const size_t n = Length(random, 50, 500);
  KnownSeries series;
  series.values = Noise(random, n, 1);
  const double noise = Uniform(random, 0.5, 4);
  for (double& value : series.values) {
    value += noise * Normal(random);
  }
  return series;
}

struct Kind {
  std::string_view name;
  KnownSeries (*draw)(Random&);
};

constexpr std::array<Kind, 20> kKinds = {{
    {"growth/none", [](Random& r) { return YearlyGrowth(r, Growth::kNone); }},
    {"growth/bend", [](Random& r) { return YearlyGrowth(r, Growth::kBend); }},
    {"growth/crash", [](Random& r) { return YearlyGrowth(r, Growth::kCrash); }},
    {"market/none", [](Random& r) { return MarketPrice(r, Market::kNone); }},
    {"market/jump", [](Random& r) { return MarketPrice(r, Market::kJump); }},
    {"market/drift", [](Random& r) { return MarketPrice(r, Market::kDrift); }},
    {"monthly/none", [](Random& r) { return MonthlySeason(r, Monthly::kNone); }},
    {"monthly/level", [](Random& r) { return MonthlySeason(r, Monthly::kLevel); }},
    {"monthly/slope", [](Random& r) { return MonthlySeason(r, Monthly::kSlope); }},
    {"plateaus/ramps", [](Random& r) { return PlateausAndRamps(r); }},
    {"counts/none", [](Random& r) { return Counts(r, false); }},
    {"counts/level", [](Random& r) { return Counts(r, true); }},
    {"turning/points", [](Random& r) { return TurningPoints(r); }},
    {"outbreaks/pulses", [](Random& r) { return Outbreaks(r); }},
    {"levels/wild", [](Random& r) { return ManyLevels(r, true); }},
    {"levels/spreads", [](Random& r) { return ManyLevels(r, false); }},
    {"swings/none", [](Random& r) { return Swings(r); }},
    {"smooth/none", [](Random& r) { return SmoothCurve(r); }},
    {"filled/none", [](Random& r) { return FilledIn(r); }},
    {"wandering/none", [](Random& r) { return WanderingLevel(r); }},
}};

constexpr auto kNames = [] {
  std::array<std::string_view, kKinds.size()> names;
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = kKinds[i].name;
  }
  return names;
}();

}  // namespace

std::span<const std::string_view> LifelikeKinds() { return kNames; }

KnownSeries DrawLifelike(std::string_view kind, uint64_t seed) {
  Random random = RandomOf(kind, seed);
  for (const Kind& one : kKinds) {
    if (one.name == kind) {
      return one.draw(random);
    }
  }
  return {};
}

}  // namespace bellwether
