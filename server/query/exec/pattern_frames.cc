#include "server/query/exec/pattern_frames.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "nlohmann/json.hpp"
#include "server/analytics/decomposition/mstl.h"
#include "server/analytics/patterns/patterns.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/forecast_text.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/pattern_text.h"
#include "server/query/exec/series_pass.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr std::string_view kVerb = "looked at";
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMostToldSeries = 100;  // in the summary, in words

struct SeriesPatterns {
  size_t series = 0;
  Patterns patterns;
  std::vector<double> line;  ///< trend and patterns together, by bucket; only for an overlay
};

bool IsOverlay(const AnswerContext& context) {
  return !context.request.from_alert && context.spec.form == AnswerForm::kOverlay;
}

SeriesPatterns Describe(const AnswerContext& context, size_t index) {
  const std::vector<double>& values = context.input.series[index].values;
  const int64_t step_ns = context.input.plan.step_ns;
  SeriesPatterns found;
  found.series = index;
  found.patterns = DescribePatterns(values, context.input.times_unix_ns.front(), step_ns);
  if (IsOverlay(context) && context.spec.show.expected) {
    std::vector<size_t> periods;
    for (const Period& period : found.patterns.periods) {
      periods.push_back(period.steps);
    }
    std::sort(periods.begin(), periods.end());
    Decomposition parts = DecomposeMstl(values, periods);
    found.line = std::move(parts.trend);
    for (const std::vector<double>& season : parts.seasonal) {
      for (size_t i = 0; i < found.line.size(); ++i) {
        found.line[i] += season[i];
      }
    }
  }
  return found;
}

double Strength(const Patterns& patterns) { return patterns.periods.empty() ? 0 : patterns.periods.front().strength; }

Frame OverlayFrame(const AnswerContext& context, const std::vector<SeriesPatterns>& all) {
  const size_t begin = context.input.visible_begin;
  const DisplayGrid grid(std::span(context.input.times_unix_ns).subspan(begin), context.input.plan.step_ns,
                         DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", grid.times_unix_ns()));
  for (const SeriesPatterns& one : all) {
    const ModelSeries& series = context.input.series[one.series];
    if (context.spec.show.value) {
      frame.fields.push_back(NumberField("value", grid.Mean(std::span(series.values).subspan(begin)), series.labels,
                                         ValueStyle(one.series, series.display_name, series.unit)));
    }
    if (context.spec.show.expected) {
      frame.fields.push_back(
          NumberField("pattern", grid.Mean(std::span(one.line).subspan(begin)), series.labels,
                      FittedStyle(one.series, Concat(series.display_name, " pattern"), series.unit, all.size() == 1)));
    }
  }
  return frame;
}

/// Columns of the table that are numbers, NaN where there is none.
struct PatternColumns {
  std::vector<std::string> series;
  std::vector<std::string> main;
  std::vector<std::string> explanation;
  std::array<std::vector<std::string>, 4> slots;  ///< highest and lowest hour, highest and lowest weekday
  std::array<std::vector<double>, 4> sizes;
  std::array<std::vector<double>, 4> scores;  ///< in the order of Patterns::scores
};

Frame RowsFrame(const AnswerContext& context, const std::vector<SeriesPatterns>& all) {
  PatternColumns columns;
  for (const SeriesPatterns& one : all) {
    const Patterns& patterns = one.patterns;
    columns.series.push_back(context.input.series[one.series].display_name);
    columns.main.emplace_back(BehaviourName(patterns.main));
    columns.explanation.push_back(Concat(
        "Patterns: ", PatternsText(patterns, context.input.plan.step_ns, context.input.series[one.series].unit)));
    const std::array<const std::optional<Peak>*, 4> peaks = {&patterns.peak_hour, &patterns.low_hour,
                                                             &patterns.peak_weekday, &patterns.low_weekday};
    for (size_t k = 0; k < peaks.size(); ++k) {
      const std::optional<Peak>& peak = *peaks[k];
      columns.slots[k].push_back(!peak.has_value() ? ""
                                 : k < 2           ? HourName(peak->slot)
                                                   : std::string(WeekdayName(peak->slot)));
      columns.sizes[k].push_back(peak.has_value() ? RoundTo(peak->size, 4) : kNan);
    }
    for (size_t k = 0; k < columns.scores.size(); ++k) {
      columns.scores[k].push_back(k < patterns.scores.size() ? RoundTo(patterns.scores[k].number, 4) : kNan);
    }
  }
  Frame frame = StartFrame(context, "patterns", "table");
  frame.fields.push_back(StringField("series", columns.series));
  frame.fields.push_back(StringField("mainly", columns.main));
  frame.fields.push_back(StringField("explanation", columns.explanation, SentenceStyle()));
  constexpr std::array kSlots = {"highest hour", "lowest hour", "highest weekday", "lowest weekday"};
  constexpr std::array kSizes = {"highest hour by", "lowest hour by", "highest weekday by", "lowest weekday by"};
  for (size_t k = 0; k < kSlots.size(); ++k) {
    frame.fields.push_back(StringField(kSlots[k], columns.slots[k]));
    frame.fields.push_back(NumberField(kSizes[k], std::move(columns.sizes[k])));
  }
  constexpr std::array kScores = {"seasonal", "trending", "volatile", "stable"};
  for (size_t k = 0; k < kScores.size(); ++k) {
    FieldConfig config;
    config.unit = "percentunit";
    frame.fields.push_back(NumberField(kScores[k], std::move(columns.scores[k]), {}, std::move(config)));
  }
  return frame;
}

Frame StrengthFrame(const AnswerContext& context, const std::vector<SeriesPatterns>& all) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const SeriesPatterns& one : all) {
    const ModelSeries& series = context.input.series[one.series];
    FieldConfig config = PlainNumberStyle(Concat(series.display_name, " pattern strength"), "percentunit");
    config.min = 0;
    config.max = 1;
    frame.fields.push_back(NumberField("pattern_strength", {Strength(one.patterns)}, series.labels, std::move(config)));
  }
  return frame;
}

