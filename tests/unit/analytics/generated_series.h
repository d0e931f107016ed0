#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

namespace bellwether {

inline constexpr int64_t kFiveMinutesNs = int64_t{300} * 1'000'000'000;
inline constexpr int64_t kHourNs = int64_t{3600} * 1'000'000'000;
inline constexpr int64_t kStartNs = int64_t{1'700'006'400} * 1'000'000'000;

/// Normal noise with autocorrelation `phi` and innovations of deviation 1; `phi` = 1 is a random walk.
inline std::vector<double> Noise(size_t n, uint64_t seed, double phi = 0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(n);
  double state = phi < 1 ? normal(random) / std::sqrt(1 - phi * phi) : 0.0;
  for (double& value : values) {
    state = phi * state + normal(random);
    value = state;
  }
  return values;
}

inline double Sine(size_t i, double period) { return std::sin(2 * std::numbers::pi * static_cast<double>(i) / period); }

inline std::vector<int64_t> Times(size_t n, int64_t step_ns) {
  std::vector<int64_t> times(n);
  for (size_t i = 0; i < n; ++i) {
    times[i] = kStartNs + static_cast<int64_t>(i) * step_ns;
  }
  return times;
}

/// Series that break careless arithmetic.
inline std::vector<std::vector<double>> HostileSeries() {
  const double nan = std::nan("");
  std::vector<std::vector<double>> all = {{}, {1}, {1, 2}, {nan}, {nan, nan, nan}, {1, nan, 2, nan, 3}};
  all.emplace_back(200, nan);
  all.emplace_back(200, 0.0);
  all.emplace_back(200, -7.25);
  std::vector<double> huge(200), tiny(200), mixed(200), spikes(200, 1e308), gaps(200, nan), infinite(200, 1.0);
  for (size_t i = 0; i < 200; ++i) {
    huge[i] = (i % 2 == 0 ? 1e308 : -1e308);
    tiny[i] = 4.9e-324 * static_cast<double>(i % 5);
    mixed[i] = std::pow(10.0, static_cast<double>(i % 61) * 10 - 300);
    if (i % 50 == 49) {
      spikes[i] = -1e308;
      gaps[i] = 3;
      infinite[i] = i % 100 == 49 ? INFINITY : -INFINITY;
    }
  }
  for (auto* series : {&huge, &tiny, &mixed, &spikes, &gaps, &infinite}) {
    all.push_back(*series);
  }
  return all;
}

}  // namespace bellwether
