#include "server/analytics/forecast/theta_members.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "server/analytics/forecast/deseasonalised_member.h"
#include "server/analytics/forecast/simplex_search.h"

namespace bellwether {
namespace {

constexpr size_t kMostCalls = 120;
constexpr double kLeastAlpha = 0.02;
constexpr double kMostTheta = 20;

/// Where a pass over the values ends.
struct ThetaState {
  double level = 0;
  double intercept = 0;  // of the line through the values so far, at time 0
  double slope = 0;
  double fading = 1;  // (1 - alpha)^n
  double loss = 0;    // mean squared one-step miss
};

/// One pass; the equations (DOTM) of Fiorucci and others 2016, from the third value on.
ThetaState RunTheta(std::span<const double> values, double alpha, double theta) {
  ThetaState state{.level = values[0]};
  double mean = values[0];
  double misses = 0;
  state.intercept = values[0];
  state.fading = 1 - alpha;
  const double weight = 1 - 1 / theta;
  for (size_t t = 2; t <= values.size(); ++t) {
    const double value = values[t - 1];
    const double foretold = state.level + weight * (state.fading * state.intercept +
                                                    (1 - state.fading * (1 - alpha)) / alpha * state.slope);
    if (t > 2) {
      misses += (value - foretold) * (value - foretold);
    }
    const auto n = static_cast<double>(t);
    state.slope = ((n - 2) * state.slope + 6 * (value - mean) / n) / (n + 1);
    mean += (value - mean) / n;
    state.intercept = mean - 0.5 * (n + 1) * state.slope;
    state.level = alpha * value + (1 - alpha) * state.level;
    state.fading *= 1 - alpha;
  }
  state.loss = misses / static_cast<double>(values.size());
  return state;
}

void ExtendTheta(std::span<const double> values, double alpha, double theta, std::span<double> path) {
  const ThetaState state = RunTheta(values, alpha, theta);
  const double weight = 1 - 1 / theta;
  const double lead = (1 - state.fading * (1 - alpha)) / alpha;
  for (size_t h = 0; h < path.size(); ++h) {
    path[h] = state.level + weight * (state.fading * state.intercept + (static_cast<double>(h) + lead) * state.slope);
  }
}

class ThetaMember final : public DeseasonalisedMember {
 public:
  ThetaMember(const MemberSetting& setting, Deseasoning deseasoning, bool is_optimised)
      : DeseasonalisedMember(setting, deseasoning), is_optimised_(is_optimised) {}

  std::string_view id() const override { return is_optimised_ ? "optimised-theta" : ByMstl() ? "mstl-theta" : "theta"; }

 protected:
  std::vector<double> Choose(std::span<const double> values) const override {
    const std::array<SearchRange, 2> ranges = {{{kLeastAlpha, 1, 0.5}, {1, kMostTheta, 2}}};
    std::vector<double> chosen = SearchSimplex(
        std::span(ranges).first(is_optimised_ ? 2 : 1),
        [&](std::span<const double> p) { return RunTheta(values, p[0], is_optimised_ ? p[1] : 2).loss; }, kMostCalls);
    chosen.resize(2, 2);
    return chosen;
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

}  // namespace bellwether
