#include "server/query/exec/trend_frames.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "nlohmann/json.hpp"
#include "server/analytics/changepoint/changepoints.h"
#include "server/analytics/trend/trend.h"
#include "server/analytics/trend/trend_outlook.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/change_marks.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/series_pass.h"
#include "server/query/exec/trend_text.h"

namespace bellwether {
namespace {

struct SeriesTrend {
  size_t series = 0;
  TrendOutlook outlook;
  Trend trend;                       ///< of the whole range
  std::vector<ChangePoint> changes;  ///< where they are asked for
};

constexpr size_t kMostToldSeries = 100;  // in the summary, in words
constexpr double kNanosecondsPerDay = 86'400e9;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double StepsPerDay(const AnswerContext& context) {
  return kNanosecondsPerDay / static_cast<double>(context.input.plan.step_ns);
}

// The change over the whole range as a share of the line's value at its start.
double RelativeChange(const AnswerContext& context, const Trend& trend) {
  const auto steps = static_cast<double>(VisiblePart(context.input).size);
  return trend.intercept == 0 ? kNan : trend.slope * steps / std::abs(trend.intercept);
}

// Growth of the line in a day as a share of the usual value; NaN where that is 0.
double GrowthPerDay(const AnswerContext& context, const TrendOutlook& outlook) {
  return outlook.growth.has_value() ? *outlook.growth * StepsPerDay(context) : kNan;
}

Frame OverlayFrame(const AnswerContext& context, const std::vector<SeriesTrend>& trends) {
  const auto times = std::span(context.input.times_unix_ns).subspan(context.input.visible_begin);
  const DisplayGrid grid(times, context.input.plan.step_ns,
                         DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", grid.times_unix_ns()));
  for (const SeriesTrend& one : trends) {
    const ModelSeries& series = context.input.series[one.series];
    const auto values = std::span(series.values).subspan(context.input.visible_begin);
    std::vector<double> line(values.size());
    for (size_t i = 0; i < line.size(); ++i) {
      line[i] = one.trend.intercept + one.trend.slope * static_cast<double>(i);
    }
    frame.fields.push_back(NumberField("value", grid.Mean(values), series.labels,
                                       ValueStyle(one.series, series.display_name, series.unit)));
    frame.fields.push_back(
        NumberField("trend", grid.Mean(line), series.labels,
                    FittedStyle(one.series, Concat(series.display_name, " trend"), series.unit, trends.size() == 1)));
  }
  return frame;
}

// A column of the table.
struct NumberColumn {
  const char* name;
  bool is_share = false;
};
constexpr std::array kNumbers = {NumberColumn{"per day"},
                                 NumberColumn{"per day lower"},
                                 NumberColumn{"per day upper"},
                                 NumberColumn{"per week"},
                                 NumberColumn{"growth per day", true},
                                 NumberColumn{"growth per week", true},
                                 NumberColumn{"change over range", true},
                                 NumberColumn{"p-value"},
                                 NumberColumn{"tau"},
                                 NumberColumn{"R²"},
                                 NumberColumn{"strength"},
                                 NumberColumn{"recent per day"},
                                 NumberColumn{"chance of going on", true}};

Frame RowsFrame(const AnswerContext& context, const std::vector<SeriesTrend>& trends) {
  Frame frame = StartFrame(context, "trend", "table");
  std::vector<std::string> names;
  std::vector<std::string> directions;
  std::vector<std::string> recent;
  std::vector<std::string> explanations;
  std::array<std::vector<double>, kNumbers.size()> numbers;
  const double per_day = StepsPerDay(context);
  for (const SeriesTrend& one : trends) {
    const ModelSeries& series = context.input.series[one.series];
    names.push_back(series.display_name);
    directions.emplace_back(TrendDirectionName(one.trend.direction));
    recent.emplace_back(TrendDirectionName(one.outlook.recent.direction));
    explanations.push_back(Concat("Trend: ", TrendText(one.outlook, context.input.plan.step_ns, series.unit)));
    const std::array<double, kNumbers.size()> row = {one.trend.slope * per_day,
                                                     one.trend.slope_lower * per_day,
                                                     one.trend.slope_upper * per_day,
                                                     one.trend.slope * per_day * 7,
                                                     GrowthPerDay(context, one.outlook),
                                                     GrowthPerDay(context, one.outlook) * 7,
                                                     RelativeChange(context, one.trend),
                                                     one.trend.p_value,
                                                     one.trend.tau,
                                                     one.trend.r_squared,
                                                     one.outlook.strength,
                                                     one.outlook.recent.slope * per_day,
                                                     one.outlook.origins > 0 ? one.outlook.continuation : kNan};
    for (size_t i = 0; i < row.size(); ++i) {
      numbers[i].push_back(RoundTo(row[i], 4));
    }
  }
  frame.fields.push_back(StringField("series", names));
  frame.fields.push_back(StringField("direction", directions));
  frame.fields.push_back(StringField("recent", recent));
  frame.fields.push_back(StringField("explanation", explanations, SentenceStyle()));
  for (size_t i = 0; i < kNumbers.size(); ++i) {
    FieldConfig config;
    if (kNumbers[i].is_share) {
      config.unit = "percentunit";
    }
    frame.fields.push_back(NumberField(kNumbers[i].name, std::move(numbers[i]), {}, std::move(config)));
  }
  return frame;
}

Frame SlopeFrame(const AnswerContext& context, const std::vector<SeriesTrend>& trends) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const SeriesTrend& one : trends) {
    const ModelSeries& series = context.input.series[one.series];
    FieldConfig config = PlainNumberStyle(Concat(series.display_name, " per day"), series.unit);
    frame.fields.push_back(
        NumberField("slope_per_day", {one.trend.slope * StepsPerDay(context)}, series.labels, std::move(config)));
  }
  return frame;
}

