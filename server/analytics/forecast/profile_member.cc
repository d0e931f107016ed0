#include "server/analytics/forecast/profile_member.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "server/analytics/forecast/lag_members.h"
#include "server/analytics/forecast/running_ridge.h"
#include "server/analytics/series/clip.h"
#include "server/analytics/series/robust.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr size_t kLeastRows = 20;
constexpr double kHuber = 1.5;
constexpr double kReach = 32;    // forecasts of the rest stay within this many deviations of it
constexpr double kRidge = 0.01;  // of the variance of the rest
constexpr size_t kRobustTurns = 2;

/// Sum of w[i] * a[i] * b[i].
BELLWETHER_SIMD_CLONES
double WeightedProduct(const double* w, const double* a, const double* b, size_t count) {
  constexpr size_t kLanes = 8;
  double sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) {
      sums[k] += w[i + k] * a[i + k] * b[i + k];
    }
  }
  double sum = 0;
  for (; i < count; ++i) {
    sum += w[i] * a[i] * b[i];
  }
  for (const double s : sums) {
    sum += s;
  }
  return sum;
}

/// Weighted sums of one season, phase by phase.
struct PhaseSums {
  explicit PhaseSums(size_t season) : weight(season), value(season), squares(season) {}
  std::vector<double> weight, value, squares;
};

/// One stretch of at most a season: phases are consecutive.
BELLWETHER_SIMD_CLONES
void AddStretch(const double* w, const double* r, size_t count, double* weight, double* value, double* squares) {
  for (size_t i = 0; i < count; ++i) {
    weight[i] += w[i];
    value[i] += w[i] * r[i];
    squares[i] += w[i] * w[i];
  }
}

class ProfileMember final : public ForecastMember {
 public:
  explicit ProfileMember(const MemberSetting& setting)
      : seasons_(setting.seasons), half_life_(MemberHalfLife(setting)) {}

  std::string_view id() const override { return "profiles"; }
  size_t MinPoints() const override { return seasons_.front() + 1 + kLeastRows; }
  void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                    std::span<double> paths) const override;

 private:
  std::vector<size_t> seasons_;
  double half_life_;
};

/// One series passing through.
class ProfileRun {
 public:
  ProfileRun(const std::vector<size_t>& seasons, double half_life, std::span<const double> history)
      : seasons_(seasons),
        fade_(std::exp2(-1 / half_life)),
        history_(history),
        robust_(history.size(), 1.0),
        weights_(history.size()),
        rest_(history.size()) {}

  void Fit(size_t origin);
  void Forecast(size_t origin, size_t horizon, std::span<double> path);

 private:
  void FitProfiles(size_t origin);
  void WeighDown(size_t from, size_t to, double limit);
  [[nodiscard]] double Base(size_t t) const {
    double base = mean_;
    for (size_t a = 0; a < seasons_.size(); ++a) {
      base += profiles_[a][t % seasons_[a]];
    }
    return base;
  }

  const std::vector<size_t>& seasons_;
  double fade_;
  std::span<const double> history_;
  std::vector<double> robust_;
  std::vector<double> weights_;
  std::vector<double> rest_;
  std::vector<std::vector<double>> profiles_;
  double mean_ = 0;
  double noise_ = 0;   ///< robust deviation of the rest
  size_t judged_ = 0;  ///< values before this one have their robust weight
};

void ProfileRun::FitProfiles(size_t origin) {
  double grown = 1;
  double total = 0;
  double sum = 0;
  for (size_t t = origin; t-- > 0;) {
    weights_[t] = grown * robust_[t];
    grown *= fade_;
    total += weights_[t];
    sum += weights_[t] * history_[t];
  }
  mean_ = sum / total;
  for (size_t t = 0; t < origin; ++t) {
    rest_[t] = history_[t] - mean_;
  }
  profiles_.clear();
  for (size_t a = 0; a < seasons_.size(); ++a) {
    const size_t m = seasons_[a];
    PhaseSums sums(m);
    for (size_t t = 0; t < origin; t += m) {
      AddStretch(&weights_[t], &rest_[t], std::min(m, origin - t), sums.weight.data(), sums.value.data(),
                 sums.squares.data());
    }
    std::vector<double> profile(m, 0.0);
    double explained = 0;
    double freedom = 0;
    double size = 0;
    double power = 0;
    for (size_t i = 0; i < m; ++i) {
      if (sums.weight[i] > 0) {
        profile[i] = sums.value[i] / sums.weight[i];
        explained += profile[i] * sums.value[i];
        freedom += sums.weight[i] - sums.squares[i] / sums.weight[i];
        size += sums.weight[i] * sums.weight[i] / sums.squares[i] / static_cast<double>(m);
        power += profile[i] * profile[i] / static_cast<double>(m);
      }
    }
    if (a > 0) {
      const double within = WeightedProduct(weights_.data(), rest_.data(), rest_.data(), origin) - explained;
      const double error = std::max(within, 0.0) / std::max(freedom, 1e-12) / std::max(size, 1e-12);
      const double signal = std::max(power - error, 0.0);
      const double keep = signal / (signal + error + 1e-300);
      for (double& p : profile) {
        p *= keep;
      }
    }
    for (size_t t = 0; t < origin; t += m) {
      const size_t count = std::min(m, origin - t);
      for (size_t i = 0; i < count; ++i) {
        rest_[t + i] -= profile[i];
      }
    }
    profiles_.push_back(std::move(profile));
  }
}