json PeakJson(const std::optional<Peak>& peak) {
  if (!peak.has_value()) {
    return nullptr;
  }
  return {{"slot", peak->slot},
          {"level", RoundTo(peak->level, 6)},
          {"size", RoundTo(peak->size, 6)},
          {"share", RoundTo(peak->share, 3)},
          {"cycles", peak->cycles}};
}

json SummaryJson(const AnswerContext& context, const std::vector<SeriesPatterns>& all) {
  json list = json::array();
  for (const SeriesPatterns& one : all) {
    const ModelSeries& series = context.input.series[one.series];
    const Patterns& patterns = one.patterns;
    json periods = json::array();
    for (const Period& period : patterns.periods) {
      periods.push_back({{"name", PatternName(period.steps, context.input.plan.step_ns)},
                         {"steps", period.steps},
                         {"strength", RoundTo(period.strength, 3)}});
    }
    json scores = json::object();
    for (const BehaviourScore& score : patterns.scores) {
      scores[std::string(BehaviourName(score.behaviour))] = {
          {"number", RoundTo(score.number, 4)}, {"limit", score.limit}, {"holds", score.holds}};
    }
    json entry = {{"series", series.display_name},
                  {"mainly", BehaviourName(patterns.main)},
                  {"periods", std::move(periods)},
                  {"behaviours", std::move(scores)},
                  {"highestHour", PeakJson(patterns.peak_hour)},
                  {"lowestHour", PeakJson(patterns.low_hour)},
                  {"highestWeekday", PeakJson(patterns.peak_weekday)},
                  {"lowestWeekday", PeakJson(patterns.low_weekday)}};
    if (list.size() < kMostToldSeries) {
      entry["text"] = Concat("Patterns: ", PatternsText(patterns, context.input.plan.step_ns, series.unit));
    }
    list.push_back(std::move(entry));
  }
  return {{"analysis", "patterns"},
          {"intervalSeconds", static_cast<double>(context.input.plan.step_ns) / 1e9},
          {"series", std::move(list)}};
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerPatterns(const AnswerContext& context) {
  const AnswerForm form = context.spec.form;
  if (!context.request.from_alert && (form == AnswerForm::kSeverity || form == AnswerForm::kAnnotations)) {
    return BadQueryError("Patterns have no such form. Set form to overlay, rows or last.");
  }
  std::vector<SeriesPatterns> results(context.input.series.size());
  BELLWETHER_ASSIGN_OR_RETURN(const SeriesPass pass,
                              ForEachSeries(context, kVerb, [&](size_t i) { results[i] = Describe(context, i); }));
  std::vector<SeriesPatterns> all;
  for (size_t i = 0; i < results.size(); ++i) {
    if (pass.Has(i)) {
      all.push_back(std::move(results[i]));
    }
  }
  Frame frame = context.request.from_alert || form == AnswerForm::kLast ? StrengthFrame(context, all)
                : form == AnswerForm::kRows                             ? RowsFrame(context, all)
                                                                        : OverlayFrame(context, all);
  AddLateNotice(pass, kVerb, frame);
  frame.meta.custom_json = SummaryJson(context, all).dump();
  return std::vector<Frame>{std::move(frame)};
}

}  // namespace bellwether
