#include "server/analytics/forecast/conformal.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bellwether {
namespace {

constexpr double kPoolCounts = 4;     // independent errors that a pool counts as
constexpr double kEnoughToLend = 12;  // independent errors of a series that lends
constexpr double kMostRestless = 1.15;

/// What turns an error made when the series was more or less restless into one of now: the root of the ratio, since
/// restlessness is known roughly and returns to what is usual.
double ToNow(const Backtest& backtest, size_t i) {
  const double factor = 1 / std::sqrt(backtest.restlessness[i / backtest.horizon]);
  return std::clamp(factor, 1 / kMostRestless, kMostRestless);
}

PastErrors Errors(const Backtest& backtest) {
  PastErrors past{std::vector<double>(backtest.truth.size()), backtest.horizon, backtest.spacing};
  for (size_t i = 0; i < past.errors.size(); ++i) {
    past.errors[i] = (backtest.truth[i] - backtest.forecast[i]) * ToNow(backtest, i);
  }
  return past;
}

bool Positive(std::span<const double> values) {
  return std::none_of(values.begin(), values.end(), [](double v) { return v <= 0; });  // NaN passes
}

PastErrors LogErrors(const Backtest& backtest) {
  PastErrors past{std::vector<double>(backtest.truth.size()), backtest.horizon, backtest.spacing};
  for (size_t i = 0; i < past.errors.size(); ++i) {
    past.errors[i] = std::log(backtest.truth[i] / backtest.forecast[i]) * ToNow(backtest, i);
  }
  return past;
}

/// The scales of the errors as they were, not as they would be now.
std::vector<double> ScalesThen(const ErrorLaw& law, const Backtest& backtest) {
  std::vector<double> scales = law.held_out_scale;
  for (size_t o = 0; o < backtest.origins; ++o) {
    const double factor = 1 / ToNow(backtest, o * backtest.horizon);
    for (size_t h = 0; h < backtest.horizon; ++h) {
      scales[o * backtest.horizon + h] *= factor;
    }
  }
  return scales;
}

}  // namespace

LearnedBands::LearnedBands(const Backtest& backtest, double fallback, std::shared_ptr<const ErrorPool> pool)
    : origins_(backtest.origins),
      fallback_(fallback),
      pool_(pool != nullptr && pool->size() > 0 && fallback > 0 ? std::move(pool) : nullptr) {
  const PastErrors past = Errors(backtest);
  law_ = LearnErrorLaw(past);
  dependence_ = EstimateErrorDependence(past.errors, past.horizon);
  if (origins_ >= 2 && Positive(backtest.truth) && Positive(backtest.forecast)) {
    log_law_ = LearnErrorLaw(LogErrors(backtest));
  }
}

void LearnedBands::LendTo(ErrorPool& pool) const {
  if (law_.independent >= kEnoughToLend) {
    pool.Add(law_, fallback_);
  }
}

ForecastDistribution::Parts LearnedBands::About(std::span<const double> centre) const {
  ForecastDistribution::Parts parts;
  parts.centre.assign(centre.begin(), centre.end());
  parts.scale = ExtendScale(law_.scale, centre.size());
  parts.shape = law_.shape;
  if (pool_ != nullptr) {
    const std::vector<double> borrowed = pool_->Scale(centre.size());
    const double own = law_.independent / (law_.independent + kPoolCounts);
    for (size_t h = 0; h < centre.size(); ++h) {
      const double other = borrowed[h] * fallback_;
      parts.scale[h] = std::sqrt(own * parts.scale[h] * parts.scale[h] + (1 - own) * other * other);
    }
    parts.shape = own < 0.5 ? pool_->Shape() : law_.shape;
  } else if (origins_ < 2) {
    for (size_t h = 0; h < centre.size(); ++h) {
      parts.scale[h] = std::max(parts.scale[h], fallback_ * std::sqrt(static_cast<double>(h + 1)));
    }
  }
  parts.dependence = dependence_;
  if (log_law_.has_value() && Positive(centre)) {
    parts.log_scale = ExtendScale(log_law_->scale, centre.size());
    parts.log_shape = log_law_->shape;
  }
  return parts;
}

std::vector<double> LearnedBands::Coverage(const Backtest& backtest, std::span<const double> levels) const {
  std::vector<double> coverage(levels.size(), 0.0);
  if (origins_ < 2) {
    return coverage;
  }
  ForecastDistribution::Parts parts;
  parts.centre = backtest.forecast;
  parts.scale = ScalesThen(law_, backtest);
  parts.shape = law_.shape;
  if (log_law_.has_value()) {
    parts.log_scale = ScalesThen(*log_law_, backtest);
    parts.log_shape = log_law_->shape;
  }
  const ForecastDistribution past(std::move(parts));
  for (size_t l = 0; l < levels.size(); ++l) {
    const std::vector<double> lower = past.Path(0.5 - 0.5 * levels[l]);
    const std::vector<double> upper = past.Path(0.5 + 0.5 * levels[l]);
    size_t held = 0;
    size_t known = 0;
    for (size_t i = 0; i < backtest.truth.size(); ++i) {
      known += !std::isnan(backtest.truth[i]);
      held += lower[i] <= backtest.truth[i] && backtest.truth[i] <= upper[i];
    }
    coverage[l] = known > 0 ? static_cast<double>(held) / static_cast<double>(known) : 0.0;
  }
  return coverage;
}

}  // namespace bellwether
