#include "server/analytics/forecast/theta_members.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/batch_search.h"
#include "server/analytics/forecast/deseasonalised_member.h"
#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

constexpr double kLeastAlpha = 0.02;
constexpr double kMostTheta = 20;
constexpr size_t kLanes = 16;

/// The line through the first values, for each number of them; at time 0 and its slope.
struct Lines {
  std::vector<double> intercept;
  std::vector<double> slope;
};

Lines RunLines(std::span<const double> values) {
  Lines lines;
  double mean = values[0];
  double slope = 0;
  lines.intercept.push_back(values[0]);
  lines.slope.push_back(0);
  for (size_t t = 2; t <= values.size(); ++t) {
    const auto n = static_cast<double>(t);
    slope = ((n - 2) * slope + 6 * (values[t - 1] - mean) / n) / (n + 1);
    mean += (values[t - 1] - mean) / n;
    lines.intercept.push_back(mean - 0.5 * (n + 1) * slope);
    lines.slope.push_back(slope);
  }
  return lines;
}

/// Where passes over the values end, of several constants side by side.
struct ThetaStates {
  double level[kLanes];
  double fading[kLanes];   // (1 - alpha)^n
  double squares[kLanes];  // of the misses of one step
};

/// The equations (DOTM) of Fiorucci and others 2016; misses count from the third value on.
BELLWETHER_SIMD_CLONES
void RunTheta(const double* values, const double* intercept, const double* slope, size_t count, const double* alpha,
              const double* theta, ThetaStates* states) {
  double level[kLanes], fading[kLanes], squares[kLanes], stay[kLanes], weight[kLanes], lead[kLanes], follow[kLanes];
  for (size_t k = 0; k < kLanes; ++k) {
    follow[k] = alpha[k];
    stay[k] = 1 - alpha[k];
    weight[k] = 1 - 1 / theta[k];
    lead[k] = weight[k] / alpha[k];
    level[k] = values[0];
    fading[k] = stay[k];
    squares[k] = 0;
  }
  for (size_t t = 1; t < count; ++t) {
    const double value = values[t];
    const double counts = t > 1 ? 1 : 0;
    for (size_t k = 0; k < kLanes; ++k) {
      const double next = fading[k] * stay[k];
      const double foretold = level[k] + weight[k] * fading[k] * intercept[t - 1] + lead[k] * (1 - next) * slope[t - 1];
      const double miss = value - foretold;
      squares[k] += counts * miss * miss;
      level[k] = stay[k] * level[k] + follow[k] * value;
      fading[k] = next;
    }
  }
  for (size_t k = 0; k < kLanes; ++k) {
    states->level[k] = level[k];
    states->fading[k] = fading[k];
    states->squares[k] = squares[k];
  }
}

/// The smoothing constant and the weight of the line with the least misses. The weight is `theta` where that is not 0.
std::vector<double> FitTheta(std::span<const double> values, double theta) {
  const Lines lines = RunLines(values);
  std::array<double, kLanes> alphas;
  std::array<double, kLanes> thetas;
  const auto alpha_at = [](double place) { return kLeastAlpha + (1 - kLeastAlpha) * place; };
  const auto theta_at = [&](double place) { return theta > 0 ? theta : std::pow(kMostTheta, place); };
  const auto losses = [&](std::span<const double> points, size_t count, std::span<double> out) {
    for (size_t begin = 0; begin < count; begin += kLanes) {
      const size_t used = std::min(kLanes, count - begin);
      for (size_t k = 0; k < kLanes; ++k) {
        const size_t i = begin + std::min(k, used - 1);
        alphas[k] = alpha_at(points[i]);
        thetas[k] = theta_at(theta > 0 ? 0 : points[count + i]);
      }
      ThetaStates states;
      RunTheta(values.data(), lines.intercept.data(), lines.slope.data(), values.size(), alphas.data(), thetas.data(),
               &states);
      std::copy_n(states.squares, used, out.begin() + static_cast<ptrdiff_t>(begin));
    }
  };
  const std::vector<double> best = SearchCube(theta > 0 ? 1 : 2, losses);
  return {alpha_at(best[0]), theta_at(best.back())};
}

void ExtendTheta(std::span<const double> values, double alpha, double theta, std::span<double> path) {
  const Lines lines = RunLines(values);
  std::array<double, kLanes> alphas;
  std::array<double, kLanes> thetas;
  alphas.fill(alpha);
  thetas.fill(theta);
  ThetaStates states;
  RunTheta(values.data(), lines.intercept.data(), lines.slope.data(), values.size(), alphas.data(), thetas.data(),
           &states);
  const double weight = 1 - 1 / theta;
  const double lead = (1 - states.fading[0] * (1 - alpha)) / alpha;
  for (size_t h = 0; h < path.size(); ++h) {
    path[h] = states.level[0] + weight * (states.fading[0] * lines.intercept.back() +
                                          (static_cast<double>(h) + lead) * lines.slope.back());
  }
}

class ThetaMember final : public DeseasonalisedMember {
 public:
  ThetaMember(const MemberSetting& setting, Deseasoning deseasoning, bool is_optimised)
      : DeseasonalisedMember(setting, deseasoning), is_optimised_(is_optimised) {}

  std::string_view id() const override {
    if (is_optimised_) {
      return ByMstl() ? "mstl-optimised-theta" : "optimised-theta";
    }
    return ByMstl() ? "mstl-theta" : "theta";
  }

 protected:
  std::vector<double> Choose(std::span<const double> values) const override {
    return FitTheta(values, is_optimised_ ? 0 : 2);
  }
  void Extend(std::span<const double> values, std::span<const double> parameters,
              std::span<double> path) const override {
    ExtendTheta(values, parameters[0], parameters[1], path);
  }

 private:
  bool is_optimised_;
};

}  // namespace

std::unique_ptr<ForecastMember> MakeThetaMember(const MemberSetting& setting) {
  return std::make_unique<ThetaMember>(setting, Deseasoning::kClassical, /*is_optimised=*/false);
}

std::unique_ptr<ForecastMember> MakeMstlThetaMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr
                                 : std::make_unique<ThetaMember>(setting, Deseasoning::kMstl, /*is_optimised=*/false);
}

std::unique_ptr<ForecastMember> MakeOptimisedThetaMember(const MemberSetting& setting) {
  return std::make_unique<ThetaMember>(setting, Deseasoning::kClassical, /*is_optimised=*/true);
}

std::unique_ptr<ForecastMember> MakeMstlOptimisedThetaMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr
                                 : std::make_unique<ThetaMember>(setting, Deseasoning::kMstl, /*is_optimised=*/true);
}

}  // namespace bellwether
