#include "server/analytics/forecast/first_passage.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/analytics/forecast/distribution.h"

namespace bellwether {
namespace {

constexpr size_t kStates = 65;
// With less of its own an error would jump from one state of the chain to the next.
constexpr double kMostPersistent = 0.985;
constexpr double kMostMemory = 0.9999;
constexpr double kNegligible = 1e-12;
constexpr double kFarthest = 40;      // standard deviations
constexpr double kMostDeviation = 5;  // of an error that has a say: one wild error must not decide
constexpr size_t kLeastPairs = 8;

// A binomial distribution over 0 to `trials`.
std::vector<double> Binomial(size_t trials, double chance) {
  std::vector<double> shares(trials + 1, 0.0);
  shares[0] = 1;
  for (size_t n = 1; n <= trials; ++n) {
    for (size_t k = n; k > 0; --k) {
      shares[k] = shares[k] * (1 - chance) + shares[k - 1] * chance;
    }
    shares[0] *= 1 - chance;
  }
  return shares;
}

// A stationary chain whose states stand for a standard normal autoregression of order one.
class Chain {
 public:
  explicit Chain(double memory) {
    const double stay = 0.5 * (1 + memory);
    std::vector<std::vector<double>> from_high(kStates);
    std::vector<std::vector<double>> from_low(kStates);
    for (size_t trials = 0; trials < kStates; ++trials) {
      from_high[trials] = Binomial(trials, stay);
      from_low[trials] = Binomial(trials, 1 - stay);
    }
    for (size_t i = 0; i < kStates; ++i) {
      Row& row = rows_[i];
      row.shares.assign(kStates, 0.0);
      const std::vector<double>& high = from_high[i];
      const std::vector<double>& low = from_low[kStates - 1 - i];
      for (size_t a = 0; a < high.size(); ++a) {
        for (size_t b = 0; b < low.size(); ++b) {
          row.shares[a + b] += high[a] * low[b];
        }
      }
      while (row.begin < kStates && row.shares[row.begin] < kNegligible) {
        ++row.begin;
      }
      row.end = kStates;
      while (row.end > row.begin && row.shares[row.end - 1] < kNegligible) {
        --row.end;
      }
    }
    stationary_ = Binomial(kStates - 1, 0.5);
  }

  [[nodiscard]] static double StateOf(size_t i) {
    return (2.0 * static_cast<double>(i) - (kStates - 1.0)) / std::sqrt(kStates - 1.0);
  }
  [[nodiscard]] const std::vector<double>& stationary() const { return stationary_; }

  void Advance(std::vector<double>& shares, std::vector<double>& buffer) const {
    std::fill(buffer.begin(), buffer.end(), 0.0);
    for (size_t i = 0; i < kStates; ++i) {
      const Row& row = rows_[i];
      for (size_t j = row.begin; j < row.end; ++j) {
        buffer[j] += shares[i] * row.shares[j];
      }
    }
    shares.swap(buffer);
  }

 private:
  struct Row {
    std::vector<double> shares;
    size_t begin = 0;
    size_t end = 0;
  };
  std::array<Row, kStates> rows_;
  std::vector<double> stationary_;
};

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

// Which barrier the process of a chain's states and the errors' own parts is beyond with a given probability. The
// states are a few dozen where a normal law has no end: with this the probability of each single step comes out right.
class BarrierTable {
 public:
  BarrierTable(const std::vector<double>& stationary, const std::array<double, kStates>& offsets,
               const NormalTable& normal) {
    for (size_t i = 0; i < kPoints; ++i) {
      const double barrier = BarrierAt(i);
      double below = 0;
      for (size_t k = 0; k < kStates; ++k) {
        below += stationary[k] * normal.Share(barrier - offsets[k]);
      }
      beyond_[i] = 1 - below;
    }
  }

  // In standard deviations of the own part.
  [[nodiscard]] double Find(double beyond) const {
    const auto right = std::partition_point(beyond_.begin(), beyond_.end(), [&](double b) { return b > beyond; });
    const auto i = static_cast<size_t>(right - beyond_.begin());
    if (i == 0 || i == kPoints) {
      return i == 0 ? -kFarthest * kReach : kFarthest * kReach;
    }
    const double part = (beyond_[i - 1] - beyond) / (beyond_[i - 1] - beyond_[i]);
    return BarrierAt(i - 1) + part * (BarrierAt(i) - BarrierAt(i - 1));
  }

