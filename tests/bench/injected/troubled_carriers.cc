#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "tests/bench/injected/carriers.h"
#include "tests/bench/injected/injections.h"

namespace bellwether::injected {
namespace {

constexpr double kDaysBetween = 5;   // incidents, on average
constexpr double kLeastHours = 12;   // between them
constexpr double kMostHours = 6;     // of an incident
constexpr double kLeastSpreads = 5;  // sizes
constexpr double kMostSpreads = 60;
constexpr size_t kNear = 12;  // rows after an incident that are not looked at

/// What happens to real series now and then.
enum class Trouble { kUp, kDown, kWild, kFrozen };
constexpr std::array<Trouble, 8> kTroubles = {Trouble::kUp,   Trouble::kUp,   Trouble::kUp,   Trouble::kUp,
                                              Trouble::kDown, Trouble::kDown, Trouble::kWild, Trouble::kFrozen};

void Strike(Carrier& carrier, Trouble trouble, size_t first, size_t end, double size, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  const double frozen = carrier.values[first];
  for (size_t i = first; i < end; ++i) {
    double& value = carrier.values[i];
    switch (trouble) {
      case Trouble::kUp:
        value += size;
        break;
      case Trouble::kDown:
        value -= size;
        break;
      case Trouble::kWild:
        value += 0.5 * size * normal(random);
        break;
      case Trouble::kFrozen:
        value = frozen;
        break;
    }
  }
  const size_t near = std::min(carrier.size(), end + kNear);
  std::fill(carrier.unusual.begin() + static_cast<std::ptrdiff_t>(first),
            carrier.unusual.begin() + static_cast<std::ptrdiff_t>(near), uint8_t{1});
}

/// Log-uniform between the two.
double Between(double least, double most, std::mt19937_64& random) {
  return least * std::pow(most / least, std::uniform_real_distribution<double>()(random));
}

void AddIncidents(Carrier& carrier, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> wait(1 / (24 * kDaysBetween - kLeastHours));
  const double per_hour = carrier.RowsPerHour();
  double next = 0;
  while (true) {
    next += (kLeastHours + wait(random)) * per_hour;
    const auto first = static_cast<size_t>(next);
    const auto rows = static_cast<size_t>(Between(1, std::max(1.0, kMostHours * per_hour), random));
    if (first + rows >= carrier.size()) {
      return;
    }
    const double size = Between(kLeastSpreads, kMostSpreads, random) * LocalSpread(carrier, first);
    const Trouble trouble = kTroubles[random() % kTroubles.size()];
    Strike(carrier, trouble, first, first + rows, size, random);
    next += static_cast<double>(rows);
  }
}

}  // namespace

std::vector<Carrier> TroubledCarriers(Set set, size_t replicas) {
  std::vector<Carrier> carriers = GeneratedCarriers(set, replicas);
  uint64_t seed = set == Set::kChoose ? 700'001 : 1'700'003;
  for (Carrier& carrier : carriers) {
    AddIncidents(carrier, ++seed);
  }
  return carriers;
}

}  // namespace bellwether::injected
