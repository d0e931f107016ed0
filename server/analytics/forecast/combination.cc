#include "server/analytics/forecast/combination.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "server/analytics/forecast/blending.h"
#include "server/analytics/forecast/past_errors.h"
#include "server/analytics/forecast/rolling_origins.h"
#include "server/analytics/forecast/usual_value.h"
#include "server/analytics/forecast/late_shift.h"
#include "server/analytics/forecast/lone_outliers.h"
#include "server/analytics/forecast/missed_trend.h"
#include "server/analytics/forecast/reliability.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

constexpr double kWeightPower = 4;
constexpr double kPlainCoefficients = 8;      // of a forecast without a season
constexpr double kWeightHalfLife = 8;         // origins over which what a member missed loses half its say
constexpr double kLeastRelativeError = 1e-3;  // members without error share the weight
constexpr double kOriginShare = 0.5;          // what errors relative to those of others at their origin count
constexpr double kReach = 3;                  // forecasts leave the range seen by at most this many times its width

/// The paths of one entry: at the origins, then at the end of the history.
struct EntryPaths {
  std::vector<double> past;
  std::vector<double> future;
};

bool Finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

/// Runs members on one scale of the history.
class ScaleRunner {
 public:
  ScaleRunner(std::span<const double> history, ValueScale scale, const MemberSetting& setting,
              const RollingOrigins& rolling, size_t horizon)
      : series_(history, scale), setting_(setting), rolling_(rolling), horizon_(horizon) {
    setting_.zero = series_.Zero();
    const auto [low, high] = std::minmax_element(history.begin(), history.end());
    low_ = *low - kReach * (*high - *low);
    high_ = *high + kReach * (*high - *low);
    if (*low >= 0) {
      low_ = std::max(low_, 0.0);  // what was never negative stays so
    }
  }

  /// Nothing where the member does not exist for the setting or has nothing to say.
  std::optional<EntryPaths> Run(std::string_view id) {
    const std::unique_ptr<ForecastMember> member = MakeForecastMember(id, setting_);
    if (member == nullptr) {
      return std::nullopt;
    }
    EntryPaths paths = RawPaths(*member);
    if (!Finite(paths.past) || !Finite(paths.future)) {
      if (!StandIn(paths)) {
        return std::nullopt;
      }
    }
    series_.Restore(paths.past, low_, high_);
    series_.Restore(paths.future, low_, high_);
    return paths;
  }

 private:
  EntryPaths RawPaths(const ForecastMember& member) const {
    const std::span<const double> values = series_.values();
    const size_t count = rolling_.origins.size();
    const size_t n = values.size();
    EntryPaths paths;
    if (horizon_ == rolling_.horizon) {
      std::vector<size_t> all = rolling_.origins;
      all.push_back(n);
      paths.past.resize((count + 1) * horizon_);
      member.ForecastFrom(values, all, horizon_, paths.past);
      paths.future.assign(paths.past.begin() + static_cast<ptrdiff_t>(count * horizon_), paths.past.end());
      paths.past.resize(count * horizon_);
      return paths;
    }
    paths.past.resize(count * rolling_.horizon);
    member.ForecastFrom(values, rolling_.origins, rolling_.horizon, paths.past);
    paths.future.resize(horizon_);
    member.ForecastFrom(values, std::array{n}, horizon_, paths.future);
    return paths;
  }

  /// Replaces the origins where the member was silent by a short autoregression. A member that is silent at the end is
  /// none.
  bool StandIn(EntryPaths& paths) {
    if (!Finite(paths.future)) {
      return false;
    }
    if (!stand_in_.has_value()) {
      const std::unique_ptr<ForecastMember> member = MakeForecastMember("short-memory", setting_);
      stand_in_ = RawPaths(*member);
      const std::unique_ptr<ForecastMember> naive = MakeForecastMember("naive", setting_);
      const EntryPaths last = RawPaths(*naive);
      for (size_t i = 0; i < last.past.size(); ++i) {
        stand_in_->past[i] = std::isfinite(stand_in_->past[i]) ? stand_in_->past[i] : last.past[i];
      }
    }
    for (size_t o = 0; o < rolling_.origins.size(); ++o) {
      const std::span<double> path = std::span(paths.past).subspan(o * rolling_.horizon, rolling_.horizon);
      if (!Finite(path)) {
        std::copy_n(stand_in_->past.begin() + static_cast<ptrdiff_t>(o * rolling_.horizon), rolling_.horizon,
                    path.begin());
      }
    }
    return true;
  }

