#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/analytics/generated_series.h"

namespace bellwether {

inline constexpr int64_t kMillisecondNs = 1'000'000;
inline constexpr int64_t kSecondNs = 1000 * kMillisecondNs;
inline constexpr int64_t kDayNs = 24 * kHourNs;
inline constexpr int64_t kWeekNs = 7 * kDayNs;
inline constexpr int64_t kYearNs = 365 * kDayNs;
inline constexpr double kMissingValue = std::numeric_limits<double>::quiet_NaN();

/// A series with a name for failure messages.
struct Carrier {
  std::string name;
  std::vector<int64_t> times;
  std::vector<double> values;
};

/// A day of 288 rows under noise of deviation 1.
inline std::vector<double> DailyValues(size_t n, uint64_t seed) {
  std::vector<double> values = Noise(n, seed, 0.5);
  for (size_t i = 0; i < n; ++i) {
    values[i] += 50 + 10 * Sine(i, 288);
  }
  return values;
}

inline std::vector<double> Counts(size_t n, uint64_t seed, double mean) {
  std::mt19937_64 random(seed);
  std::poisson_distribution<int> poisson(mean);
  std::vector<double> values(n);
  std::generate(values.begin(), values.end(), [&] { return static_cast<double>(poisson(random)); });
  return values;
}

/// 0 and 1 in stretches of some fifty rows.
inline std::vector<double> Booleans(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values(n);
  double state = 0;
  for (double& value : values) {
    state = random() % 50 == 0 ? 1 - state : state;
    value = state;
  }
  return values;
}

/// A raw counter that begins again at zero every `life` rows.
inline std::vector<double> ResettingCounter(size_t n, uint64_t seed, size_t life) {
  std::mt19937_64 random(seed);
  std::vector<double> values(n);
  double count = 0;
  for (size_t i = 0; i < n; ++i) {
    count = i % life == 0 ? 0 : count + static_cast<double>(random() % 20);
    values[i] = count;
  }
  return values;
}

/// Series without anomalies: what a detector must not storm on, at any seed.
inline std::vector<Carrier> BenignCarriers(size_t n, uint64_t seed) {
  std::vector<Carrier> all;
  const auto add = [&](std::string name, std::vector<int64_t> times, std::vector<double> values) {
    all.push_back({std::move(name), std::move(times), std::move(values)});
  };
  const std::vector<int64_t> regular = Times(n, kFiveMinutesNs);
  add("white noise", regular, Noise(n, seed));
  add("daily season", regular, DailyValues(n, seed));
  add("all equal", regular, std::vector<double>(n, 7.25));
  add("all zero", regular, std::vector<double>(n, 0.0));
  add("sparse counts", regular, Counts(n, seed, 0.2));
  add("counts", regular, Counts(n, seed, 12));
  add("booleans", regular, Booleans(n, seed));
  add("counter that begins again each day", regular, ResettingCounter(n, seed, 288));
  add("step of 1 ms", Times(n, kMillisecondNs), Noise(n, seed));
  add("step of 1 day", Times(n, kDayNs), Noise(n, seed));
  std::vector<double> course = Noise(n, seed);
  for (size_t i = 0; i < n; ++i) {
    course[i] += 3000 + 0.07 * static_cast<double>(i);
  }
  add("rising line", regular, course);
  course = Noise(n, seed);
  for (size_t i = 0; i < n; ++i) {
    course[i] += i % 12 < 2 ? 12 : 0;
  }
  add("job each hour", regular, course);
  course = Noise(n, seed);
  for (size_t i = 0; i < n; ++i) {
    course[i] += i % 17 < 2 ? 12 : 0;
  }
  add("cycle of 17 rows", regular, course);
  for (size_t i = 0; i < n; ++i) {
    course[i] = i % 12 < 2 ? 1003 : 1000;
  }
  add("job each hour, whole numbers", regular, course);
  add("negative zeros", regular, [&] {
    std::vector<double> values = Counts(n, seed, 0.5);
    std::replace(values.begin(), values.end(), 0.0, -0.0);
    return values;
  }());
  add("denormals", regular, [&] {
    std::vector<double> values = Counts(n, seed, 5);
    std::transform(values.begin(), values.end(), values.begin(), [](double v) { return v * 4.9e-324; });
    return values;
  }());
  add("a third missing", regular, [&] {
    std::vector<double> values = Noise(n, seed);
    std::mt19937_64 random(seed + 1);
    for (double& value : values) {
      value = random() % 3 == 0 ? kMissingValue : value;
    }
    return values;
  }());

  std::vector<int64_t> times = regular;
  for (size_t i = n / 2; i < n; ++i) {
    times[i] += kYearNs;
  }
  add("gap of a year", times, Noise(n, seed));
  times = regular;
  for (size_t i = 1; i < n; i += 2) {
    times[i] = times[i - 1];
  }
  add("every time twice", times, Noise(n, seed));
  times = regular;
  for (size_t i = 0; i + 1 < n; i += 10) {
    std::swap(times[i], times[i + 1]);
  }
  add("times that step back", times, Noise(n, seed));
  // Local times taken for UTC: an hour is left out in spring and comes twice in autumn, while life goes on by the
  // clock.
  const auto local = [&](int64_t jump, const char* name) {
    std::vector<int64_t> jumped = regular;
    for (size_t i = n / 2; i < n; ++i) {
      jumped[i] += jump;
    }
    std::vector<double> values = Noise(n, seed, 0.5);
    for (size_t i = 0; i < n; ++i) {
      const auto row_of_day = static_cast<double>((jumped[i] - kStartNs) / kFiveMinutesNs);
      values[i] += 50 + 10 * std::sin(2 * std::numbers::pi * row_of_day / 288);
    }
    add(name, jumped, values);
  };
  local(kHourNs, "clock put forward");
  local(-kHourNs, "clock put back");
  return all;
}

/// Series and times that break careless arithmetic; nothing is promised but sound answers.
inline std::vector<Carrier> HostileCarriers() {
  std::vector<Carrier> all;
  std::vector<std::vector<double>> values = HostileSeries();
  values.push_back(std::vector<double>(200, 1e308));
  values.push_back(std::vector<double>(200, -0.0));
  values.push_back(Noise(200, 3));
  constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  for (size_t k = 0; k < values.size(); ++k) {
    const size_t n = values[k].size();
    std::vector<std::vector<int64_t>> clocks;
    for (const int64_t step :
         {int64_t{0}, int64_t{1}, kMillisecondNs, -kMillisecondNs, kFiveMinutesNs, -kHourNs, kDayNs, kYearNs / 4}) {
      clocks.push_back(Times(n, step));
    }
    std::vector<int64_t> ends(n);
    for (size_t i = 0; i < n; ++i) {
      ends[i] = i % 2 == 0 ? kFirst : kLast;
    }
    clocks.push_back(ends);
    clocks.push_back(std::vector<int64_t>(n, kFirst));
    clocks.push_back(std::vector<int64_t>(n, kLast));
    std::vector<int64_t> years = Times(n, kFiveMinutesNs);
    for (size_t i = n / 2; i < n; ++i) {
      years[i] += (i % 2 == 0 ? 1 : -1) * 100 * kYearNs;
    }
    clocks.push_back(years);
    for (size_t c = 0; c < clocks.size(); ++c) {
      all.push_back({"values " + std::to_string(k) + ", times " + std::to_string(c), clocks[c], values[k]});
    }
  }
  return all;
}

}  // namespace bellwether
