#include "server/analytics/forecast/first_passage.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/analytics/forecast/distribution.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kStates = 81;
constexpr double kFarthestState = 6;  // standard deviations
constexpr double kSpacing = 2 * kFarthestState / (kStates - 1);
constexpr double kNegligible = 1e-12;
constexpr double kMostMemory = 0.9999;
constexpr double kLeastMemory = 1e-3;
// An error's own part spreads it over the states; with less of it an error would jump from one to the next.
constexpr double kLeastOwn = 0.07;  // standard deviation
constexpr double kOwnAlone = 0.03;  // share of the part that persists below which there is none

using Shares = std::array<double, kStates>;

constexpr double StateOf(size_t i) { return kSpacing * static_cast<double>(i) - kFarthestState; }

// The distribution function of the normal law as a table: exact to 1e-6, and far cheaper than erfc.
class NormalTable {
 public:
  NormalTable() {
    for (size_t i = 0; i < kPoints; ++i) {
      shares_[i] = NormalCdf(-kReach + kStep * static_cast<double>(i));
    }
  }

  [[nodiscard]] double Share(double z) const {
    const double place = (z + kReach) / kStep;
    if (!(place > 0)) {
      return 0;
    }
    if (place >= kPoints - 1) {
      return 1;
    }
    const auto left = static_cast<size_t>(place);
    return shares_[left] + (place - static_cast<double>(left)) * (shares_[left + 1] - shares_[left]);
  }

 private:
  static constexpr double kReach = 8;
  static constexpr double kStep = 1.0 / 128;
  static constexpr size_t kPoints = static_cast<size_t>(2 * kReach / kStep) + 1;
  std::array<double, kPoints> shares_;
};

// The standard normal law on the states.
Shares Stationary() {
  Shares shares{};
  double total = 0;
  for (size_t i = 0; i < kStates; ++i) {
    shares[i] = std::exp(-0.5 * StateOf(i) * StateOf(i));
    total += shares[i];
  }
  for (double& share : shares) {
    share /= total;
  }
  return shares;
}

BELLWETHER_SIMD_CLONES
void AddScaled(double* sums, const double* values, double factor, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    sums[i] += factor * values[i];
  }
}

// One step of a standard normal autoregression of order one, from state to state.
class Transition {
 public:
  explicit Transition(double memory) {
    const double deviation = std::sqrt(1 - memory * memory);
    for (size_t i = 0; i < kStates; ++i) {
      Row& row = rows_[i];
      double total = 0;
      row.end = kStates;
      for (size_t j = 0; j < kStates; ++j) {
        const double distance = (StateOf(j) - memory * StateOf(i)) / deviation;
        row.shares[j] = std::exp(-0.5 * distance * distance);
        total += row.shares[j];
      }
      for (double& share : row.shares) {
        share /= total;
      }
      while (row.begin < kStates && row.shares[row.begin] < kNegligible) {
        ++row.begin;
      }
      while (row.end > row.begin && row.shares[row.end - 1] < kNegligible) {
        --row.end;
      }
    }
  }

  void Advance(Shares& shares) const {
    Shares next{};
    for (size_t i = 0; i < kStates; ++i) {
      const Row& row = rows_[i];
      AddScaled(next.data() + row.begin, row.shares.data() + row.begin, shares[i], row.end - row.begin);
    }
    shares = next;
  }

 private:
  struct Row {
    Shares shares{};
    size_t begin = 0;
    size_t end = 0;
  };
  std::array<Row, kStates> rows_;
};

// For the powers of two of the least forgetting that is worth a step: what is left of a memory is owed to the next.
class Transitions {
 public:
  Transitions() {
    for (size_t k = 0; k < kCount; ++k) {
      transitions_.emplace_back(std::exp(-ForgettingOf(k)));
    }
  }

  // Forgets as much of `debt`, the negative logarithm of a memory, as one transition can, and returns the rest.
  double Forget(double debt, const Shares& stationary, Shares& shares) const {
    if (debt > kForgotten) {
      double kept = 0;
      for (const double share : shares) {
        kept += share;
      }
      std::transform(stationary.begin(), stationary.end(), shares.begin(), [&](double share) { return kept * share; });
      return 0;
    }
    for (size_t k = kCount; k-- > 0;) {
      if (debt >= ForgettingOf(k)) {
        transitions_[k].Advance(shares);
        return debt - ForgettingOf(k);
      }
    }
    return debt;
  }

 private:
  static constexpr size_t kCount = 8;
  static constexpr double kForgotten = 4;  // all but 2 %
  static double ForgettingOf(size_t k) { return 0.02 * static_cast<double>(size_t{1} << k); }
  std::vector<Transition> transitions_;
};

