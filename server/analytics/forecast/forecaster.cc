#include "server/analytics/forecast/forecaster.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/analytics/forecast/combination.h"
#include "server/analytics/forecast/combined_forecaster.h"
#include "server/analytics/forecast/conformal.h"
#include "server/analytics/forecast/count_law.h"
#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/prepared_history.h"
#include "server/analytics/forecast/reliability.h"
#include "server/analytics/forecast/season_choice.h"
#include "server/analytics/forecast/seasons.h"
#include "server/analytics/series/robust.h"
#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr size_t kShortSeries = 12;
constexpr size_t kMaxHorizon = 10'000;
constexpr size_t kMostOrigins = 32;

/// Typical change between neighbours, for when there are no origins to learn from.
double TypicalChange(std::span<const double> history) {
  double sum = 0;
  for (size_t i = 1; i < history.size(); ++i) {
    sum += (history[i] - history[i - 1]) * (history[i] - history[i - 1]);
  }
  return history.size() > 1 ? std::sqrt(sum / static_cast<double>(history.size() - 1)) : 0.0;
}

/// Those that fill no gap, in the unit of the series.
std::vector<double> KnownValues(const PreparedHistory& history) {
  std::vector<double> known;
  for (size_t t = 0; t < history.values.size(); ++t) {
    if (history.is_filled.empty() || !history.is_filled[t]) {
      known.push_back(history.values[t] * history.unit);
    }
  }
  return known;
}

class Fitted final : public FittedForecast {
 public:
  Fitted(PreparedHistory history, CombinedForecast combined, Forecast frame)
      : history_(std::move(history)),
        combined_(std::move(combined)),
        bands_(combined_.backtest, TypicalChange(history_.values), history_.pool),
        counts_(combined_.is_usual ? CountLaw::Of(KnownValues(history_)) : nullptr),
        frame_(std::move(frame)) {}

  Forecast Predict(size_t horizon, std::span<const double> levels) const override;
  void LendErrors(ErrorPool& pool) const override { bands_.LendTo(pool); }

 private:
  ForecastDistribution::Parts Law(size_t horizon) const;
  void AddBands(std::span<const double> levels, Forecast& forecast) const;
  void AddReliability(Forecast& forecast) const;

  PreparedHistory history_;
  CombinedForecast combined_;
  LearnedBands bands_;
  std::shared_ptr<const CountLaw> counts_;  ///< null where values are no counts that are nearly always the same
  Forecast frame_;                          ///< what does not depend on the horizon
};

ForecastDistribution::Parts Fitted::Law(size_t horizon) const {
  const std::vector<double>& path = combined_.path;
  std::vector<double> centre(history_.lag + horizon);
  for (size_t h = 0; h < centre.size(); ++h) {
    // Beyond the horizon it was fitted for, the last season of the forecast repeats.
    const std::vector<size_t>& seasons = history_.setting.seasons;
    const size_t season = seasons.empty() ? 1 : std::min(seasons.front(), path.size());
    centre[h] = h < path.size() ? path[h] : path[path.size() - season + (h - path.size()) % season];
  }
  ForecastDistribution::Parts parts = bands_.About(centre);
  for (std::vector<double>* column : {&parts.centre, &parts.scale, &parts.log_scale, &parts.freedom, &parts.tail,
                                      &parts.log_tail, &parts.dependence.persistent, &parts.dependence.memory}) {
    column->erase(column->begin(), column->begin() + static_cast<ptrdiff_t>(std::min(history_.lag, column->size())));
  }
  return parts;
}

double InUnit(double value, double unit) {
  const double result = value * unit;
  return std::isnan(result) ? 0.0 : std::clamp(result, -1.7e308, 1.7e308);
}

Forecast Fitted::Predict(size_t horizon, std::span<const double> levels) const {
  Forecast forecast = frame_;
  horizon = std::clamp<size_t>(horizon, 1, kMaxHorizon);
  ForecastDistribution::Parts parts = Law(horizon);
  for (size_t h = 0; h < horizon; ++h) {
    parts.centre[h] = InUnit(parts.centre[h], history_.unit);
    parts.scale[h] = InUnit(parts.scale[h], history_.unit);
  }
  parts.range = history_.range;
  parts.counts = counts_;
  forecast.distribution = ForecastDistribution(std::move(parts));
  forecast.point = forecast.distribution.Path(0.5);
  AddBands(levels, forecast);
  AddReliability(forecast);
  return forecast;
}

