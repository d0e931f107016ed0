#include "server/query/exec/forecast_summary.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "nlohmann/json.hpp"
#include "server/query/exec/forecast_text.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr size_t kMostSeries = 100;

std::string MomentText(int64_t unix_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixNanos(unix_ns), absl::UTCTimeZone());
}

json StepTime(const ModelPlan& plan, std::optional<size_t> step) {
  return step.has_value() ? json(MomentText(plan.visible_to_ns + static_cast<int64_t>(*step) * plan.step_ns))
                          : json(nullptr);
}

json SecondsOf(const ModelPlan& plan, std::optional<double> steps) {
  return steps.has_value() ? json(RoundTo(*steps * static_cast<double>(plan.step_ns) / 1e9, 4)) : json(nullptr);
}

json Reasons(const Forecast& forecast) {
  json list = json::array();
  for (const ReliabilityReason& reason : forecast.reasons) {
    list.push_back({{"id", reason.id},
                    {"value", RoundTo(reason.value, 4)},
                    {"factor", RoundTo(reason.factor, 3)},
                    {"text", reason.text}});
  }
  return list;
}

json Patterns(const AnswerContext& context, const Forecast& forecast) {
  json list = json::array();
  const int64_t step_ns = context.input.plan.step_ns;
  for (const ForecastPattern& pattern : forecast.patterns) {
    list.push_back({{"name", PatternName(pattern.period, step_ns)},
                    {"seconds", static_cast<double>(pattern.period) * static_cast<double>(step_ns) / 1e9},
                    {"strength", RoundTo(pattern.strength, 3)}});
  }
  return list;
}

json Uncertainty(const AnswerContext& context, const SeriesForecast& one) {
  json list = json::array();
  for (const UncertaintyFactor& factor : UncertaintyOf(context, one)) {
    list.push_back({{"id", factor.id}, {"value", RoundTo(factor.value, 3)}, {"text", factor.text}});
  }
  return list;
}

json Threshold(const AnswerContext& context, const ThresholdCrossing& crossing) {
  const ModelPlan& plan = context.input.plan;
  const ThresholdSpec& threshold = *context.spec.forecast.threshold;
  json bands = json::array();
  for (const BandCrossing& band : crossing.bands) {
    bands.push_back({{"level", band.level},
                     {"nearEdge", StepTime(plan, band.near_edge)},
                     {"farEdge", StepTime(plan, band.far_edge)}});
  }
  return {{"value", threshold.value},
          {"direction", kSideNames[static_cast<size_t>(threshold.side)]},
          {"median", StepTime(plan, crossing.median)},
          {"bands", std::move(bands)},
          {"probability", RoundTo(crossing.by_step.empty() ? 0 : crossing.by_step.back(), 4)}};
}

json Capacity(const AnswerContext& context, const TimeToCapacity& time) {
  const ModelPlan& plan = context.input.plan;
  const CapacitySpec& capacity = *context.spec.forecast.capacity;
  return {{"value", capacity.at.value},
          {"direction", kSideNames[static_cast<size_t>(capacity.at.side)]},
          {"level", context.spec.forecast.levels.back()},
          {"lookAheadSeconds", absl::ToDoubleSeconds(capacity.look_ahead)},
          {"reachedAlready", time.reached_already},
          {"secondsLeft", SecondsOf(plan, time.median)},
          {"secondsLeftLower", SecondsOf(plan, time.earliest)},
          {"secondsLeftUpper", SecondsOf(plan, time.latest)},
          {"probability", RoundTo(time.probability, 4)},
          {"restsOnDrift", time.rests_on_drift},
          {"driftPerDay", RoundTo(time.drift.per_step * 86'400e9 / static_cast<double>(plan.step_ns), 4)}};
}

json Effects(const SeriesForecast& one) {
  json list = json::array();
  for (const RegressorEffect& effect : one.effects) {
    list.push_back({{"name", effect.name},
                    {"perUnit", RoundTo(effect.per_unit, 4)},
                    {"lower", RoundTo(effect.lower, 4)},
                    {"upper", RoundTo(effect.upper, 4)},
                    {"pValue", RoundTo(effect.p_value, 3)},
                    {"share", RoundTo(effect.share, 3)},
                    {"used", effect.is_used},
                    {"held", effect.is_held},
                    {"note", effect.note}});
  }
  return list;
}

json SeriesJson(const AnswerContext& context, const SeriesForecast& one) {
  const Forecast& forecast = one.forecast;
  json seasons = json::array();
  for (const size_t season : forecast.seasons) {
    seasons.push_back(static_cast<double>(season) * static_cast<double>(context.input.plan.step_ns) / 1e9);
  }
  json members = json::array();
  for (const MemberWeight& member : forecast.members) {
    members.push_back({{"id", member.id}, {"weight", RoundTo(member.weight, 3)}});
  }
  json series = {{"series", context.input.series[one.series].display_name},
                 {"method", forecast.method},
                 {"reliability", RoundTo(forecast.reliability, 3)},
                 {"reasons", Reasons(forecast)},
                 {"coverageOnHistory", RoundTo(forecast.history_coverage, 3)},
                 {"seasonSeconds", std::move(seasons)},
                 {"patterns", Patterns(context, forecast)},
                 {"members", std::move(members)},
                 {"uncertainty", Uncertainty(context, one)},
                 {"historySteps", one.history_steps},
                 {"text", ExplainForecast(context, one)}};
  if (one.crossing.has_value()) {
    series["threshold"] = Threshold(context, *one.crossing);
  }
  if (one.capacity.has_value()) {
    series["capacity"] = Capacity(context, *one.capacity);
  }
  if (!one.effects.empty()) {
    series["effects"] = Effects(one);
  }
  return series;
}

}  // namespace

std::string ForecastSummaryJson(const AnswerContext& context, const std::vector<SeriesForecast>& forecasts) {
  json list = json::array();
  for (size_t i = 0; i < std::min(forecasts.size(), kMostSeries); ++i) {
    list.push_back(SeriesJson(context, forecasts[i]));
  }
  json summary = {{"analysis", "forecast"},
                  {"horizonSeconds", absl::ToDoubleSeconds(context.spec.forecast.horizon)},
                  {"intervalSeconds", static_cast<double>(context.input.plan.step_ns) / 1e9},
                  {"series", std::move(list)}};
  if (forecasts.size() > kMostSeries) {
    summary["seriesLeftOut"] = forecasts.size() - kMostSeries;
  }
  return summary.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace bellwether