  ScaledSeries series_;
  MemberSetting setting_;
  const RollingOrigins& rolling_;
  size_t horizon_;
  double low_ = 0;
  double high_ = 0;
  std::optional<EntryPaths> stand_in_;
};

/// What happened at the origins, and how much each counts.
struct JudgedOrigins {
  std::span<const double> truth;
  std::span<const double> weights;
};

/// Mean of `error(truth, forecast)` where the truth is known; 0 where it is nowhere.
template <class Error>
double MeanError(std::span<const double> forecast, const JudgedOrigins& judged, const Error& error) {
  const size_t horizon = judged.weights.empty() ? 0 : judged.truth.size() / judged.weights.size();
  double sum = 0;
  double mass = 0;
  for (size_t o = 0; o < judged.weights.size(); ++o) {
    double own = 0;
    double count = 0;
    for (size_t i = o * horizon; i < (o + 1) * horizon; ++i) {
      if (!std::isnan(judged.truth[i])) {
        own += error(judged.truth[i], forecast[i]);
        count += 1;
      }
    }
    sum += judged.weights[o] * own;
    mass += judged.weights[o] * count;
  }
  return mass > 0 ? sum / mass : 0.0;
}

double MeanAbsoluteError(std::span<const double> forecast, const JudgedOrigins& judged) {
  return MeanError(forecast, judged, [](double y, double f) { return std::abs(y - f); });
}

double MeanRelativeError(std::span<const double> forecast, const JudgedOrigins& judged) {
  return MeanError(forecast, judged, [](double y, double f) {
    const double size = std::abs(y) + std::abs(f);
    return size > 0 ? std::abs(y - f) / size : 0.0;
  });
}

/// Mean absolute errors of the entries relative to their mean at each origin: an incident that nobody foresaw counts as
/// much as any other time.
std::vector<double> ErrorsWithinOrigins(const std::vector<EntryPaths>& paths, const JudgedOrigins& judged) {
  const size_t horizon = judged.truth.size() / judged.weights.size();
  std::vector<double> sums(paths.size(), 0.0);
  std::vector<double> own(paths.size());
  for (size_t o = 0; o < judged.weights.size(); ++o) {
    std::fill(own.begin(), own.end(), 0.0);
    double all = 0;
    double count = 0;
    for (size_t i = o * horizon; i < (o + 1) * horizon; ++i) {
      count += std::isnan(judged.truth[i]) ? 0 : 1;
    }
    for (size_t k = 0; k < paths.size(); ++k) {
      for (size_t i = o * horizon; i < (o + 1) * horizon; ++i) {
        own[k] += std::isnan(judged.truth[i]) ? 0.0 : std::abs(judged.truth[i] - paths[k].past[i]);
      }
      all += own[k] / static_cast<double>(paths.size());
    }
    for (size_t k = 0; k < paths.size(); ++k) {
      sums[k] += all > 0 ? judged.weights[o] * count * own[k] / all : 0.0;
    }
  }
  return sums;
}

/// Divides by the median, so that errors of different kinds can be added, each by its share.
void AddRelative(std::vector<double> errors, double share, std::vector<double>& sums) {
  const double middle = Median(errors);
  for (size_t k = 0; k < errors.size(); ++k) {
    sums[k] += share * (middle > 0 ? errors[k] / middle : (errors[k] > 0 ? 1.0 : 0.0));
  }
}

std::vector<double> WeightsOf(const std::vector<EntryPaths>& paths, std::span<const double> truth, size_t origins,
                              bool ratio_scale) {
  std::vector<double> weights(paths.size(), 0.0);
  if (!truth.empty()) {
    const std::vector<double> recency = OriginWeights(origins, kWeightHalfLife);
    const JudgedOrigins judged{truth, recency};
    std::vector<double> absolute;
    std::vector<double> relative;
    for (const EntryPaths& entry : paths) {
      absolute.push_back(MeanAbsoluteError(entry.past, judged));
      if (ratio_scale) {
        relative.push_back(MeanRelativeError(entry.past, judged));
      }
    }
    AddRelative(std::move(absolute), 1, weights);
    if (ratio_scale) {
      AddRelative(std::move(relative), 1, weights);
    }
    AddRelative(ErrorsWithinOrigins(paths, judged), kOriginShare * (ratio_scale ? 2 : 1), weights);
  }
  double total = 0;
  for (double& weight : weights) {
    weight = std::pow(std::max(weight, kLeastRelativeError), -kWeightPower);
    total += weight;
  }
  for (double& weight : weights) {
    weight /= total;
  }
  return weights;
}

