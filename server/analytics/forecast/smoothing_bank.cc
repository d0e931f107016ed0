#include "server/analytics/forecast/smoothing_bank.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kLanes = 32;  // enough that one waits for another's arithmetic

/// The arrays of some sets.
struct Sets {
  const double* alpha;
  const double* alpha_beta;
  const double* phi;
  double* level;
  double* trend;
  double* loss;
};

/// Some sets at a time go through all values, so that their state stays in registers.
template <bool kSquares>
inline __attribute__((always_inline)) void AdvanceSets(const Sets& sets, const double* values, size_t count,
                                                       double fade) {
  double level[kLanes], trend[kLanes], loss[kLanes], alpha[kLanes], alpha_beta[kLanes], phi[kLanes];
  for (size_t k = 0; k < kLanes; ++k) {
    level[k] = sets.level[k];
    trend[k] = sets.trend[k];
    loss[k] = sets.loss[k];
    alpha[k] = sets.alpha[k];
    alpha_beta[k] = sets.alpha_beta[k];
    phi[k] = sets.phi[k];
  }
  for (size_t t = 0; t < count; ++t) {
    const double value = values[t];
    for (size_t k = 0; k < kLanes; ++k) {
      const double carried = phi[k] * trend[k];
      const double foretold = level[k] + carried;
      const double miss = value - foretold;
      loss[k] = fade * loss[k] + (kSquares ? miss * miss : std::abs(miss));
      level[k] = foretold + alpha[k] * miss;
      trend[k] = carried + alpha_beta[k] * miss;
    }
  }
  for (size_t k = 0; k < kLanes; ++k) {
    sets.level[k] = level[k];
    sets.trend[k] = trend[k];
    sets.loss[k] = loss[k];
  }
}

BELLWETHER_SIMD_CLONES
void AdvanceSquared(const Sets& sets, const double* values, size_t count, double fade) {
  AdvanceSets<true>(sets, values, count, fade);
}

BELLWETHER_SIMD_CLONES
void AdvanceAbsolute(const Sets& sets, const double* values, size_t count, double fade) {
  AdvanceSets<false>(sets, values, count, fade);
}

}  // namespace

SmoothingBank::SmoothingBank(std::span<const SmoothingConstants> sets, double level) : count_(sets.size()) {
  const size_t padded = (count_ + kLanes - 1) / kLanes * kLanes;
  for (size_t i = 0; i < padded; ++i) {
    const SmoothingConstants& set = sets[i < count_ ? i : 0];
    alpha_.push_back(set.alpha);
    alpha_beta_.push_back(set.alpha * set.beta);
    phi_.push_back(set.phi);
  }
  loss_.assign(padded, 0.0);
  Start(level, 0);
}

void SmoothingBank::Start(double level, double trend) {
  level_.assign(loss_.size(), level);
  trend_.assign(loss_.size(), trend);
}

void SmoothingBank::Advance(std::span<const double> values, double fade, Loss loss) {
  for (size_t i = 0; i < loss_.size(); i += kLanes) {
    const Sets sets{&alpha_[i], &alpha_beta_[i], &phi_[i], &level_[i], &trend_[i], &loss_[i]};
    (loss == Loss::kSquared ? AdvanceSquared : AdvanceAbsolute)(sets, values.data(), values.size(), fade);
  }
}

size_t SmoothingBank::Best() const {
  size_t best = 0;
  for (size_t i = 1; i < count_; ++i) {
    best = loss_[i] < loss_[best] ? i : best;
  }
  return best;
}

void SmoothingBank::Extend(size_t set, std::span<double> path) const {
  double total = 0;
  double power = 1;
  for (double& value : path) {
    power *= phi_[set];
    total += power;
    value = level_[set] + total * trend_[set];
  }
}

}  // namespace bellwether
