#include "server/query/exec/forecast_text.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

std::string Percent(double share) {
  const double percent = 100 * share;
  if (percent < 0.95) {
    return "less than 1 %";
  }
  return percent > 99.05 ? "more than 99 %" : absl::StrFormat("%.0f %%", percent);
}

std::string LevelText(double level) { return absl::StrFormat("%g %%", RoundTo(100 * level, 6)); }

std::string MomentText(int64_t unix_ns) {
  return absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixNanos(unix_ns), absl::UTCTimeZone()) + " UTC";
}

double SecondsOf(double steps, int64_t step_ns) { return steps * static_cast<double>(step_ns) / 1e9; }

// Writes the sentences of one series.
class Story {
 public:
  Story(const AnswerContext& context, const SeriesForecast& one)
      : context_(context),
        spec_(context.spec.forecast),
        one_(one),
        series_(context.input.series[one.series]),
        step_ns_(context.input.plan.step_ns) {}

  std::string Outlook() const {
    const Forecast& forecast = one_.forecast;
    const Band& widest = forecast.bands.back();
    return Concat(series_.display_name, " is expected at ", Quantity(forecast.point.back()), " in ",
                  TimeSpanText(SecondsOf(static_cast<double>(forecast.point.size()), step_ns_)), ", with ",
                  LevelText(widest.level), " between ", Quantity(widest.lower.back()), " and ",
                  Quantity(widest.upper.back()), ".");
  }

  std::string Threshold() const {
    if (!one_.crossing.has_value()) {
      return "";
    }
    const ThresholdCrossing& crossing = *one_.crossing;
    const double probability = crossing.by_step.empty() ? 0 : crossing.by_step.back();
    std::string text = Concat(" It ", spec_.threshold->side == CrossingSide::kAbove ? "reaches " : "falls to ",
                              Quantity(spec_.threshold->value), " within ",
                              TimeSpanText(SecondsOf(static_cast<double>(crossing.by_step.size()), step_ns_)),
                              " with a probability of ", Percent(probability));
    if (crossing.median.has_value()) {
      text += Concat("; the forecast itself does on ", At(*crossing.median));
    } else if (const BandCrossing& widest = crossing.bands.back(); widest.near_edge.has_value()) {
      text += Concat("; the forecast itself does not, the edge of its ", LevelText(widest.level), " band does on ",
                     At(*widest.near_edge));
    }
    return text + ".";
  }

  std::string Capacity() const {
    if (!one_.capacity.has_value()) {
      return "";
    }
    const TimeToCapacity& time = *one_.capacity;
    const std::string full = Quantity(spec_.capacity->at.value);
    if (time.reached_already) {
      return Concat(" The limit of ", full, " is reached already.");
    }
    const std::string look_ahead =
        TimeSpanText(absl::ToDoubleSeconds(std::max(spec_.capacity->look_ahead, spec_.horizon)));
    std::string text;
    if (time.median.has_value()) {
      const std::string earliest = Span(*time.earliest);
      const std::string latest = time.latest.has_value() ? Span(*time.latest) : Concat("more than ", look_ahead);
      // An interval that is as narrow as the words are coarse says nothing.
      text = Concat(
          " The limit of ", full, " is reached in ", Span(*time.median),
          earliest == latest ? "" : Concat(" (", LevelText(spec_.levels.back()), ": ", earliest, " to ", latest, ")"));
    } else {
      text = Concat(" The limit of ", full, " is probably not reached within ", look_ahead, " (probability ",
                    Percent(time.probability),
                    time.earliest.has_value() ? Concat("; at the earliest in ", Span(*time.earliest)) : "", ")");
    }
    if (time.late.has_value() && time.late->time.has_value()) {
      text += Concat("; if the slope of the last ", Span(static_cast<double>(time.late->rows)), " goes on, in ",
                     Span(*time.late->time));
    }
    return Concat(text, time.rests_on_drift ? "; beyond the forecast the drift of the history is carried on." : ".");
  }

  std::string Effects() const {
    std::string text;
    for (size_t k = 0; k < one_.effects.size(); ++k) {
      const RegressorEffect& effect = one_.effects[k];
      if (!effect.is_used) {
        continue;
      }
      const bool is_calendar = k >= spec_.regressors.size();
      const std::string what = !is_calendar                    ? Concat("One more of ", effect.name, " changes it by ")
                               : effect.name == kHolidayColumn ? std::string("A holiday changes it by ")
                                                               : Concat("On ", effect.name, "s it differs by ");
      text += Concat(" ", what, Signed(effect.per_unit), " (95 %: ", Signed(effect.lower), " to ", Signed(effect.upper),
                     ").");
    }
    return text;
  }

  std::string Patterns() const {
    constexpr double kLeastStrength = 0.05;
    std::string text;
    for (const ForecastPattern& pattern : one_.forecast.patterns) {
      if (pattern.strength >= kLeastStrength) {
        text += Concat(text.empty() ? "" : " and ", WithArticle(PatternName(pattern.period, step_ns_)), " pattern (",
                       Percent(pattern.strength), " of its variation by itself)");
      }
    }
    return text.empty() ? " It follows no pattern to speak of." : Concat(" It follows ", text, ".");
  }

