#include "tests/bench/structure/draws.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bellwether {

Random RandomOf(std::string_view kind, uint64_t seed) {
  uint64_t mix = seed * 0x9E3779B97F4A7C15ULL + 1;
  for (const char c : kind) {
    mix = (mix ^ static_cast<uint8_t>(c)) * 0x100000001B3ULL;
  }
  return Random(mix);
}

double Uniform(Random& random, double low, double high) {
  return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
}

double LogUniform(Random& random, double low, double high) {
  return std::exp(Uniform(random, std::log(low), std::log(high)));
}

double Normal(Random& random) {
  const double u = 1 - Uniform(random, 0, 1);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * Uniform(random, 0, 1));
}

double StudentThree(Random& random) {
  double chi = 0;
  for (int i = 0; i < 3; ++i) {
    const double z = Normal(random);
    chi += z * z;
  }
  return Normal(random) / std::sqrt(chi / 3) / std::sqrt(3.0);
}

double Poisson(Random& random, double mean) {
  if (mean > 500) {
    return std::round(mean + std::sqrt(mean) * Normal(random));
  }
  double count = 0;
  for (double product = Uniform(random, 0, 1); product > std::exp(-mean); product *= Uniform(random, 0, 1)) {
    ++count;
  }
  return count;
}

double Sign(Random& random) { return random() % 2 == 0 ? 1 : -1; }

std::vector<double> Noise(Random& random, size_t count, double phi, bool heavy) {
  std::vector<double> values(count);
  double state = phi < 1 ? Normal(random) : 0;
  const double step = phi < 1 ? std::sqrt(1 - phi * phi) : 1;
  for (double& value : values) {
    state = phi * state + step * (heavy ? StudentThree(random) : Normal(random));
    value = state;
  }
  return values;
}

std::vector<size_t> Places(Random& random, size_t n, size_t count, size_t least) {
  for (int attempt = 0; attempt < 200 && n >= 2 * least; ++attempt) {
    std::vector<size_t> places;
    for (size_t k = 0; k < count; ++k) {
      places.push_back(least + random() % (n - 2 * least + 1));
    }
    std::sort(places.begin(), places.end());
    bool apart = true;
    for (size_t k = 1; k < places.size(); ++k) {
      apart = apart && places[k] - places[k - 1] >= least;
    }
    if (apart) {
      return places;
    }
  }
  return {n / 2};
}

}  // namespace bellwether
