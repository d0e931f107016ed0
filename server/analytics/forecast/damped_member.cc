#include "server/analytics/forecast/damped_member.h"

#include <algorithm>
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

/// The exponentially weighted profile of `season` in the first `n` of the values whose running sums are `prefix`, each
/// measured from the mean of a season about it.
std::vector<double> Profile(std::span<const double> values, std::span<const double> prefix, size_t n, size_t season) {
  constexpr double kGain = 0.2;  // a memory of about five seasons; the mean until there are as many
  std::vector<double> profile(season, 0.0);
  size_t phase = 0;
  double gain = 1;
  double seen = 1;
  for (size_t i = 0; i < n; ++i) {
    const size_t from = i > season / 2 ? i - season / 2 : 0;
    const size_t to = std::min(n, i + season - season / 2);
    const double level = (prefix[to] - prefix[from]) / static_cast<double>(to - from);
    profile[phase] += gain * (values[i] - level - profile[phase]);
    if (++phase == season) {
      phase = 0;
      seen += 1;
      gain = std::max(kGain, 1 / seen);
    }
  }
  return profile;
}

/// The profiles of the seasons at an origin, each of what is left without the shorter ones.
class ProfilesAt {
 public:
  ProfilesAt(std::span<const double> history, size_t origin, std::span<const size_t> seasons) {
    std::vector<double> rest(history.begin(), history.begin() + static_cast<ptrdiff_t>(origin));
    std::vector<double> prefix(origin + 1, 0.0);
    for (const size_t season : seasons) {
      if (origin < 2 * season) {
        continue;
      }
      for (size_t i = 0; i < origin; ++i) {
        prefix[i + 1] = prefix[i] + rest[i];
      }
      profiles_.push_back(Profile(rest, prefix, origin, season));
      for (size_t i = 0; i < origin; ++i) {
        rest[i] -= profiles_.back()[i % season];
      }
    }
  }

  [[nodiscard]] double At(size_t t) const {
    double sum = 0;
    for (const std::vector<double>& profile : profiles_) {
      sum += profile[t % profile.size()];
    }
    return sum;
  }

 private:
  std::vector<std::vector<double>> profiles_;
};

class DampedTrendMember final : public ForecastMember {
 public:
  explicit DampedTrendMember(const MemberSetting& setting)
      : seasons_(setting.seasons), fade_(std::exp2(-1 / MemberHalfLife(setting))) {}

  std::string_view id() const override { return "damped-trend"; }
  size_t MinPoints() const override { return seasons_.empty() ? 3 : 2 * seasons_.front(); }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    Bank bank{};
    size_t done = 0;
    std::vector<double> rest;
    for (size_t o = 0; o < origins.size(); ++o) {
      // Values since the last origin are seen without the profiles of now; those before stay as they were seen then.
      const ProfilesAt profiles(history, origins[o], seasons_);
      rest.clear();
      for (size_t t = done; t < origins[o]; ++t) {
        rest.push_back(history[t] - profiles.At(t));
      }
      if (done == 0) {
        bank = MakeBank(rest[0]);
      }
      Advance(bank, rest.data(), rest.size(), fade_);
      done = origins[o];
      const std::span<double> path = paths.subspan(o * horizon, horizon);
      ForecastBest(bank, path);
      for (size_t h = 0; h < horizon; ++h) {
        path[h] += profiles.At(origins[o] + h);
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
