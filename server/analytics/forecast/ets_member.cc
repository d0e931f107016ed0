#include "server/analytics/forecast/ets_member.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "server/analytics/forecast/deseasonalised_member.h"
#include "server/analytics/forecast/simplex_search.h"

namespace bellwether {
namespace {

constexpr size_t kMostCalls = 80;
constexpr double kWideRange = 2;     // of the values: below it logarithms are as good as a straight line
constexpr size_t kFirstValues = 10;  // through which the first level and trend are drawn
constexpr double kMostLog = 700;

enum TrendForm { kNoTrend, kStraight, kDamped, kTrendForms };

/// Smoothing constants: of the level, of the trend as a share of it, and how much of the trend stays a step.
struct Constants {
  double alpha = 0.5;
  double beta = 0;
  double phi = 1;
};

struct EtsState {
  double level = 0;
  double trend = 0;
  double squares = 0;  // of the one-step misses
};

Constants ConstantsOf(TrendForm form, std::span<const double> p) {
  return {.alpha = p[0], .beta = form == kNoTrend ? 0 : p[1], .phi = form == kDamped ? p[2] : 1.0};
}

EtsState RunEts(std::span<const double> values, TrendForm form, const Constants& constants) {
  const size_t n = std::min(values.size(), kFirstValues);
  double mean = 0;
  double slope = 0;
  double squares = 0;
  for (size_t i = 0; i < n; ++i) {
    mean += values[i] / static_cast<double>(n);
  }
  for (size_t i = 0; i < n; ++i) {
    const double at = static_cast<double>(i) - 0.5 * static_cast<double>(n - 1);
    slope += at * (values[i] - mean);
    squares += at * at;
  }
  EtsState state;
  state.trend = form == kNoTrend || squares == 0 ? 0 : slope / squares;
  state.level = form == kNoTrend ? mean : mean - 0.5 * static_cast<double>(n + 1) * state.trend;
  for (const double value : values) {
    const double carried = constants.phi * state.trend;
    const double miss = value - state.level - carried;
    state.squares += miss * miss;
    state.level += carried + constants.alpha * miss;
    state.trend = carried + constants.alpha * constants.beta * miss;
  }
  return state;
}

/// -2 log likelihood of normal misses, with the corrected penalty of Akaike's criterion; `jacobian` is what the scale
/// of the values adds.
double CorrectedAic(size_t n, double squares, size_t parameters, double jacobian) {
  const auto count = static_cast<double>(n);
  const auto k = static_cast<double>(parameters);
  if (count - k - 1 <= 0) {
    return std::numeric_limits<double>::infinity();
  }
  return count * std::log(squares / count + std::numeric_limits<double>::min()) + jacobian + 2 * k +
         2 * k * (k + 1) / (count - k - 1);
}

class EtsMember final : public DeseasonalisedMember {
 public:
  using DeseasonalisedMember::DeseasonalisedMember;
  std::string_view id() const override { return ByMstl() ? "mstl-ets" : "ets"; }

 protected:
  /// Form, whether on logarithms, and the constants.
  std::vector<double> Choose(std::span<const double> values) const override;
  void Extend(std::span<const double> values, std::span<const double> parameters,
              std::span<double> path) const override;
};

std::vector<double> EtsMember::Choose(std::span<const double> values) const {
  constexpr std::array<SearchRange, 3> kRanges = {{{0.01, 0.9999, 0.4}, {0.001, 0.9, 0.1}, {0.8, 0.98, 0.92}}};
  std::vector<double> logs;
  double jacobian = 0;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low > 0 && *high > kWideRange * *low) {
    for (const double value : values) {
      logs.push_back(std::log(value));
      jacobian += 2 * logs.back();
    }
  }
  std::vector<double> best = {kNoTrend, 0, 1, 0, 1};
  double least = std::numeric_limits<double>::infinity();
  for (const bool on_logs : {false, true}) {
    const std::span<const double> seen = on_logs ? std::span<const double>(logs) : values;
    for (int form = kNoTrend; form < kTrendForms && !seen.empty(); ++form) {
      const auto trend = static_cast<TrendForm>(form);
      const std::vector<double> p = SearchSimplex(
          std::span(kRanges).first(static_cast<size_t>(form) + 1),
          [&](std::span<const double> at) { return RunEts(seen, trend, ConstantsOf(trend, at)).squares; }, kMostCalls);
      const Constants constants = ConstantsOf(trend, p);
      // The level, the trend where there is one, and the deviation are parameters too.
      const size_t parameters = p.size() + (form == kNoTrend ? 2 : 3);
      const double aic =
          CorrectedAic(seen.size(), RunEts(seen, trend, constants).squares, parameters, on_logs ? jacobian : 0);
      if (aic < least) {
        least = aic;
        best = {static_cast<double>(form), on_logs ? 1.0 : 0.0, constants.alpha, constants.beta, constants.phi};
      }
    }
  }
  return best;
}

void EtsMember::Extend(std::span<const double> values, std::span<const double> parameters,
                       std::span<double> path) const {
  const auto form = static_cast<TrendForm>(static_cast<int>(parameters[0]));
  const bool on_logs = parameters[1] > 0 && *std::min_element(values.begin(), values.end()) > 0;
  const Constants constants{.alpha = parameters[2], .beta = parameters[3], .phi = parameters[4]};
  std::vector<double> logs;
  if (on_logs) {
    for (const double value : values) {
      logs.push_back(std::log(value));
    }
  }
  const EtsState state = RunEts(on_logs ? std::span<const double>(logs) : values, form, constants);
  double total = 0;
  double power = 1;
  for (double& value : path) {
    power *= constants.phi;
    total += power;
    value = state.level + total * state.trend;
    value = on_logs ? std::exp(std::clamp(value, -kMostLog, kMostLog)) : value;
  }
}

}  // namespace

std::unique_ptr<ForecastMember> MakeEtsMember(const MemberSetting& setting) {
  return std::make_unique<EtsMember>(setting, Deseasoning::kClassical);
}

std::unique_ptr<ForecastMember> MakeMstlEtsMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr : std::make_unique<EtsMember>(setting, Deseasoning::kMstl);
}

}  // namespace bellwether