void Fitted::AddBands(std::span<const double> levels, Forecast& forecast) const {
  const size_t horizon = forecast.point.size();
  std::vector<double> inner;
  for (const double level : levels) {
    inner.push_back(std::clamp(std::isnan(level) ? 0.95 : level, 1e-6, 1 - 1e-6));
  }
  const std::vector<double> coverage = bands_.Coverage(combined_.backtest, inner);
  for (size_t l = 0; l < levels.size(); ++l) {
    const double inside = inner[l];
    Band band;
    band.level = levels[l];
    band.history_coverage = coverage[l];
    band.lower = forecast.distribution.Path(0.5 - 0.5 * inside);
    band.upper = forecast.distribution.Path(0.5 + 0.5 * inside);
    if (counts_ != nullptr) {
      band.history_coverage = counts_->ShareWithin(band.lower[0], band.upper[0]);
    }
    for (size_t h = 0; h < horizon; ++h) {
      band.lower[h] = std::min(band.lower[h], forecast.point[h]);
      band.upper[h] = std::max(band.upper[h], forecast.point[h]);
    }
    forecast.bands.push_back(std::move(band));
  }
}

void Fitted::AddReliability(Forecast& forecast) const {
  ReliabilityFacts facts;
  facts.error = combined_.error;
  facts.naive_error = combined_.naive_error;
  facts.gap_share = history_.gap_share;
  facts.horizon = forecast.point.size();
  facts.tried = combined_.backtest.origins > 0 ? std::min(combined_.backtest.horizon, facts.horizon) : 0;
  if (!history_.setting.seasons.empty()) {
    facts.seasons_seen =
        static_cast<double>(history_.values.size()) / static_cast<double>(history_.setting.seasons.back());
  }
  const auto widest = std::max_element(forecast.bands.begin(), forecast.bands.end(),
                                       [](const Band& a, const Band& b) { return a.level < b.level; });
  if (widest != forecast.bands.end() && combined_.backtest.origins >= 2) {
    facts.level = widest->level;
    facts.coverage = forecast.history_coverage = widest->history_coverage;
    std::vector<double> values = history_.values;
    const double usual = (QuantileInPlace(values, 0.95) - QuantileInPlace(values, 0.05)) * history_.unit;
    double width = 0;
    for (size_t h = 0; h < facts.horizon; ++h) {
      width += (widest->upper[h] - widest->lower[h]) / static_cast<double>(facts.horizon);
    }
    facts.width = usual > 0 && std::isfinite(width / usual) ? width / usual : 0.0;
  }
  forecast.reasons = JudgeReliability(facts);
  forecast.reliability = ReliabilityOf(forecast.reasons);
}

/// The scales that the values allow.
bool Allows(std::span<const double> values, ValueScale scale) {
  const double least = *std::min_element(values.begin(), values.end());
  return scale == ValueScale::kRaw || least > 0 || (scale == ValueScale::kRoot && least >= 0);
}

/// The weights of the members, those of the scales added up.
std::vector<MemberWeight> MembersOf(const CombinedForecast& combined) {
  std::vector<MemberWeight> members;
  for (size_t k = 0; k < combined.entries.size(); ++k) {
    const std::string_view id = combined.entries[k].member;
    auto found = std::find_if(members.begin(), members.end(), [&](const MemberWeight& m) { return m.id == id; });
    if (found == members.end()) {
      found = members.insert(found, {.id = std::string(id)});
    }
    found->weight += combined.weights[k];
  }
  std::stable_sort(members.begin(), members.end(),
                   [](const MemberWeight& a, const MemberWeight& b) { return a.weight > b.weight; });
  return members;
}

