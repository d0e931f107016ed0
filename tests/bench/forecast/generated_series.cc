#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <span>
#include <string>

#include "tests/bench/forecast/series_files.h"

namespace bellwether::forecast_yardstick {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr double kDaySeconds = 86'400;
constexpr int64_t kStartNs = int64_t{1'699'833'600} * kSecondNs;  // a Monday at midnight

/// A day in the life of a service: low at night, two humps, weaker at weekends.
class LoadCurve {
 public:
  explicit LoadCurve(std::mt19937_64& random) {
    std::uniform_real_distribution<double> unit;
    peak_ = 9 + 4 * unit(random);
    second_ = 17 + 4 * unit(random);
    share_ = 0.3 + 0.7 * unit(random);
    depth_ = 0.3 + 2 * unit(random);
    weekend_ = unit(random) < 0.3 ? 1.0 : 0.4 + 0.5 * unit(random);
    yearly_ = 0.4 * unit(random);
  }

  double At(double seconds) const {
    const double day = seconds / kDaySeconds;
    const double hour = 24 * (day - std::floor(day));
    const auto hump = [&](double at, double width) {
      double distance = std::abs(hour - at);
      distance = std::min(distance, 24 - distance);
      return std::exp(-0.5 * distance * distance / (width * width));
    };
    const double weekday = std::fmod(std::floor(day), 7);
    const double load = 1 + depth_ * (hump(peak_, 2.5) + share_ * hump(second_, 2));
    return load * (weekday >= 5 ? weekend_ : 1.0) * (1 + yearly_ * std::sin(2 * std::numbers::pi * day / 365.2425));
  }

 private:
  double peak_, second_, share_, depth_, weekend_, yearly_;
};

enum class Kind {
  kLoad,
  kNoisyLoad,
  kCounts,
  kFilling,
  kShifts,
  kWalk,
  kCron,
  kFlatNoise,
  kLateJump,
  kLateFlatJump,
  kDrained,
  kSparse,
  kBursts
};

constexpr std::array<std::pair<Kind, const char*>, 13> kKinds = {{
    {Kind::kLoad, "load"},
    {Kind::kNoisyLoad, "noisy load"},
    {Kind::kCounts, "counts"},
    {Kind::kFilling, "filling"},
    {Kind::kShifts, "shifts"},
    {Kind::kWalk, "walk"},
    {Kind::kCron, "jobs"},
    {Kind::kFlatNoise, "noise"},
    {Kind::kLateJump, "late jump of a load"},
    {Kind::kLateFlatJump, "late jump"},
    {Kind::kDrained, "drained queue"},
    {Kind::kSparse, "sparse counts"},
    {Kind::kBursts, "bursts"},
}};
constexpr size_t kEverydayKinds = 8;  // the first of them; the others are there for what happens late or rarely

/// `late` is how many steps before the end what happens late happens at the earliest.
std::vector<double> Make(Kind kind, size_t n, double step_seconds, size_t late, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> unit;
  const LoadCurve curve(random);
  const double size = std::pow(10.0, -1 + 5 * unit(random));
  const double noise = 0.02 + 0.1 * unit(random);
  const double memory = unit(random) * 0.95;
  const double growth = 0.2 * (unit(random) - 0.4) / static_cast<double>(n);
  const double offset = std::floor(7 * unit(random)) * kDaySeconds;
  std::vector<double> values(n);
  double state = 0;
  double level = 1;
  double filled = 0.1 + 0.3 * unit(random);
  const double job_seconds = unit(random) < 0.5 ? 3600 : 6 * 3600;
  // What other kinds draw leaves these as they are.
  std::mt19937_64 other = random;
  other.seed(other());
  const size_t jump = n - late + static_cast<size_t>(unit(other) * 0.8 * static_cast<double>(late));
  const double height = (unit(other) < 0.5 ? 1.0 : -1.0) * (0.3 + 0.6 * unit(other));
  const double rate = std::pow(10.0, -2.5 + 1.5 * unit(other));
  double queue = 0;
  bool is_burst = false;
  for (size_t i = 0; i < n; ++i) {
    const double seconds = offset + static_cast<double>(i) * step_seconds;
    state = memory * state + std::sqrt(1 - memory * memory) * normal(random);
    const double load = curve.At(seconds) * (1 + growth * static_cast<double>(i));
    double value = 0;
    switch (kind) {
      case Kind::kLoad:
        value = load * (1 + noise * state);
        break;
      case Kind::kNoisyLoad:
        value = load * std::exp(4 * noise * normal(random) + noise * state);
        break;
      case Kind::kCounts:
        value =
            static_cast<double>(std::poisson_distribution<int>(6 * load * (1 + noise * state) * (1 + noise))(random));
        break;
      case Kind::kFilling:
        filled += 0.6 / static_cast<double>(n) * (0.5 + unit(random));
        filled = unit(random) < 2.0 / static_cast<double>(n) ? filled - 0.2 : filled;
        value = filled + 0.002 * load + 0.002 * state;
        break;
      case Kind::kShifts:
        level = unit(random) < 4.0 / static_cast<double>(n) ? 0.5 + 1.5 * unit(random) : level;
        value = level * (1 + 0.2 * load) + noise * state;
        break;
      case Kind::kWalk:
        level += 0.01 * normal(random);
        value = 10 + level;
        break;
      case Kind::kCron: {
        const double within = std::fmod(seconds, job_seconds) / job_seconds;
        value = 1 + 0.3 * load + (within < 0.1 ? 2.0 : 0.0) + noise * state;
        break;
      }
      case Kind::kFlatNoise:
        value = 5 + state;
        break;
      case Kind::kLateJump:
        value = load * (1 + noise * state) * (i >= jump ? 1 + height : 1.0);
        break;
      case Kind::kLateFlatJump:
        value = 5 + state + (i >= jump ? 10 * height : 0.0);
        break;
      case Kind::kDrained:
        queue = i == jump || unit(other) < 1.0 / static_cast<double>(n) ? 0 : queue + unit(other) + 0.2 * load;
        value = queue;
        break;
      case Kind::kSparse:
        value = static_cast<double>(std::poisson_distribution<int>(rate)(other));
        break;
      case Kind::kBursts:
        is_burst = unit(other) < (is_burst ? 0.7 : 0.2 * rate) ? true : false;
        value = is_burst ? 1 + 5 * std::abs(normal(other)) : 0.0;
        break;
    }
    values[i] = size * value;
  }
  return values;
}

}  // namespace

std::vector<Series> GenerateSeries(size_t each, bool hourly, uint64_t seed) {
  struct Step {
    const char* name;
    double seconds;
    size_t n;
    size_t late;  ///< about four horizons and a half, where forecasts are tried out
  };
  static constexpr std::array<Step, 5> kUsual = {{{"10 s", 10, 10'000, 1'600},
                                                  {"1 min", 60, 7'200, 1'100},
                                                  {"5 min", 300, 4'500, 1'300},
                                                  {"15 min", 900, 2'000, 430},
                                                  {"1 d", kDaySeconds, 1'200, 126}}};
  static constexpr std::array<Step, 1> kHours = {{{"1 h", 3'600, 960, 216}}};
  const std::span<const Step> steps = hourly ? std::span<const Step>(kHours) : std::span<const Step>(kUsual);
  std::vector<Series> all;
  for (size_t s = 0; s < steps.size(); ++s) {
    for (size_t k = 0; k < (hourly ? kEverydayKinds : kKinds.size()); ++k) {
      for (size_t i = 0; i < each; ++i) {
        std::mt19937_64 random(1 + i + 1000 * k + 100'000 * s + 10'000'000 * seed);
        const std::string kind = std::string(steps[s].name) + " " + kKinds[k].second;
        all.push_back({kind + " " + std::to_string(i), kind, kStartNs,
                       static_cast<int64_t>(steps[s].seconds) * kSecondNs,
                       Make(kKinds[k].first, steps[s].n, steps[s].seconds, steps[s].late, random)});
      }
    }
  }
  return all;
}

}  // namespace bellwether::forecast_yardstick
