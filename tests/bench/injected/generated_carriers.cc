#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <span>

#include "tests/bench/injected/carriers.h"

namespace bellwether::injected {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kStartNs = int64_t{1'700'006'400} * kSecondNs;

/// What one series of a kind is made with.
struct Maker {
  explicit Maker(uint64_t seed) : random(seed) {
    amplitude = 1 + 4 * uniform(random);
    phase = 2 * std::numbers::pi * uniform(random);
  }
  double Day(double seconds) const {
    const double turn = 2 * std::numbers::pi * seconds / 86'400 + phase;
    return std::sin(turn) + 0.4 * std::sin(2 * turn + 1);
  }
  double Noise() { return normal(random); }
  double Poisson(double rate) { return static_cast<double>(std::poisson_distribution<int>(rate)(random)); }

  std::mt19937_64 random;
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::student_t_distribution<double> heavy{3};
  double amplitude;
  double phase;
  double state = 0;
  bool high = false;
};

struct Kind {
  const char* name;
  bool seasonal;
  double (*next)(Maker& maker, double seconds);
  int64_t longest_step_ns = INT64_MAX;  ///< with longer ones it is something else
};

double Autoregression(Maker& maker, double phi) { return maker.state = phi * maker.state + maker.Noise(); }

const std::array<Kind, 16> kKinds = {{
    {"white", false, [](Maker& m, double) { return m.Noise(); }},
    {"ar.5", false, [](Maker& m, double) { return Autoregression(m, 0.5); }},
    {"ar.9", false, [](Maker& m, double) { return Autoregression(m, 0.9); }},
    {"walk", false, [](Maker& m, double) { return Autoregression(m, 1); }},
    {"day", true, [](Maker& m, double s) { return m.amplitude * m.Day(s) + m.Noise(); }},
    {"day and week", true,
     [](Maker& m, double s) {
       return m.amplitude * (m.Day(s) + 0.7 * std::sin(2 * std::numbers::pi * s / 604'800)) + m.Noise();
     }},
    {"heteroscedastic", false, [](Maker& m, double s) { return m.Noise() * std::exp(0.8 * m.Day(s)); }},
    {"t3", false, [](Maker& m, double) { return m.heavy(m.random); }},
    {"log-normal", false, [](Maker& m, double) { return std::exp(0.6 * m.Noise()); }},
    {"poisson .2", false, [](Maker& m, double) { return m.Poisson(0.2); }},
    {"poisson 20", false, [](Maker& m, double) { return m.Poisson(20); }},
    {"poisson by day", true, [](Maker& m, double s) { return m.Poisson(20 * std::exp(0.7 * m.Day(s))); }},
    {"two states", false,
     [](Maker& m, double) {
       m.high = m.high != (m.uniform(m.random) < 0.02);
       return (m.high ? 8.0 : 0.0) + m.Noise();
     }},
    {"percentage", true, [](Maker& m, double s) { return std::clamp(60 + 15 * m.Day(s) + 8 * m.Noise(), 0.0, 100.0); }},
    {"counter's rate", true,
     [](Maker& m, double s) { return std::max(0.0, std::round(200 * (1.5 + m.Day(s)) + 20 * m.Noise())); }},
    {"saw-tooth", false,
     [](Maker& m, double) {
       m.state = m.state > 50 ? 0 : m.state + 0.5;
       return m.state + m.Noise();
     }},
}};

/// One of `states` for a while: the next is drawn with this chance.
double State(Maker& maker, double chance, int states) {
  if (maker.uniform(maker.random) < chance) {
    maker.state = static_cast<double>(maker.random() % static_cast<uint64_t>(states));
  }
  return maker.state;
}

/// Grows and begins anew.
double Reset(Maker& maker, bool resets, double growth) {
  maker.state = resets ? 0 : maker.state + growth;
  return maker.state;
}

const std::array<Kind, 9> kStateKinds = {{
    {"on 3 % of the time", false,
     [](Maker& m, double) {
       m.high = m.uniform(m.random) < (m.high ? 0.05 : 0.0015) ? !m.high : m.high;
       return (m.high ? 10.0 : 0.0) + m.Noise();
     }},
    {"on and off, no noise", false,
     [](Maker& m, double) {
       m.high = m.high != (m.uniform(m.random) < 0.01);
       return m.high ? 1.0 : 0.0;
     }},
    {"on 2 %, no noise", false,
     [](Maker& m, double) {
       m.high = m.uniform(m.random) < (m.high ? 0.05 : 0.001) ? !m.high : m.high;
       return m.high ? 1.0 : 0.0;
     }},
    {"five states", false, [](Maker& m, double) { return 6 * State(m, 0.015, 5) + m.Noise(); }},
    {"five states that last", false, [](Maker& m, double) { return 6 * State(m, 0.003, 5) + m.Noise(); }},
    {"batch jobs", true,
     [](Maker& m, double s) {
       // Every six hours, for some time.
       const double within = std::fmod(s, 21'600) / 21'600;
       m.state = within == 0 || m.state == 0 ? 0.15 + 0.2 * m.uniform(m.random) : m.state;
       return (within < m.state ? 12.0 : 2.0) + m.Noise();
     }},
    {"counter, resets when full", false,
     [](Maker& m, double) { return Reset(m, m.state > 400, std::exp(0.5 * m.Noise())); }},
    {"counter, resets at random", false,
     [](Maker& m, double) { return Reset(m, m.uniform(m.random) < 0.003, m.Poisson(5)); }},
    {"disk, cleaned up", false,
     [](Maker& m, double) { return Reset(m, m.state > 50 && m.uniform(m.random) < 0.05, 0.1) + 0.2 * m.Noise(); }},
}};

/// Rises by so many spreads a day.
double Rise(Maker& maker, double seconds, double a_day) { return a_day * seconds / 86'400 + maker.Noise(); }

/// A job by the clock: for the first two minutes of so many.
double Job(double seconds, double every_minutes) { return std::fmod(seconds, 60 * every_minutes) < 120 ? 6.0 : 0.0; }

/// A cycle of so many minutes that the clock does not know.
double Cycle(double seconds, double minutes) { return 3 * std::sin(2 * std::numbers::pi * seconds / (60 * minutes)); }

const std::array<Kind, 9> kCourseKinds = {{
    {"level", false, [](Maker& m, double) { return m.Noise(); }},
    {"rises by 5 a day", false, [](Maker& m, double s) { return Rise(m, s, 5); }},
    {"rises by 20 a day", false, [](Maker& m, double s) { return Rise(m, s, 20); }},
    {"job each hour", false, [](Maker& m, double s) { return Job(s, 60) + m.Noise(); }, 300 * kSecondNs},
    {"job each hour, day", true, [](Maker& m, double s) { return 5 * m.Day(s) + Job(s, 60) + m.Noise(); },
     300 * kSecondNs},
    {"job each 15 minutes", false, [](Maker& m, double s) { return Job(s, 15) + m.Noise(); }, 300 * kSecondNs},
    {"job each 35 minutes", false, [](Maker& m, double s) { return Job(s, 35) + m.Noise(); }, 300 * kSecondNs},
    {"cycle of 50 minutes", false, [](Maker& m, double s) { return Cycle(s, 50) + m.Noise(); }, 300 * kSecondNs},
    {"cycle of 12.42 hours", false, [](Maker& m, double s) { return Cycle(s, 745.2) + m.Noise(); }},
}};

std::vector<Carrier> Generate(std::span<const Kind> kinds, uint64_t seed, size_t replicas) {
  std::vector<Carrier> carriers;
  for (const Kind& kind : kinds) {
    for (const int64_t step : {60 * kSecondNs, 300 * kSecondNs, 3600 * kSecondNs}) {
      for (size_t replica = 0; replica < replicas; ++replica) {
        ++seed;
        if (step > kind.longest_step_ns) {
          continue;
        }
        Maker maker(seed);
        Carrier carrier{.kind = kind.name, .step_ns = step, .seasonal = kind.seasonal};
        const size_t rows = CarrierRows(step);
        for (size_t i = 0; i < rows; ++i) {
          carrier.times_unix_ns.push_back(kStartNs + static_cast<int64_t>(i) * step);
          carrier.values.push_back(kind.next(maker, static_cast<double>(i) * static_cast<double>(step) * 1e-9));
        }
        carrier.unusual.assign(rows, 0);
        carriers.push_back(std::move(carrier));
      }
    }
  }
  return carriers;
}

}  // namespace

size_t CarrierRows(int64_t step_ns) {
  return step_ns <= 60 * kSecondNs ? 43'200 : step_ns <= 300 * kSecondNs ? 12'096 : 3000;
}

std::vector<Carrier> GeneratedCarriers(Set set, size_t replicas) {
  return Generate(kKinds, set == Set::kChoose ? 1 : 1'000'003, replicas);
}

std::vector<Carrier> StateCarriers(Set set, size_t replicas) {
  return Generate(kStateKinds, set == Set::kChoose ? 500'001 : 1'500'003, replicas);
}

std::vector<Carrier> CourseCarriers(Set set, size_t replicas) {
  return Generate(kCourseKinds, set == Set::kChoose ? 600'001 : 1'600'003, replicas);
}

}  // namespace bellwether::injected
