#include "server/analytics/forecast/conformal.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bellwether {
namespace {

constexpr double kPoolCounts = 4;     // independent errors that a pool counts as
constexpr double kEnoughToLend = 12;  // independent errors of a series that lends
constexpr double kHalfLife = 12;      // origins over which errors lose half their say
constexpr size_t kMostJudged = 1'024;
constexpr double kMostRestless = 1.15;
constexpr double kLeastLevelShare = 0.02;

/// What turns an error made at an origin into one of now. When the series was more or less restless: the root of the
/// ratio, since restlessness is known roughly and returns to what is usual. And when the history was shorter: k
/// coefficients from n values make errors larger by about k / n.
std::vector<double> ToNow(const Backtest& backtest) {
  std::vector<double> factors;
  for (size_t o = 0; o < backtest.origins; ++o) {
    const double restless = 1 / std::sqrt(backtest.restlessness[o]);
    const double then = 1 + backtest.coefficients / static_cast<double>(backtest.rows[o]);
    const double now = 1 + backtest.coefficients / static_cast<double>(backtest.history);
    factors.push_back(std::clamp(restless, 1 / kMostRestless, kMostRestless) * std::sqrt(now / then));
  }
  return factors;
}

/// The truth; NaN where it is a lone outlier, which would make all bands wide for one error in a hundred or fewer.
double UsualTruth(const Backtest& backtest, size_t i) {
  return !backtest.is_lone.empty() && backtest.is_lone[i] ? std::nan("") : backtest.truth[i];
}

bool Positive(std::span<const double> values) {
  return std::none_of(values.begin(), values.end(), [](double v) { return v <= 0; });  // NaN passes
}

/// Divides each error by its unit.
void Divide(const ErrorUnits& units, const Backtest& backtest, PastErrors& past) {
  for (size_t i = 0; i < past.errors.size(); ++i) {
    const size_t row = past.rows[i / past.horizon] + i % past.horizon;
    past.errors[i] /= units.At(backtest.forecast[i], row);
  }
}

/// Steps of the past whose truth is known: enough of them to tell a share by.
std::vector<size_t> Judged(const Backtest& backtest) {
  const size_t all = backtest.truth.size();
  size_t stride = (all + kMostJudged - 1) / kMostJudged;
  stride += stride > 1 && backtest.horizon % stride == 0 ? 1 : 0;  // so that all steps have their turn
  std::vector<size_t> judged;
  for (size_t i = 0; i < all; i += stride) {
    if (!std::isnan(backtest.truth[i])) {
      judged.push_back(i);
    }
  }
  return judged;
}

/// The last value goes on.
std::vector<double> Extended(std::vector<double> values, size_t wanted) {
  values.resize(wanted, values.empty() ? 0.0 : values.back());
  return values;
}

}  // namespace

