#include "server/analytics/forecast/damped_member.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "server/analytics/forecast/lag_members.h"
#include "server/analytics/forecast/smoothing_bank.h"

namespace bellwether {
namespace {

constexpr std::array<double, 5> kAlphas = {0.1, 0.25, 0.5, 0.75, 1.0};
constexpr std::array<double, 4> kBetas = {0.0, 0.05, 0.15, 0.4};
constexpr std::array<double, 3> kPhis = {0.8, 0.9, 0.97};

SmoothingBank MakeBank(double first) {
  std::vector<SmoothingConstants> sets;
  for (const double alpha : kAlphas) {
    for (const double beta : kBetas) {
      for (const double phi : kPhis) {
        if (beta > 0 || phi == kPhis.front()) {
          sets.push_back({alpha, beta, phi});
        }
      }
    }
  }
  return {sets, first};
}

class DampedMember final : public ForecastMember {
 public:
  explicit DampedMember(double half_life) : fade_(std::exp2(-1 / half_life)) {}

  std::string_view id() const override { return "damped-level"; }
  size_t MinPoints() const override { return 1; }

  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override {
    SmoothingBank bank = MakeBank(history[0]);
    size_t done = 1;
    for (size_t o = 0; o < origins.size(); ++o) {
      if (origins[o] > done) {
        bank.Advance(history.subspan(done, origins[o] - done), fade_, SmoothingBank::Loss::kAbsolute);
        done = origins[o];
      }
      bank.Extend(bank.Best(), paths.subspan(o * horizon, horizon));
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
    std::optional<SmoothingBank> bank;
    size_t done = 0;
    std::vector<double> rest;
    for (size_t o = 0; o < origins.size(); ++o) {
      // Values since the last origin are seen without the profiles of now; those before stay as they were seen then.
      const ProfilesAt profiles(history, origins[o], seasons_);
      rest.clear();
      for (size_t t = done; t < origins[o]; ++t) {
        rest.push_back(history[t] - profiles.At(t));
      }
      if (!bank.has_value()) {
        bank = MakeBank(rest[0]);
      }
      bank->Advance(rest, fade_, SmoothingBank::Loss::kAbsolute);
      done = origins[o];
      const std::span<double> path = paths.subspan(o * horizon, horizon);
      bank->Extend(bank->Best(), path);
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