/// The error of carrying the last value on.
double NaiveError(std::span<const double> history, const RollingOrigins& rolling, const JudgedOrigins& judged) {
  std::vector<double> path(judged.truth.size());
  for (size_t i = 0; i < path.size(); ++i) {
    path[i] = history[rolling.origins[i / rolling.horizon] - 1];
  }
  return MeanAbsoluteError(path, judged);
}

/// How much the values changed from one to the next before each origin, relative to the changes before the end: means
/// of roots, which single jumps hardly touch, squared. Over two horizons or seasons, so that all phases count alike.
std::vector<double> Restlessness(std::span<const double> history, const RollingOrigins& rolling, size_t season) {
  const double fade = std::exp2(-0.5 / static_cast<double>(std::max(rolling.horizon, season)));
  double sum = 0;
  double mass = 0;
  size_t known = 1;
  const auto until = [&](size_t end) {
    for (; known < end; ++known) {
      sum = fade * sum + std::sqrt(std::abs(history[known] - history[known - 1]));
      mass = fade * mass + 1;
    }
    return mass > 0 ? sum / mass : 0.0;
  };
  std::vector<double> found;
  for (const size_t origin : rolling.origins) {
    found.push_back(until(origin));
  }
  const double now = until(history.size());
  for (double& v : found) {
    v = now > 0 && v > 0 ? v * v / (now * now) : 1.0;
  }
  return found;
}

/// The forecast of the weighted entries from the end of another history.
std::vector<double> PathAfter(std::span<const double> history, const CombinedForecast& combined,
                              const MemberSetting& setting, size_t horizon) {
  RollingOrigins none;
  none.horizon = horizon;
  std::vector<EntryPaths> paths;
  std::vector<double> weights;
  double total = 0;
  std::map<ValueScale, ScaleRunner> runners;
  for (size_t k = 0; k < combined.entries.size(); ++k) {
    const auto [runner, is_new] =
        runners.try_emplace(combined.entries[k].scale, history, combined.entries[k].scale, setting, none, horizon);
    if (std::optional<EntryPaths> own = runner->second.Run(combined.entries[k].member)) {
      paths.push_back(*std::move(own));
      weights.push_back(combined.weights[k]);
      total += weights.back();
    }
  }
  if (!(total > 0)) {
    return combined.path;
  }
  std::vector<const double*> futures;
  for (size_t k = 0; k < paths.size(); ++k) {
    futures.push_back(paths[k].future.data());
    weights[k] /= total;
  }
  return BlendAll(futures, weights, horizon);
}

/// What members do not see: a value that is nearly always there, and a level that has just jumped. `seen` is the
/// history as they see it.
void MendPath(std::span<const double> history, std::span<const double> seen, const MemberSetting& setting,
              size_t horizon, CombinedForecast& combined) {
  Backtest& backtest = combined.backtest;
  if (const std::optional<double> usual = UsualValue(history)) {
    if (!IsWorthMore(backtest, *usual)) {
      std::fill(backtest.forecast.begin(), backtest.forecast.end(), *usual);
      combined.path.assign(horizon, *usual);
      combined.is_usual = true;
    }
  } else if (const std::optional<LateShift> shift = FindLateShift(history, backtest, setting.seasons)) {
    const std::vector<double> lifted = PathAfter(LiftedHistory(seen, *shift), combined, setting, horizon);
    for (size_t h = 0; h < horizon; ++h) {
      const double lasts = ChanceToLast(history.size() - shift->row, h + 1);
      combined.path[h] = lasts * lifted[h] + (1 - lasts) * combined.path[h];
    }
  } else {
    FollowMissedTrend(history, setting.seasons, backtest, combined.path);
  }
}