LearnedBands::LearnedBands(const Backtest& backtest, double fallback, std::shared_ptr<const ErrorPool> pool)
    : origins_(backtest.origins),
      history_(backtest.history),
      fallback_(fallback),
      pool_(pool != nullptr && pool->size() > 0 && fallback > 0 ? std::move(pool) : nullptr) {
  PastErrors past{std::vector<double>(backtest.truth.size()), backtest.horizon, backtest.rows};
  const std::vector<double> to_now = ToNow(backtest);
  for (size_t i = 0; i < past.errors.size(); ++i) {
    past.errors[i] = (UsualTruth(backtest, i) - backtest.forecast[i]) * to_now[i / past.horizon];
  }
  const std::vector<double> weights = OriginWeights(origins_, kHalfLife);
  ErrorGrowth growth(past, weights);
  if (origins_ >= 2 && Positive(backtest.truth) && Positive(backtest.forecast)) {
    LearnLevelShare(past, backtest.forecast, weights, growth, units_);
    if (units_.level_share < kLeastLevelShare) {
      units_.level_share = 0;
    } else {
      Divide(units_, backtest, past);
      growth = ErrorGrowth(past, weights);
    }
  }
  if (origins_ >= 2) {
    ErrorUnits phases;
    LearnPhases(past, backtest.season, weights, growth, phases);
    if (!phases.phases.empty()) {
      Divide(phases, backtest, past);
      growth = ErrorGrowth(past, weights);
      units_.season = phases.season;
      units_.phases = std::move(phases.phases);
      units_.phase_uncertainty = phases.phase_uncertainty;
    }
  }
  dependence_ = growth.Dependence(past.horizon);
  law_ = LearnErrorLaw(past, weights, growth);
  if (units_.level_share > 0) {
    for (size_t i = 0; i < past.errors.size(); ++i) {
      const size_t row = past.rows[i / past.horizon] + i % past.horizon;
      const double relative = units_.At(backtest.forecast[i], row) / backtest.forecast[i];
      past.errors[i] = std::log(UsualTruth(backtest, i) / backtest.forecast[i]) * to_now[i / past.horizon] /
                       (relative * units_.usual_level);
    }
    log_law_ = LearnErrorLaw(past, weights, ErrorGrowth(past, weights));
  }
  for (double& freedom : law_.freedom) {
    freedom = 1 / (1 / freedom + units_.phase_uncertainty);
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
  parts.freedom = Extended(law_.freedom, centre.size());
  parts.tail = Extended(law_.tail, centre.size());
  if (pool_ != nullptr) {
    const std::vector<double> borrowed = pool_->Scale(centre.size());
    const std::vector<double> freedom = pool_->Freedom(centre.size());
    const double own = law_.independent / (law_.independent + kPoolCounts);
    for (size_t h = 0; h < centre.size(); ++h) {
      const double other = borrowed[h] * fallback_;
      parts.scale[h] = std::sqrt(own * parts.scale[h] * parts.scale[h] + (1 - own) * other * other);
      parts.freedom[h] = own * (parts.freedom[h] + kPoolCounts) + (1 - own) * freedom[h];
    }
    parts.shape = own < 0.5 ? pool_->Shape() : law_.shape;
  } else if (origins_ < 2) {
    for (size_t h = 0; h < centre.size(); ++h) {
      parts.scale[h] = std::max(parts.scale[h], fallback_ * std::sqrt(static_cast<double>(h + 1)));
    }
  }
  parts.dependence = {Extended(dependence_.persistent, centre.size()), Extended(dependence_.memory, centre.size())};
  const bool follows_level = log_law_.has_value() && Positive(centre);
  if (follows_level) {
    parts.log_scale = ExtendScale(log_law_->scale, centre.size());
    parts.log_shape = log_law_->shape;
    parts.log_share = units_.level_share;
    parts.log_tail = Extended(log_law_->tail, centre.size());
  }
  for (size_t h = 0; h < centre.size(); ++h) {
    const double unit = units_.At(follows_level ? centre[h] : units_.usual_level, history_ + h);
    parts.scale[h] *= unit;
    if (follows_level) {
      parts.log_scale[h] *= unit * units_.usual_level / centre[h];
    }
  }
  return parts;
}

std::vector<double> LearnedBands::Coverage(const Backtest& backtest, std::span<const double> levels) const {
  std::vector<double> coverage(levels.size(), 0.0);
  if (origins_ < 2) {
    return coverage;
  }
  const std::vector<size_t> judged = Judged(backtest);
  const std::vector<double> to_now = ToNow(backtest);
  ForecastDistribution::Parts parts;
  parts.shape = law_.shape;
  if (log_law_.has_value()) {
    parts.log_shape = log_law_->shape;
    parts.log_share = units_.level_share;
  }
  for (const size_t i : judged) {
    const size_t h = i % backtest.horizon;
    const double level = backtest.forecast[i];
    // The unit then, and the scale as it was, not as it would be now.
    const double unit = units_.At(level, backtest.rows[i / backtest.horizon] + h) / to_now[i / backtest.horizon];
    parts.centre.push_back(level);
    parts.scale.push_back(law_.held_out_scale[i] * unit);
    parts.freedom.push_back(law_.freedom[h]);
    parts.tail.push_back(law_.tail[h]);
    if (log_law_.has_value()) {
      parts.log_scale.push_back(log_law_->held_out_scale[i] * unit * units_.usual_level / level);
      parts.log_tail.push_back(log_law_->tail[h]);
    }
  }
  const ForecastDistribution past(std::move(parts));
  for (size_t l = 0; l < levels.size(); ++l) {
    const std::vector<double> lower = past.Path(0.5 - 0.5 * levels[l]);
    const std::vector<double> upper = past.Path(0.5 + 0.5 * levels[l]);
    size_t held = 0;
    for (size_t k = 0; k < judged.size(); ++k) {
      const double truth = backtest.truth[judged[k]];
      held += lower[k] <= truth && truth <= upper[k];
    }
    coverage[l] = judged.empty() ? 0.0 : static_cast<double>(held) / static_cast<double>(judged.size());
  }
  return coverage;
}

}  // namespace bellwether