// Where level, slope or scatter changed for a while.
std::vector<ChangeMark> MarksOf(const AnswerContext& context, const std::vector<SeriesTrend>& trends) {
  std::vector<ChangeMark> marks;
  for (const SeriesTrend& one : trends) {
    for (const ChangePoint& change : one.changes) {
      marks.push_back({one.series, change, context.input.times_unix_ns[context.input.visible_begin + change.index], 0});
    }
  }
  return marks;
}

nlohmann::json NumberOrNull(double value) {
  return std::isfinite(value) ? nlohmann::json(RoundTo(value, 4)) : nlohmann::json(nullptr);
}

nlohmann::json SummaryJson(const AnswerContext& context, const std::vector<SeriesTrend>& trends) {
  nlohmann::json list = nlohmann::json::array();
  const double per_day = StepsPerDay(context);
  for (const SeriesTrend& one : trends) {
    list.push_back({{"series", context.input.series[one.series].display_name},
                    {"direction", TrendDirectionName(one.trend.direction)},
                    {"slopePerDay", RoundTo(one.trend.slope * per_day, 4)},
                    {"slopePerDayLower", RoundTo(one.trend.slope_lower * per_day, 4)},
                    {"slopePerDayUpper", RoundTo(one.trend.slope_upper * per_day, 4)},
                    {"pValue", RoundTo(one.trend.p_value, 4)},
                    {"recentDirection", TrendDirectionName(one.outlook.recent.direction)},
                    {"recentPerDay", RoundTo(one.outlook.recent.slope * per_day, 4)},
                    {"strength", RoundTo(one.outlook.strength, 4)},
                    {"rSquared", RoundTo(one.trend.r_squared, 4)},
                    {"growthPerDay", NumberOrNull(GrowthPerDay(context, one.outlook))},
                    {"continuation", NumberOrNull(one.outlook.origins > 0 ? one.outlook.continuation : kNan)},
                    {"changes", one.changes.size()},
                    {"points", one.trend.points}});
    if (list.size() <= kMostToldSeries) {
      list.back()["text"] =
          Concat("Trend: ", TrendText(one.outlook, context.input.plan.step_ns, context.input.series[one.series].unit));
    }
  }
  return {{"analysis", "trend"},
          {"intervalSeconds", static_cast<double>(context.input.plan.step_ns) / 1e9},
          {"series", std::move(list)}};
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerTrend(const AnswerContext& context) {
  constexpr std::string_view kVerb = "looked at";
  const bool wants_changes =
      !context.request.from_alert && (context.spec.form == AnswerForm::kAnnotations || context.spec.show.regions);
  std::vector<absl::StatusOr<TrendOutlook>> results(context.input.series.size(), absl::UnknownError("not yet"));
  std::vector<std::vector<ChangePoint>> changes(results.size());
  BELLWETHER_ASSIGN_OR_RETURN(const SeriesPass pass, ForEachSeries(context, kVerb, [&](size_t i) {
                                const auto values =
                                    std::span(context.input.series[i].values).subspan(context.input.visible_begin);
                                results[i] = EstimateTrendOutlook(values);
                                if (wants_changes) {
                                  changes[i] = FindChangePoints(values);
                                }
                              }));
  std::vector<SeriesTrend> trends;
  absl::Status failure;
  for (size_t i = 0; i < results.size(); ++i) {
    if (pass.Has(i) && results[i].ok()) {
      trends.push_back({i, *results[i], results[i]->whole, std::move(changes[i])});
    } else if (pass.Has(i)) {
      failure = results[i].status();
    }
  }
  if (trends.empty() && !failure.ok()) {
    return failure;
  }
  Frame frame;
  std::vector<Frame> more;
  if (context.request.from_alert || context.spec.form == AnswerForm::kLast) {
    frame = SlopeFrame(context, trends);
  } else if (context.spec.form == AnswerForm::kRows) {
    frame = RowsFrame(context, trends);
  } else if (context.spec.form == AnswerForm::kOverlay) {
    frame = OverlayFrame(context, trends);
    if (wants_changes) {
      more.push_back(
          RegionsFrame(context, ChangeRegions(context, MarksOf(context, trends)), /*as_annotation_query=*/false));
    }
  } else if (context.spec.form == AnswerForm::kAnnotations) {
    frame = RegionsFrame(context, ChangeRegions(context, MarksOf(context, trends)), /*as_annotation_query=*/true);
  } else {
    return BadQueryError("A trend has no such form. Set form to overlay, rows, last or annotations.");
  }
  AddLateNotice(pass, kVerb, frame);
  if (!failure.ok()) {
    const size_t without = pass.wanted - pass.late - trends.size();
    frame.meta.notices.push_back(
        {NoticeSeverity::kWarning,
         Concat(without, " of ", pass.wanted, without == 1 ? " series has no trend. " : " series have no trend. ",
                failure.message())});
  }
  frame.meta.custom_json = SummaryJson(context, trends).dump();
  std::vector<Frame> frames{std::move(frame)};
  std::move(more.begin(), more.end(), std::back_inserter(frames));
  return frames;
}

}  // namespace bellwether