// Which barrier the process of the states and the errors' own parts is beyond with a given probability, for one
// deviation of the own part. The states are a grid where a normal law has none: with this the probability of each
// single step comes out right.
class BarrierTable {
 public:
  BarrierTable(double own, const Shares& stationary, const NormalTable& normal) : own_(own) {
    const double persistent = std::sqrt(1 - own * own);
    for (size_t i = 0; i < kStates; ++i) {
      offsets_[i] = persistent * StateOf(i) / own;
    }
    for (size_t i = 0; i < kPoints; ++i) {
      double below = 0;
      for (size_t k = 0; k < kStates; ++k) {
        below += stationary[k] * normal.Share(BarrierAt(i) / own - offsets_[k]);
      }
      beyond_[i] = 1 - below;
    }
  }

  // The states, in standard deviations of the own part.
  [[nodiscard]] const Shares& offsets() const { return offsets_; }

  // Likewise.
  [[nodiscard]] double Find(double beyond) const {
    const auto right = std::partition_point(beyond_.begin(), beyond_.end(), [&](double b) { return b > beyond; });
    const auto i = static_cast<size_t>(right - beyond_.begin());
    if (i == 0 || i == kPoints) {
      return (i == 0 ? -1 : 1) * 2 * kReach / own_;
    }
    const double part = (beyond_[i - 1] - beyond) / (beyond_[i - 1] - beyond_[i]);
    return (BarrierAt(i - 1) + part * (BarrierAt(i) - BarrierAt(i - 1))) / own_;
  }

 private:
  static constexpr size_t kPoints = 1025;
  static constexpr double kReach = 8;  // standard deviations of the whole
  static double BarrierAt(size_t i) { return -kReach + 2 * kReach * static_cast<double>(i) / (kPoints - 1); }
  double own_;
  Shares offsets_{};
  std::array<double, kPoints> beyond_{};
};

// Those for deviations that differ by too little to matter.
class BarrierTables {
 public:
  BarrierTables(const Shares& stationary, const NormalTable& normal) {
    for (size_t i = 0; i <= kSteps; ++i) {
      tables_.emplace_back(kLeastOwn + (1 - kLeastOwn) * static_cast<double>(i) / kSteps, stationary, normal);
    }
  }

  [[nodiscard]] const BarrierTable& Nearest(double persistent) const {
    const double own = std::max(std::sqrt(1 - persistent), kLeastOwn);
    return tables_[static_cast<size_t>(std::lround((own - kLeastOwn) / (1 - kLeastOwn) * kSteps))];
  }

 private:
  static constexpr size_t kSteps = 40;
  std::vector<BarrierTable> tables_;
};

// Takes out of the shares what is beyond the barrier, and returns how much is left of `kept`, their sum. States far
// below it lose nothing, those far above all.
double Keep(double barrier, const BarrierTable& of, const NormalTable& normal, double kept, Shares& shares) {
  constexpr double kFar = 6;  // standard deviations of the own part
  const double per_state = of.offsets()[1] - of.offsets()[0];
  const auto state_at = [&](double offset) {
    return static_cast<size_t>(std::clamp((offset - of.offsets()[0]) / per_state, 0.0, static_cast<double>(kStates)));
  };
  const size_t first = per_state > 0 ? state_at(barrier - kFar) : 0;
  const size_t last = per_state > 0 ? state_at(barrier + kFar + per_state) : kStates;
  for (size_t i = first; i < kStates; ++i) {
    const double rest = i < last ? shares[i] * normal.Share(barrier - of.offsets()[i]) : 0.0;
    kept -= shares[i] - rest;
    shares[i] = rest;
  }
  return kept;
}

double At(const std::vector<double>& values, size_t h, double most) {
  const double value = values.empty() ? 0.0 : values[std::min(h, values.size() - 1)];
  return value > 0 ? std::min(value, most) : 0.0;  // NaN counts as 0
}

}  // namespace

std::vector<double> FirstPassage(std::span<const double> at_step, const ErrorDependence& dependence) {
  static const Shares stationary = Stationary();
  static const NormalTable table;
  static const Transitions transitions;
  static const BarrierTables barriers(stationary, table);
  Shares shares = stationary;
  std::vector<double> by_step(at_step.size());
  double likeliest = 0;
  double sum = 0;
  double last = 0;
  double kept = 1;
  double debt = 0;
  for (size_t h = 0; h < at_step.size(); ++h) {
    if (h > 0) {
      const double memory = std::max(At(dependence.memory, h - 1, kMostMemory), kLeastMemory);
      debt = transitions.Forget(debt - std::log(memory), stationary, shares);
    }
    const double persistent = At(dependence.persistent, h, 1);
    if (at_step[h] > kNegligible && persistent < kOwnAlone) {
      kept *= 1 - at_step[h];
      for (double& share : shares) {
        share *= 1 - at_step[h];
      }
    } else if (at_step[h] > kNegligible) {
      const BarrierTable& barriers_here = barriers.Nearest(persistent);
      kept = Keep(barriers_here.Find(at_step[h]), barriers_here, table, kept, shares);
    }
    likeliest = std::max(likeliest, at_step[h]);
    sum += at_step[h];
    last = std::max(last, std::clamp(1 - kept, likeliest, std::min(1.0, sum)));
    by_step[h] = last;
  }
  return by_step;
}

}  // namespace bellwether
