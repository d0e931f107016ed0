#include "server/analytics/forecast/ets_member.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "server/analytics/forecast/batch_search.h"
#include "server/analytics/forecast/deseasonalised_member.h"
#include "server/analytics/forecast/smoothing_bank.h"

namespace bellwether {
namespace {

constexpr double kWideRange = std::numbers::ln2;  // of the logarithms: below it they are as good as the values
constexpr size_t kFirstValues = 10;               // through which the first level and trend are drawn
constexpr double kMostLog = 700;

enum TrendForm { kNoTrend, kStraight, kDamped };

/// The constants at a place of the unit cube of the form's dimensions.
SmoothingConstants ConstantsOf(TrendForm form, double a, double b, double c) {
  return {.alpha = 0.01 + 0.9899 * a,
          .beta = form == kNoTrend ? 0.0 : 0.001 + 0.899 * b * b,  // small ones are worth telling apart
          .phi = form == kDamped ? 0.8 + 0.18 * c : 1.0};
}

/// Runs sets of constants through the values, from the level and the trend of the first ones.
SmoothingBank RunEts(std::span<const double> values, TrendForm form, std::span<const SmoothingConstants> sets) {
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
  const double trend = form == kNoTrend || squares == 0 ? 0 : slope / squares;
  SmoothingBank bank(sets, 0);
  bank.Start(form == kNoTrend ? mean : mean - 0.5 * static_cast<double>(n + 1) * trend, trend);
  bank.Advance(values, 1, SmoothingBank::Loss::kSquared);
  return bank;
}

/// The constants with the least squares, and these.
std::pair<SmoothingConstants, double> FitEts(std::span<const double> values, TrendForm form) {
  std::vector<SmoothingConstants> sets;
  const auto losses = [&](std::span<const double> points, size_t count, std::span<double> out) {
    sets.clear();
    for (size_t i = 0; i < count; ++i) {
      const auto at = [&](size_t d) { return d * count + i < points.size() ? points[d * count + i] : 0.0; };
      sets.push_back(ConstantsOf(form, at(0), at(1), at(2)));
    }
    const SmoothingBank bank = RunEts(values, form, sets);
    for (size_t i = 0; i < count; ++i) {
      out[i] = bank.LossOf(i);
    }
  };
  std::vector<double> best = SearchCube(static_cast<size_t>(form) + 1, losses);
  best.resize(3, 0.0);
  const SmoothingConstants constants = ConstantsOf(form, best[0], best[1], best[2]);
  return {constants, RunEts(values, form, std::span(&constants, 1)).LossOf(0)};
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
  EtsMember(const MemberSetting& setting, Deseasoning deseasoning)
      : DeseasonalisedMember(setting, deseasoning), zero_(setting.zero) {}

  std::string_view id() const override { return ByMstl() ? "mstl-ets" : "ets"; }

 protected:
  /// Form, whether on logarithms, and the constants.
  std::vector<double> Choose(std::span<const double> values) const override;
  void Extend(std::span<const double> values, std::span<const double> parameters,
              std::span<double> path) const override;

 private:
  /// The logarithms of the distances from zero; none where a value is not above it.
  [[nodiscard]] std::vector<double> Logs(std::span<const double> values) const {
    std::vector<double> logs;
    if (std::isfinite(zero_) && *std::min_element(values.begin(), values.end()) > zero_) {
      for (const double value : values) {
        logs.push_back(std::log(value - zero_));
      }
    }
    return logs;
  }

  double zero_;
};

std::vector<double> EtsMember::Choose(std::span<const double> values) const {
  std::vector<double> best = {kNoTrend, 0, 1, 0, 1};
  double least = std::numeric_limits<double>::infinity();
  const auto try_on = [&](std::span<const double> seen, bool on_logs, double jacobian) {
    for (const TrendForm form : {kNoTrend, kStraight, kDamped}) {
      const auto [constants, squares] = FitEts(seen, form);
      // The constants, the level, the trend where there is one, and the deviation.
      const size_t parameters = static_cast<size_t>(form) + (form == kNoTrend ? 3 : 4);
      const double aic = CorrectedAic(seen.size(), squares, parameters, jacobian);
      if (aic < least) {
        least = aic;
        best = {static_cast<double>(form), on_logs ? 1.0 : 0.0, constants.alpha, constants.beta, constants.phi};
      }
    }
  };
  try_on(values, /*on_logs=*/false, 0);
  const std::vector<double> logs = Logs(values);
  const auto [low, high] = std::minmax_element(logs.begin(), logs.end());
  if (!logs.empty() && *high - *low > kWideRange) {
    double jacobian = 0;
    for (const double log : logs) {
      jacobian += 2 * log;
    }
    try_on(logs, /*on_logs=*/true, jacobian);
  }
  return best;
}

void EtsMember::Extend(std::span<const double> values, std::span<const double> parameters,
                       std::span<double> path) const {
  const auto form = static_cast<TrendForm>(static_cast<int>(parameters[0]));
  const SmoothingConstants constants{.alpha = parameters[2], .beta = parameters[3], .phi = parameters[4]};
  const std::vector<double> logs = parameters[1] > 0 ? Logs(values) : std::vector<double>();
  RunEts(logs.empty() ? values : std::span<const double>(logs), form, std::span(&constants, 1)).Extend(0, path);
  if (!logs.empty()) {
    for (double& value : path) {
      value = zero_ + std::exp(std::clamp(value, -kMostLog, kMostLog));
    }
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
