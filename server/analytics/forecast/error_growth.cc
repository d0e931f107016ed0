#include "server/analytics/forecast/error_growth.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr std::array<double, 8> kShares = {0.06, 0.12, 0.25, 0.4, 0.6, 0.8, 1.0, 1.25};
constexpr std::array<double, 6> kMemories = {0.5, 0.7, 0.85, 0.93, 0.97, 1.0};
constexpr size_t kLaws = 1 + kShares.size() * kMemories.size();
constexpr size_t kLanes = (kLaws + 31) / 32 * 32;
constexpr size_t kMostSteps = 256;  // of a forecast: later ones say no more of what a step brings
constexpr double kNegligible = 1e-4;

/// All laws side by side; the first is noise, the padding repeats it.
struct Bank {
  std::array<double, kLanes> share{}, memory{}, squares{};
};

Bank MakeBank() {
  Bank bank;
  size_t i = 1;
  for (const double share : kShares) {
    for (const double memory : kMemories) {
      bank.share[i] = share;
      bank.memory[i++] = memory;
    }
  }
  return bank;
}

/// The errors of one forecast.
struct Path {
  std::vector<double> errors;
  std::vector<double> known;  ///< 1, or 0 where the error is unknown and nothing is learned
};

/// Some laws at a time go through all steps, so that their state stays in registers.
BELLWETHER_SIMD_CLONES
void AddPath(Bank& bank, const double* errors, const double* known, size_t count, double weight) {
  constexpr size_t kGroup = 32;
  static_assert(kLanes % kGroup == 0);
  for (size_t first = 0; first < kLanes; first += kGroup) {
    double share[kGroup], memory[kGroup], carried[kGroup], squares[kGroup];
    for (size_t i = 0; i < kGroup; ++i) {
      share[i] = bank.share[first + i];
      memory[i] = bank.memory[first + i];
      squares[i] = bank.squares[first + i];
      carried[i] = 0;
    }
    for (size_t h = 0; h < count; ++h) {
      for (size_t i = 0; i < kGroup; ++i) {
        const double fresh = known[h] * (errors[h] - share[i] * carried[i]);
        squares[i] += weight * fresh * fresh;
        carried[i] = memory[i] * carried[i] + fresh;
      }
    }
    for (size_t i = 0; i < kGroup; ++i) {
      bank.squares[first + i] = squares[i];
    }
  }
}

/// 1 + x + x² + ... of `count` terms.
double PowerSum(double x, size_t count) {
  const auto n = static_cast<double>(count);
  return x < 1 ? (1 - std::pow(x, n)) / (1 - x) : n;
}

/// Steps from one origin to the next, in the middle.
double UsualSpacing(const PastErrors& past) {
  const size_t n = past.origins();
  return n < 2 ? 0.0 : static_cast<double>(past.rows.back() - past.rows.front()) / static_cast<double>(n - 1);
}

}  // namespace