 private:
  static constexpr size_t kPoints = 1025;
  static constexpr double kReach =
      80;  // 8 standard deviations of the whole, the own part being an eighth of it or more
  static double BarrierAt(size_t i) { return -kReach + 2 * kReach * static_cast<double>(i) / (kPoints - 1); }
  std::array<double, kPoints> beyond_;
};

// Steps over which the part that persists hardly moves: the chain may stand still over them.
size_t BlockOf(double memory) {
  constexpr double kLeastKept = 0.98;
  const double steps = memory > 0 ? std::log(kLeastKept) / std::log(memory) : 1;
  return static_cast<size_t>(std::clamp(std::floor(steps), 1.0, 64.0));
}

// The errors, each divided by the root mean square of its step over the forecasts.
std::vector<double> Standardized(std::span<const double> errors, size_t horizon) {
  std::vector<double> scaled(errors.begin(), errors.end());
  for (size_t h = 0; h < horizon; ++h) {
    double largest = 0;
    for (size_t i = h; i < errors.size(); i += horizon) {
      largest = std::isfinite(errors[i]) ? std::max(largest, std::abs(errors[i])) : largest;
    }
    double square = 0;
    double count = 0;
    for (size_t i = h; i < errors.size() && largest > 0; i += horizon) {
      if (std::isfinite(errors[i])) {
        square += errors[i] / largest * (errors[i] / largest);
        ++count;
      }
    }
    const double scale = count > 0 ? largest * std::sqrt(square / count) : 0;
    for (size_t i = h; i < errors.size(); i += horizon) {
      scaled[i] = scale > 0 ? std::clamp(errors[i] / scale, -kMostDeviation, kMostDeviation) : NAN;
    }
  }
  return scaled;
}

struct LagCorrelation {
  double value = 0;
  size_t pairs = 0;
};

LagCorrelation CorrelationAt(std::span<const double> errors, size_t horizon, size_t lag) {
  LagCorrelation found;
  double product = 0;
  double square = 0;
  for (size_t i = 0; i + lag < errors.size(); ++i) {
    if (i % horizon + lag < horizon && std::isfinite(errors[i]) && std::isfinite(errors[i + lag])) {
      product += errors[i] * errors[i + lag];
      square += 0.5 * (errors[i] * errors[i] + errors[i + lag] * errors[i + lag]);
      ++found.pairs;
    }
  }
  found.value = square > 0 ? product / square : 0;
  return found;
}

}  // namespace

ErrorDependence EstimateErrorDependence(std::span<const double> errors, size_t horizon) {
  if (horizon < 2 || errors.size() < kLeastPairs) {
    return {};
  }
  const std::vector<double> scaled = Standardized(errors, horizon);
  const LagCorrelation next = CorrelationAt(scaled, horizon, 1);
  if (next.pairs < kLeastPairs) {
    return {};
  }
  if (next.value <= 0.02) {
    return {0, 0};
  }
  const size_t far = std::max<size_t>(2, horizon / 8);
  const LagCorrelation later = CorrelationAt(scaled, horizon, far);
  const double kept = later.pairs < kLeastPairs ? next.value * next.value : std::clamp(later.value, 1e-3, next.value);
  ErrorDependence dependence;
  dependence.memory = std::clamp(std::pow(kept / next.value, 1 / static_cast<double>(far - 1)), 0.05, kMostMemory);
  dependence.persistent = std::clamp(next.value / dependence.memory, 0.0, kMostPersistent);
  return dependence;
}

std::vector<double> FirstPassage(std::span<const double> at_step, const ErrorDependence& dependence) {
  const double persistent = std::clamp(dependence.persistent, 0.0, kMostPersistent);
  const double memory = std::clamp(dependence.memory, 0.0, kMostMemory);
  const double own = std::sqrt(1 - persistent);
  std::array<double, kStates> offsets;
  for (size_t i = 0; i < kStates; ++i) {
    offsets[i] = std::sqrt(persistent) * Chain::StateOf(i) / own;
  }
  const size_t block = BlockOf(memory);
  const Chain chain(std::pow(memory, static_cast<double>(block)));
  static const NormalTable table;
  const BarrierTable barriers(chain.stationary(), offsets, table);
  std::vector<double> shares = chain.stationary();
  std::vector<double> buffer(kStates);
  std::vector<double> by_step(at_step.size());
  double likeliest = 0;
  double sum = 0;
  double last = 0;
  double kept = 1;
  for (size_t h = 0; h < at_step.size(); ++h) {
    if (h > 0 && h % block == 0) {
      chain.Advance(shares, buffer);
    }
    if (at_step[h] > kNegligible) {
      const double barrier = barriers.Find(at_step[h]);
      kept = 0;
      for (size_t i = 0; i < kStates; ++i) {
        shares[i] *= table.Share(barrier - offsets[i]);
        kept += shares[i];
      }
    }
    likeliest = std::max(likeliest, at_step[h]);
    sum += at_step[h];
    last = std::max(last, std::clamp(1 - kept, likeliest, std::min(1.0, sum)));
    by_step[h] = last;
  }
  return by_step;
}

}  // namespace bellwether
