#include "server/analytics/forecast/usual_value.h"

#include <algorithm>
#include <cmath>

#include "server/analytics/forecast/combination.h"

namespace bellwether {
namespace {

constexpr double kProof = 2;  // standard errors of the mean gain of an origin

}  // namespace

std::optional<double> UsualValue(std::span<const double> values) {
  // The only value that can be a majority, by cancelling unlike pairs.
  double candidate = 0;
  size_t votes = 0;
  for (const double value : values) {
    candidate = votes == 0 ? value : candidate;
    votes = value == candidate ? votes + 1 : votes - 1;
  }
  const auto count = static_cast<size_t>(std::count(values.begin(), values.end(), candidate));
  return 2 * count > values.size() ? std::optional(candidate) : std::nullopt;
}

bool IsWorthMore(const Backtest& backtest, double constant) {
  double sum = 0;
  double squares = 0;
  for (size_t o = 0; o < backtest.origins; ++o) {
    double gain = 0;
    for (size_t i = o * backtest.horizon; i < (o + 1) * backtest.horizon; ++i) {
      const double truth = backtest.truth[i];
      gain += std::isnan(truth) ? 0.0 : std::abs(truth - constant) - std::abs(truth - backtest.forecast[i]);
    }
    sum += gain;
    squares += gain * gain;
  }
  const auto count = static_cast<double>(backtest.origins);
  const double variance = count > 1 ? std::max(squares - sum * sum / count, 0.0) / (count - 1) : 0.0;
  return sum > kProof * std::sqrt(count * variance);
}

}  // namespace bellwether
