#include "tests/bench/structure/generated.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/bench/structure/draws.h"

namespace bellwether {
namespace {

bool Has(std::string_view kind, const char* part) { return kind.find(part) != std::string_view::npos; }

double PhiOf(std::string_view kind, Random& random) {
  if (Has(kind, "walk")) {
    return 1;
  }
  if (Has(kind, "ar.95")) {
    return 0.95;
  }
  if (Has(kind, "ar.9")) {
    return 0.9;
  }
  if (Has(kind, "ar.5")) {
    return 0.5;
  }
  return Has(kind, "ar") ? Uniform(random, 0.3, 0.8) : 0;
}

void AddChange(Random& random, const std::string& type, std::vector<double>& values, size_t place, double unit) {
  const double sign = random() % 2 == 0 ? 1 : -1;
  const size_t n = values.size();
  if (type == "level") {
    const double size = sign * Uniform(random, 2.5, 6) * unit;
    for (size_t i = place; i < n; ++i) {
      values[i] += size;
    }
  } else if (type == "slope") {
    // What the new slope adds over a third of the series.
    const double size = sign * Uniform(random, 6, 15) * unit * 3 / static_cast<double>(n);
    for (size_t i = place; i < n; ++i) {
      values[i] += size * static_cast<double>(i - place);
    }
  }
}

void AddSurroundings(Random& random, std::string_view kind, std::vector<double>& values) {
  const size_t n = values.size();
  if (Has(kind, "season")) {
    const size_t period = n >= 1000 ? 96 : n >= 168 ? 24 : 12;
    const double size = Uniform(random, 1.5, 4);
    const double phase = Uniform(random, 0, 6);
    const double second = Uniform(random, 0, 0.5);
    for (size_t i = 0; i < n; ++i) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(i % period) / static_cast<double>(period);
      values[i] += size * (std::sin(angle + phase) + second * std::sin(2 * angle));
    }
  }
  if (Has(kind, "outliers")) {
    for (double& value : values) {
      if (Uniform(random, 0, 1) < 0.02) {
        value += (random() % 2 == 0 ? 1 : -1) * Uniform(random, 6, 30);
      }
    }
  }
  const double length = static_cast<double>(n);
  const double rise = Uniform(random, 4, 15);
  for (size_t i = 0; i < n; ++i) {
    const double t = static_cast<double>(i) / length;
    if (Has(kind, "line")) {
      values[i] += rise * t;
    } else if (Has(kind, "parabola")) {
      values[i] += rise * t * t;
    }
  }
}

size_t DrawLength(Random& random, std::string_view kind) {
  if (Has(kind, "-short")) {
    return 15 + random() % 86;
  }
  if (Has(kind, "-long")) {
    return static_cast<size_t>(std::exp(Uniform(random, std::log(1000.0), std::log(10'000.0))));
  }
  return static_cast<size_t>(std::exp(Uniform(random, std::log(60.0), std::log(480.0))));
}

}  // namespace

std::vector<std::string> StructureKinds() {
  return {"none/white",          "none/ar.5",           "none/ar.9",        "none/ar.95",
          "none/walk",           "none/smooth",         "none/smooth-walk", "none/heavy",
          "none/season",         "none/season-ar",      "none/line",        "none/parabola",
          "none/outliers",       "none/ar-short",       "none/line-short",  "none/ar-long",
          "none/season-ar-long", "level/white",         "level/ar.5",       "level/ar.9",
          "level/walk",          "level/heavy",         "level/season",     "level/season-ar",
          "level/outliers",      "level/line",          "level/ar-short",   "level/white-short",
          "level/ar-long",       "level/season-long",   "slope/white",      "slope/ar",
          "slope/season",        "slope/ar-short",      "slope/ar-long",    "variance/white",
          "variance/ar",         "variance/white-long", "mixed/white",      "mixed/ar"};
}

KnownSeries DrawSeries(std::string_view kind, uint64_t seed) {
  Random random = RandomOf(kind, seed);
  const size_t n = DrawLength(random, kind);
  KnownSeries series;
  series.values = Noise(random, n, PhiOf(kind, random), Has(kind, "heavy"));
  if (Has(kind, "smooth")) {  // innovations that are AR(1) noise themselves
    const double phi = Uniform(random, 0.4, 0.8);
    for (size_t i = 1; i < n; ++i) {
      const double root = Has(kind, "walk") ? 1.0 : 0.9;
      series.values[i] =
          i == 1 ? 0 : (root + phi) * series.values[i - 1] - root * phi * series.values[i - 2] + Normal(random);
    }
  }
  const std::string type(kind.substr(0, kind.find('/')));
  if (type != "none") {
    const size_t most = n < 40 ? 1 : n < 120 ? 2 : 4;
    series.changes = Places(random, n, 1 + random() % most, std::max<size_t>(n < 40 ? 6 : 10, n / 12));
  }
  std::vector<std::string> types;
  double scale = 1;
  for (const size_t place : series.changes) {  // the variance first, so that it is the noise alone that it scales
    const size_t draw = random() % 3;
    types.push_back(type != "mixed" ? type : draw == 0 ? "level" : draw == 1 ? "slope" : "variance");
    if (types.back() == "variance") {
      const double factor = Uniform(random, 2.5, 5);
      const double now = scale > 1 ? scale / factor : scale * factor;
      for (size_t i = place; i < n; ++i) {
        series.values[i] *= now / scale;
      }
      scale = now;
    }
  }
  for (size_t k = 0; k < types.size(); ++k) {
    AddChange(random, types[k], series.values, series.changes[k], Has(kind, "walk") ? 2.5 : 1);
  }
  AddSurroundings(random, kind, series.values);
  return series;
}

std::vector<double> Ar1(size_t count, double phi, uint64_t seed) {
  Random random(seed * 0x9E3779B97F4A7C15ULL + 77);
  return Noise(random, count, phi);
}

}  // namespace bellwether