void ProfileRun::WeighDown(size_t from, size_t to, double limit) {
  for (size_t t = from; t < to; ++t) {
    const double miss = std::abs(rest_[t]);
    robust_[t] = miss > limit ? limit / miss : 1.0;
  }
}

void ProfileRun::Fit(size_t origin) {
  if (judged_ == 0) {
    for (size_t turn = 0; turn < kRobustTurns; ++turn) {
      FitProfiles(origin);
      std::vector<double> misses(origin);
      std::transform(rest_.begin(), rest_.begin() + static_cast<ptrdiff_t>(origin), misses.begin(),
                     [](double r) { return std::abs(r); });
      noise_ = 1.4826 * QuantileInPlace(misses, 0.5);
      WeighDown(0, origin, kHuber * noise_ + 1e-12);
    }
  } else {
    // Rows since the last fit are judged by it.
    for (size_t t = judged_; t < origin; ++t) {
      rest_[t] = history_[t] - Base(t);
    }
    WeighDown(judged_, origin, kHuber * noise_ + 1e-12);
  }
  judged_ = origin;
  FitProfiles(origin);
}

void ProfileRun::Forecast(size_t origin, size_t horizon, std::span<double> path) {
  const size_t m = seasons_.front();
  std::vector<size_t> lags = {1, 2, 3};
  if (m <= horizon && m > 3) {
    lags.push_back(m);
    lags.push_back(m + 1);
  }
  const size_t first = lags.back();
  const size_t count = origin - first;
  const double* w = weights_.data() + first;
  const double* now = rest_.data() + first;
  const double variance = WeightedProduct(w, now, now, count);
  double total = 1e-300;
  for (size_t t = first; t < origin; ++t) {
    total += weights_[t];
  }
  std::vector<double> slopes;
  SolveSymmetric(
      lags.size(),
      [&](size_t i, size_t j) {
        return WeightedProduct(w, now - lags[i], now - lags[j], count) + (i == j ? kRidge * variance + 1e-300 : 0.0);
      },
      [&](size_t i) { return WeightedProduct(w, now - lags[i], now, count); }, slopes);
  std::vector<double> rest(rest_.begin() + static_cast<ptrdiff_t>(origin - first),
                           rest_.begin() + static_cast<ptrdiff_t>(origin));
  rest.resize(first + horizon);
  const double limit = kReach * std::sqrt(variance / total);
  for (size_t h = 0; h < horizon; ++h) {
    double sum = 0;
    for (size_t i = 0; i < lags.size(); ++i) {
      sum += slopes[i] * rest[first + h - lags[i]];
    }
    rest[first + h] = Clip(sum, -limit, limit);
    path[h] = rest[first + h] + Base(origin + h);
  }
}

void ProfileMember::ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                                 std::span<double> paths) const {
  ProfileRun run(seasons_, half_life_, history);
  for (size_t o = 0; o < origins.size(); ++o) {
    const std::span<double> path = paths.subspan(o * horizon, horizon);
    if (origins[o] < MinPoints()) {
      std::fill(path.begin(), path.end(), std::numeric_limits<double>::quiet_NaN());
    } else {
      run.Fit(origins[o]);
      run.Forecast(origins[o], horizon, path);
    }
  }
}

}  // namespace

std::unique_ptr<ForecastMember> MakeProfileMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr : std::make_unique<ProfileMember>(setting);
}

}  // namespace bellwether