/// About how many coefficients a forecast rests on: a few, and for each season a mean for each of its steps as far as
/// the series repeats with it.
double CoefficientsOf(std::span<const double> history, std::span<const size_t> seasons) {
  double sum = kPlainCoefficients;
  double explained = 0;
  for (const size_t season : seasons) {
    const double strength = SeasonStrength(history, season);
    sum += std::max(strength - explained, 0.0) * static_cast<double>(season);
    explained = std::max(explained, strength);
  }
  return sum;
}

/// Moves origins back to where the last value is known: one that fills a gap was made with the value behind the gap.
void MoveOutOfGaps(const std::vector<bool>& is_filled, std::vector<size_t>& origins) {
  size_t least = 1;
  for (size_t& origin : origins) {
    size_t moved = origin;
    while (!is_filled.empty() && moved > least && is_filled[moved - 1]) {
      --moved;
    }
    origin = !is_filled.empty() && is_filled[moved - 1] ? origin : moved;
    least = origin + 1;
  }
}

}  // namespace

CombinedForecast Combine(std::span<const CombinationEntry> entries, const MemberSetting& setting,
                         std::span<const double> history, const std::vector<bool>& is_filled, size_t horizon,
                         size_t most_origins) {
  RollingOrigins rolling = ChooseOrigins(history.size(), horizon, setting.seasons, most_origins);
  if (rolling.origins.empty()) {
    rolling.horizon = horizon;
  }
  AddLateOrigins(history.size(), rolling);
  MoveOutOfGaps(is_filled, rolling.origins);
  CombinedForecast combined;
  const std::vector<double> seen = entries.size() > 1 ? WithoutLoneOutliers(history, setting.seasons)
                                                      : std::vector<double>(history.begin(), history.end());
  std::vector<EntryPaths> paths;
  for (const ValueScale scale : {ValueScale::kRaw, ValueScale::kRoot, ValueScale::kLog}) {
    std::optional<ScaleRunner> runner;
    for (const CombinationEntry& entry : entries) {
      if (entry.scale == scale) {
        if (!runner.has_value()) {
          runner.emplace(seen, scale, setting, rolling, horizon);
        }
        if (std::optional<EntryPaths> own = runner->Run(entry.member)) {
          paths.push_back(*std::move(own));
          combined.entries.push_back(entry);
        }
      }
    }
  }
  Backtest& backtest = combined.backtest;
  backtest.horizon = rolling.horizon;
  backtest.origins = rolling.origins.size();
  backtest.rows = rolling.origins;
  backtest.history = history.size();
  backtest.season = setting.seasons.empty() ? 0 : setting.seasons.front();
  backtest.coefficients = CoefficientsOf(history, setting.seasons);
  backtest.restlessness = Restlessness(history, rolling, backtest.season);
  for (const size_t origin : rolling.origins) {
    for (size_t t = origin; t < origin + rolling.horizon; ++t) {
      const bool is_known = t < history.size() && (is_filled.empty() || !is_filled[t]);
      backtest.truth.push_back(is_known ? history[t] : std::numeric_limits<double>::quiet_NaN());
      backtest.is_lone.push_back(is_known && history[t] != seen[t]);
    }
  }
  if (paths.empty()) {
    const CombinationEntry naive{.member = "naive"};
    ScaleRunner runner(history, naive.scale, setting, rolling, horizon);
    paths.push_back(*runner.Run(naive.member));
    combined.entries.push_back(naive);
  }
  const bool ratio_scale = std::all_of(history.begin(), history.end(), [](double v) { return v >= 0; });
  combined.weights = WeightsOf(paths, backtest.truth, backtest.origins, ratio_scale);
  std::vector<const double*> past;
  std::vector<const double*> future;
  for (const EntryPaths& entry : paths) {
    past.push_back(entry.past.data());
    future.push_back(entry.future.data());
  }
  backtest.forecast = BlendAll(past, combined.weights, backtest.truth.size());
  combined.path = BlendAll(future, combined.weights, horizon);
  if (combined.entries.size() > 1) {
    MendPath(history, seen, setting, horizon, combined);
  }
  const std::vector<double> alike(backtest.origins, 1.0);
  const JudgedOrigins judged{backtest.truth, alike};
  combined.error = MeanAbsoluteError(backtest.forecast, judged);
  combined.naive_error = NaiveError(history, rolling, judged);
  return combined;
}

}  // namespace bellwether