std::unique_ptr<FittedForecast> Fit(PreparedHistory prepared, std::vector<CombinationEntry> entries, Forecast frame,
                                    size_t max_horizon) {
  const size_t horizon = std::clamp<size_t>(max_horizon, 1, kMaxHorizon) + prepared.lag;
  const size_t n = prepared.values.size();
  const auto [low, high] = std::minmax_element(prepared.values.begin(), prepared.values.end());
  const bool is_explained = !frame.notices.empty();
  frame.notices.insert(frame.notices.end(), prepared.notices.begin(), prepared.notices.end());
  if (*low == *high) {
    frame.method = "naive";
    frame.notices.push_back("The series never changed, so the forecast has no band to speak of.");
  } else if (n < kShortSeries && frame.method == "auto") {
    frame.method = "naive";
    frame.notices.push_back(
        absl::StrCat("Only ", n, " points: the last value is carried on and the band is a guess from their spread."));
  }
  if (frame.method == "naive") {
    entries = {{.member = "naive"}};
  }
  CombinedForecast combined =
      Combine(entries, prepared.setting, prepared.values, prepared.is_filled, horizon, kMostOrigins);
  const size_t tried = combined.backtest.horizon;
  if (combined.backtest.origins < 2 && !is_explained && frame.method != "naive") {
    frame.notices.push_back(absl::StrCat("Only ", n, " points for a horizon of ", horizon,
                                         ": the band is a guess from the spread of the series."));
  } else if (horizon >= 2 * tried && n >= kShortSeries) {
    frame.notices.push_back(absl::StrCat("The history of ", n, " values allowed trying ", tried, " of the ", horizon,
                                         " steps ahead: beyond, the band is carried on as it grew."));
  }
  frame.seasons = prepared.setting.seasons;
  for (const size_t season : frame.seasons) {
    frame.patterns.push_back({.period = season, .strength = SeasonStrength(prepared.values, season)});
  }
  frame.members = MembersOf(combined);
  return std::make_unique<Fitted>(std::move(prepared), std::move(combined), std::move(frame));
}

}  // namespace

std::vector<CombinationEntry> AutoEntries(std::span<const double> values) {
  constexpr std::string_view kMembers[] = {"seasonal-regression", "differenced-lags", "fourier-lags", "profiles",
                                           "seasonal-means",      "recent-seasons",   "damped-level", "damped-trend"};
  constexpr std::string_view kPlain[] = {"naive", "seasonal-naive"};
  const ValueScale scale = Allows(values, ValueScale::kRoot) ? ValueScale::kRoot : ValueScale::kRaw;
  std::vector<CombinationEntry> entries;
  for (const std::string_view member : kMembers) {
    entries.push_back({.member = member, .scale = scale});
  }
  for (const std::string_view member : kPlain) {
    entries.push_back({.member = member, .scale = ValueScale::kRaw});
  }
  return entries;
}

absl::StatusOr<std::unique_ptr<FittedForecast>> FitEntries(std::span<const CombinationEntry> entries,
                                                           const ForecastInput& input, size_t max_horizon) {
  auto prepared = PrepareHistory(input);
  if (!prepared.ok()) {
    return prepared.status();
  }
  std::vector<CombinationEntry> allowed;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(allowed),
               [&](const CombinationEntry& entry) { return Allows(prepared->values, entry.scale); });
  Forecast frame;
  frame.method = "auto";
  return Fit(*std::move(prepared), std::move(allowed), std::move(frame), max_horizon);
}

absl::StatusOr<std::unique_ptr<FittedForecast>> FitForecast(std::string_view id, const ForecastInput& input,
                                                            size_t max_horizon) {
  const auto methods = ForecastMethods();
  const bool known = std::any_of(methods.begin(), methods.end(), [&](const ForecastMethod& m) { return m.id == id; });
  if (!known) {
    return BadQueryError(Concat(
        "There is no forecast method \"", id.substr(0, 64), "\". Use one of: ",
        absl::StrJoin(methods, ", ", [](std::string* out, const ForecastMethod& m) { out->append(m.id); }), "."));
  }
  auto prepared = PrepareHistory(input);
  if (!prepared.ok()) {
    return prepared.status();
  }
  Forecast frame;
  frame.method = std::string(id);
  std::vector<CombinationEntry> entries;
  if (id == "auto" && input.seasons.empty()) {
    std::vector<std::vector<size_t>> sets = {prepared->setting.seasons};
    for (std::vector<size_t>& other : OtherSeasons(prepared->values.size(), input.step_ns, sets.front())) {
      sets.push_back(std::move(other));
    }
    prepared->setting.seasons = ChooseSeasons(prepared->values, prepared->setting, sets, max_horizon);
  }
  if (id == "auto") {
    entries = AutoEntries(prepared->values);
  } else if (MakeForecastMember(id, prepared->setting) != nullptr) {
    entries = {{.member = id}};
  } else {
    frame.method = "naive";
    frame.notices.push_back("The series shows no season, so its last value is carried on.");
  }
  return Fit(*std::move(prepared), std::move(entries), std::move(frame), max_horizon);
}

}  // namespace bellwether