  std::string Reliability() const {
    std::string text = Concat(" Reliability ", Percent(one_.forecast.reliability), ".");
    for (const ReliabilityReason& reason : one_.forecast.reasons) {
      if (!reason.text.empty() && reason.factor < 0.95) {
        text += Concat(" ", reason.text);
      }
    }
    return text;
  }

  std::string Uncertainty() const {
    std::string text;
    for (const UncertaintyFactor& factor : UncertaintyOf(context_, one_)) {
      text += Concat(" ", factor.text);
    }
    return text;
  }

 private:
  std::string Quantity(double value) const {
    const Band& widest = one_.forecast.bands.back();
    return QuantityText(value, series_.unit, std::abs(widest.upper.back() - widest.lower.back()));
  }
  std::string Signed(double value) const { return Concat(value >= 0 ? "+" : "", QuantityText(value, series_.unit)); }
  std::string At(size_t step) const {
    return MomentText(context_.input.plan.visible_to_ns + static_cast<int64_t>(step) * step_ns_);
  }
  std::string Span(double steps) const { return TimeSpanText(SecondsOf(steps, step_ns_)); }

  const AnswerContext& context_;
  const ForecastSpec& spec_;
  const SeriesForecast& one_;
  const ModelSeries& series_;
  int64_t step_ns_;
};

double WidthAt(const Band& band, size_t h) { return band.upper[h] - band.lower[h]; }

}  // namespace

std::string PatternName(size_t steps, int64_t step_ns) {
  const double seconds = SecondsOf(static_cast<double>(steps), step_ns);
  constexpr std::pair<double, const char*> kNames[] = {
      {3600, "hourly"}, {86'400, "daily"}, {7 * 86'400, "weekly"}, {365.25 * 86'400, "yearly"}};
  for (const auto& [length, name] : kNames) {
    if (std::abs(seconds - length) <= 0.01 * length) {
      return name;
    }
  }
  return TimeSpanText(seconds);
}

std::string WithArticle(std::string_view name) {
  const bool is_eleven = name.starts_with("11 ") || name.starts_with("18 ");
  return Concat(is_eleven || name.starts_with("8") || name.starts_with("hourly") ? "an " : "a ", name);
}

std::vector<UncertaintyFactor> UncertaintyOf(const AnswerContext& context, const SeriesForecast& one) {
  std::vector<UncertaintyFactor> factors;
  const Forecast& forecast = one.forecast;
  const Band& widest = forecast.bands.back();
  const size_t horizon = forecast.point.size();
  const int64_t step_ns = context.input.plan.step_ns;
  const double growth = WidthAt(widest, horizon - 1) / WidthAt(widest, 0);
  if (std::isfinite(growth) && growth >= 1.5) {
    factors.push_back({"band_growth", growth,
                       Concat("Its band is ", absl::StrFormat(growth < 9.95 ? "%.1f" : "%.0f", growth),
                              " times as wide at the end as at the beginning.")});
  }
  // What the reliability counts already is not told twice.
  const auto is_told = [&](std::string_view id) {
    return std::any_of(forecast.reasons.begin(), forecast.reasons.end(),
                       [&](const ReliabilityReason& reason) { return reason.id == id; });
  };
  const double missing =
      static_cast<double>(one.missing_steps) / static_cast<double>(std::max<size_t>(1, one.history_steps));
  if (missing >= 0.02 && !is_told("gaps")) {
    factors.push_back({"missing_data", missing, Concat(Percent(missing), " of its history is missing.")});
  }
  const size_t season =
      forecast.seasons.empty() ? 0 : *std::max_element(forecast.seasons.begin(), forecast.seasons.end());
  const double seasons = season == 0 ? 0 : static_cast<double>(one.history_steps) / static_cast<double>(season);
  if (season > 0 && seasons < 4 && !is_told("history")) {
    factors.push_back({"short_history", seasons,
                       Concat("The history holds its ", PatternName(season, step_ns), " pattern only ",
                              absl::StrFormat("%.1f", seasons), " times.")});
  }
  const double reach = static_cast<double>(horizon) / static_cast<double>(std::max<size_t>(1, one.history_steps));
  if (reach > 0.5 && !is_told("reach")) {
    factors.push_back({"long_reach", reach,
                       Concat("The horizon is ", absl::StrFormat("%.1f", reach), " times as long as the history.")});
  }
  for (const RegressorEffect& effect : one.effects) {
    if (effect.is_held) {
      factors.push_back({"held_regressor", effect.share,
                         Concat("Nothing is known of ", effect.name,
                                " ahead: its last value is taken to go on, and "
                                "the band does not know how it may change.")});
    }
  }
  return factors;
}

std::string ExplainForecast(const AnswerContext& context, const SeriesForecast& one) {
  const Story story(context, one);
  return Concat(story.Outlook(), story.Threshold(), story.Capacity(), story.Effects(), story.Patterns(),
                story.Reliability(), story.Uncertainty());
}

}  // namespace bellwether
