#include "server/analytics/forecast/damped_member.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/lag_members.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr std::array<double, 5> kAlphas = {0.1, 0.25, 0.5, 0.75, 1.0};
constexpr std::array<double, 4> kBetas = {0.0, 0.05, 0.15, 0.4};
constexpr std::array<double, 3> kPhis = {0.8, 0.9, 0.97};
constexpr size_t kCandidates = kAlphas.size() * (1 + (kBetas.size() - 1) * kPhis.size());
constexpr size_t kPadded = (kCandidates + 7) / 8 * 8;

/// All candidates side by side; the padding repeats the first one.
struct Bank {
  std::array<double, kPadded> alpha, alpha_beta, phi, level, trend, loss;
};

Bank MakeBank(double first) {
  Bank bank{};
  size_t i = 0;
  const auto put = [&](double alpha, double beta, double phi) {
    bank.alpha[i] = alpha;
    bank.alpha_beta[i] = alpha * beta;
    bank.phi[i++] = phi;
  };
  for (const double alpha : kAlphas) {
    for (const double beta : kBetas) {
      for (const double phi : kPhis) {
        if (beta > 0 || phi == kPhis.front()) {
          put(alpha, beta, phi);
        }
      }
    }
  }
  while (i < kPadded) {
    put(kAlphas.front(), kBetas.front(), kPhis.front());
  }
  bank.level.fill(first);
  return bank;
}

BELLWETHER_SIMD_CLONES
void Advance(Bank& bank, const double* values, size_t count, double fade) {
  for (size_t t = 0; t < count; ++t) {
    const double value = values[t];
    for (size_t i = 0; i < kPadded; ++i) {
      const double carried = bank.phi[i] * bank.trend[i];
      const double miss = value - bank.level[i] - carried;
      bank.loss[i] = fade * bank.loss[i] + std::abs(miss);
      bank.level[i] += carried + bank.alpha[i] * miss;
      bank.trend[i] = carried + bank.alpha_beta[i] * miss;
    }
  }
}

/// Writes the forecast of the candidate with the least loss.
void ForecastBest(const Bank& bank, std::span<double> path) {
  size_t best = 0;
  for (size_t i = 1; i < kCandidates; ++i) {
    best = bank.loss[i] < bank.loss[best] ? i : best;
  }
  double total = 0;
  double power = 1;
  for (double& value : path) {
    power *= bank.phi[best];
    total += power;
    value = bank.level[best] + total * bank.trend[best];
  }
}

class DampedMember final : public ForecastMember {
 public:
  explicit DampedMember(double half_life) : fade_(std::exp2(-1 / half_life)) {}

  std::string_view id() const override { return "damped-level"; }
  size_t MinPoints() const override { return 1; }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    Bank bank = MakeBank(history[0]);
    size_t done = 1;
    for (size_t o = 0; o < origins.size(); ++o) {
      if (origins[o] > done) {
        Advance(bank, history.data() + done, origins[o] - done, fade_);
        done = origins[o];
      }
      ForecastBest(bank, paths.subspan(o * horizon, horizon));
    }
  }

 private:
  double fade_;
};

/// Removes the exponentially weighted profile of `season` from `values`, whose continuation is added to `path`.
void TakeOutSeason(size_t season, std::vector<double>& values, std::span<double> path) {
  constexpr double kGain = 0.2;  // a memory of about five seasons; the mean until there are as many
  const size_t n = values.size();
  std::vector<double> prefix(n + 1, 0.0);
  for (size_t i = 0; i < n; ++i) {
    prefix[i + 1] = prefix[i] + values[i];
  }
  std::vector<double> profile(season, 0.0);
  for (size_t i = 0; i < n; ++i) {
    const size_t from = i > season / 2 ? i - season / 2 : 0;
    const size_t to = std::min(n, i + season - season / 2);
    const double level = (prefix[to] - prefix[from]) / static_cast<double>(to - from);
    const double gain = std::max(kGain, 1 / static_cast<double>(i / season + 1));
    profile[i % season] += gain * (values[i] - level - profile[i % season]);
  }
  for (size_t i = 0; i < n; ++i) {
    values[i] -= profile[i % season];
  }
  for (size_t h = 0; h < path.size(); ++h) {
    path[h] += profile[(n + h) % season];
  }
}

class DampedTrendMember final : public ForecastMember {
 public:
  explicit DampedTrendMember(const MemberSetting& setting)
      : seasons_(setting.seasons), fade_(std::exp2(-1 / MemberHalfLife(setting))) {}

  std::string_view id() const override { return "damped-trend"; }
  size_t MinPoints() const override { return seasons_.empty() ? 3 : 2 * seasons_.front(); }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    std::vector<double> season(horizon);
    for (size_t o = 0; o < origins.size(); ++o) {
      std::vector<double> rest(history.begin(), history.begin() + static_cast<ptrdiff_t>(origins[o]));
      std::fill(season.begin(), season.end(), 0.0);
      for (const size_t length : seasons_) {
        if (rest.size() >= 2 * length) {
          TakeOutSeason(length, rest, season);
        }
      }
      Bank bank = MakeBank(rest[0]);
      Advance(bank, rest.data() + 1, rest.size() - 1, fade_);
      const std::span<double> path = paths.subspan(o * horizon, horizon);
      ForecastBest(bank, path);
      for (size_t h = 0; h < horizon; ++h) {
        path[h] += season[h];
      }
    }
  }

 private:
  std::vector<size_t> seasons_;
  double fade_;
};

}  // namespace

std::unique_ptr<ForecastMember> MakeDampedMember(const MemberSetting& setting) {
  return std::make_unique<DampedMember>(MemberHalfLife(setting));
}

std::unique_ptr<ForecastMember> MakeDampedTrendMember(const MemberSetting& setting) {
  return std::make_unique<DampedTrendMember>(setting);
}

}  // namespace bellwether