ErrorGrowth::ErrorGrowth(const PastErrors& past, const std::vector<double>& weights) {
  const size_t horizon = past.horizon;
  const size_t steps = std::min(horizon, kMostSteps);
  Bank bank = MakeBank();
  Path path{std::vector<double>(steps), std::vector<double>(steps)};
  double mass = 0;
  const auto load = [&](size_t o) {
    for (size_t h = 0; h < steps; ++h) {
      const double error = past.errors[o * horizon + h];
      path.known[h] = std::isnan(error) ? 0.0 : 1.0;
      path.errors[h] = std::isnan(error) ? 0.0 : error;
    }
  };
  for (size_t o = 0; o < past.origins(); ++o) {
    load(o);
    for (const double known : path.known) {
      mass += weights[o] * known;
    }
    AddPath(bank, path.errors.data(), path.known.data(), steps, weights[o]);
  }
  const auto best =
      static_cast<size_t>(std::min_element(bank.squares.begin(), bank.squares.begin() + kLaws) - bank.squares.begin());
  if (!(mass > 0) || !(bank.squares[best] > 0) || !std::isfinite(bank.squares[best])) {
    return;
  }
  share_ = bank.share[best];
  memory_ = bank.memory[best];
  const double apart = std::min(UsualSpacing(past), static_cast<double>(steps));
  rows_ = (EffectiveCount(weights) - 1) * apart + static_cast<double>(steps);
  std::vector<double> means(horizon, 0.0);
  std::vector<double> squares(horizon, 0.0);
  double total = 0;
  for (size_t i = 0; i < kLaws; ++i) {
    const double belief = std::pow(bank.squares[best] / bank.squares[i], 0.5 * rows_);
    if (!(belief > kNegligible)) {
      continue;
    }
    total += belief;
    double variance = bank.squares[i] / mass;
    double power = bank.share[i] * bank.share[i] * variance;
    for (size_t h = 0; h < horizon; ++h) {
      means[h] += belief * variance;
      squares[h] += belief * variance * variance;
      variance += power;
      power *= bank.memory[i] * bank.memory[i];
    }
  }
  scale_.resize(horizon);
  independent_.resize(horizon);
  for (size_t h = 0; h < horizon; ++h) {
    const double mean = means[h] / total;
    scale_[h] = std::sqrt(mean);
    independent_[h] = 2 / (std::max(squares[h] / total / (mean * mean) - 1, 0.0) + 2 / rows_);
  }
  double sizes = 0;
  for (size_t o = 0; o < past.origins(); ++o) {
    load(o);
    double carried = 0;
    double sum = 0;
    for (size_t h = 0; h < steps; ++h) {
      const double fresh = path.known[h] * (path.errors[h] - share_ * carried);
      sum += std::abs(fresh);
      carried = memory_ * carried + fresh;
    }
    sizes += weights[o] * sum;
  }
  innovation_size_ = sizes / std::sqrt(bank.squares[best] * mass);
}

std::vector<double> ErrorGrowth::Innovations(const PastErrors& past) const {
  std::vector<double> innovations(past.errors.size());
  for (size_t o = 0; o < past.origins(); ++o) {
    double carried = 0;
    for (size_t i = o * past.horizon; i < (o + 1) * past.horizon; ++i) {
      const bool is_known = !std::isnan(past.errors[i]);
      innovations[i] = past.errors[i] - share_ * carried;
      carried = memory_ * carried + (is_known ? innovations[i] : 0.0);
    }
  }
  return innovations;
}

double ErrorGrowth::Covariance(size_t h, size_t lag) const {
  const double square = share_ * share_ * PowerSum(memory_ * memory_, h);
  if (lag == 0) {
    return 1 + square;
  }
  return std::pow(memory_, static_cast<double>(lag - 1)) * (share_ + memory_ * square);
}

double ErrorGrowth::Correlation(size_t h, size_t lag) const {
  return Covariance(h, lag) / std::sqrt(Covariance(h, 0) * Covariance(h + lag, 0));
}

double ErrorGrowth::OverlapCorrelation(size_t h, size_t lag) const {
  return lag > h ? 0.0 : Covariance(h - lag, lag) / Covariance(h, 0);
}

ErrorDependence ErrorGrowth::Dependence(size_t horizon) const {
  if (!is_known()) {
    return {};
  }
  ErrorDependence dependence{std::vector<double>(horizon), std::vector<double>(horizon)};
  double state = memory_ > 0 ? share_ / memory_ : 0.0;  // variance of the part that persists
  double whole = 1;
  double power = share_ * share_;
  for (size_t h = 0; h < horizon; ++h) {
    const double next = state + power;
    dependence.persistent[h] = std::min(state / whole, 1.0);
    dependence.memory[h] = next > 0 ? std::min(memory_ * std::sqrt(state / next), 1.0) : 0.0;
    state = next;
    whole += power;
    power *= memory_ * memory_;
  }
  return dependence;
}

double ErrorGrowth::KurtosisLeft(size_t h) const {
  const double square = memory_ * memory_;
  const double second = Covariance(h, 0);
  const double fourth = 1 + share_ * share_ * share_ * share_ * PowerSum(square * square, h);
  return fourth / (second * second);
}

}  // namespace bellwether
