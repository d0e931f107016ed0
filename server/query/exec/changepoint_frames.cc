#include "server/query/exec/changepoint_frames.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "nlohmann/json.hpp"
#include "server/analytics/changepoint/online_changepoints.h"
#include "server/analytics/changepoint/segment_lines.h"
#include "server/analytics/seasonality/period_finder.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/change_marks.h"
#include "server/query/exec/display_grid.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/series_pass.h"

namespace bellwether {
namespace {

constexpr std::string_view kVerb = "searched";
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kStrongSeason = 0.3;
constexpr size_t kMostToldSeries = 100;  // in the summary, change by change

/// What one series did.
struct SeriesChanges {
  size_t series = 0;
  std::vector<ChangeMark> marks;  ///< within the panel's range, ascending
  std::vector<size_t> places;     ///< of all changes of the history too
  std::vector<size_t> known_at;   ///< within the range: where a change lies or, found online, where it was told
  std::vector<double> line;       ///< by bucket of the grid
};

/// The season that an online search takes out: what the history before the panel's range shows, so that no later value
/// speaks.
size_t SeasonBefore(std::span<const double> history, int64_t step_ns) {
  const std::vector<Period> periods = FindPeriods(history, {.max_periods = 2, .step_ns = step_ns});
  return !periods.empty() && periods.front().strength >= kStrongSeason ? periods.front().steps : 0;
}

SeriesChanges Search(const AnswerContext& context, size_t index) {
  const ModelInput& input = context.input;
  const std::span<const double> values = input.series[index].values;
  const ChangepointSpec& spec = context.spec.changepoints;
  SeriesChanges found;
  found.series = index;
  const auto add = [&](const ChangePoint& change, size_t known_at, int64_t told_at_unix_ns) {
    if (change.confidence < spec.min_confidence) {
      return;
    }
    found.places.push_back(change.index);
    if (change.index >= input.visible_begin) {
      found.marks.push_back({index, change, input.times_unix_ns[change.index], told_at_unix_ns});
    }
    if (known_at >= input.visible_begin) {  // even where the change itself lies before a rule's short range
      found.known_at.push_back(known_at);
    }
  };
  if (spec.online) {
    OnlineChangeOptions options;
    options.period = SeasonBefore(values.first(input.visible_begin), input.plan.step_ns);
    for (const OnlineChange& told : FindChangePointsOnline(values, options)) {
      add(told.change, told.told_at, input.times_unix_ns[told.told_at] + input.plan.step_ns);
    }
  } else {
    for (const ChangePoint& change : FindChangePoints(values)) {
      add(change, change.index, 0);
    }
  }
  found.line = SegmentLines(values, found.places);
  return found;
}

Frame OverlayFrame(const AnswerContext& context, const std::vector<SeriesChanges>& all) {
  const size_t begin = context.input.visible_begin;
  const DisplayGrid grid(std::span(context.input.times_unix_ns).subspan(begin), context.input.plan.step_ns,
                         DisplayPoints(context.request.max_data_points, context.limits.max_display_points));
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", grid.times_unix_ns()));
  const ShowSet& show = context.spec.show;
  for (const SeriesChanges& one : all) {
    const ModelSeries& series = context.input.series[one.series];
    const std::vector<double> line = grid.Mean(std::span(one.line).subspan(begin));
    if (show.value) {
      frame.fields.push_back(NumberField("value", grid.Mean(std::span(series.values).subspan(begin)), series.labels,
                                         ValueStyle(one.series, series.display_name, series.unit)));
    }
    if (show.expected) {
      frame.fields.push_back(
          NumberField("level", line, series.labels,
                      FittedStyle(one.series, Concat(series.display_name, " level"), series.unit, all.size() == 1)));
    }
    if (show.points && !one.marks.empty()) {
      std::vector<double> points(grid.size(), kNan);
      for (const ChangeMark& mark : one.marks) {
        const size_t at = mark.change.index - begin;
        for (size_t i = 0; i < grid.size(); ++i) {
          if (at >= grid.begin(i) && at < grid.end(i)) {
            points[i] = one.line[mark.change.index];
          }
        }
      }
      frame.fields.push_back(
          NumberField("change", std::move(points), series.labels,
                      ChangeStyle(one.series, Concat(series.display_name, " change"), series.unit, all.size() == 1)));
    }
  }
  return frame;
}

std::vector<ChangeMark> AllMarks(const std::vector<SeriesChanges>& all) {
  std::vector<ChangeMark> marks;
  for (const SeriesChanges& one : all) {
    marks.insert(marks.end(), one.marks.begin(), one.marks.end());
  }
  return marks;
}

Frame RowsFrame(const AnswerContext& context, const std::vector<SeriesChanges>& all) {
  std::vector<ChangeMark> marks = AllMarks(all);
  std::stable_sort(marks.begin(), marks.end(),
                   [](const ChangeMark& a, const ChangeMark& b) { return a.time_unix_ns > b.time_unix_ns; });
  std::vector<int64_t> times;
  std::vector<int64_t> told;
  std::vector<std::string> series;
  std::vector<std::string> kinds;
  std::vector<std::string> texts;
  std::vector<double> before;
  std::vector<double> after;
  std::vector<double> relative;
  std::vector<double> confidence;
  const int64_t step_ns = context.input.plan.step_ns;
  for (const ChangeMark& mark : marks) {
    const ChangePoint& change = mark.change;
    times.push_back(mark.time_unix_ns);
    told.push_back(mark.told_at_unix_ns);
    series.push_back(context.input.series[mark.series].display_name);
    kinds.emplace_back(ChangeKindName(change.kind));
    texts.push_back(ChangeText(change, context.input.series[mark.series].unit, step_ns));
    before.push_back(RoundTo(ReadableSize(change, change.before, step_ns), 6));
    after.push_back(RoundTo(ReadableSize(change, change.after, step_ns), 6));
    relative.push_back(RoundTo(RelativeSize(change), 4));
    confidence.push_back(RoundTo(change.confidence, 3));
  }
  Frame frame = StartFrame(context, "changepoints", "table");
  frame.fields.push_back(TimeColumnField("time", std::move(times)));
  if (context.spec.changepoints.online) {
    frame.fields.push_back(TimeColumnField("told at", std::move(told)));
  }
  frame.fields.push_back(StringField("series", series));
  frame.fields.push_back(StringField("kind", kinds));
  frame.fields.push_back(StringField("explanation", texts, SentenceStyle()));
  frame.fields.push_back(NumberField("before", std::move(before)));
  frame.fields.push_back(NumberField("after", std::move(after)));
  FieldConfig share;
  share.unit = "percentunit";
  frame.fields.push_back(NumberField("change", std::move(relative), {}, share));
  frame.fields.push_back(NumberField("confidence", std::move(confidence), {}, share));
  return frame;
}

/// By bucket, 1 where a change is known and 0 elsewhere, missing where the input is.
Frame AlertFrame(const AnswerContext& context, const std::vector<SeriesChanges>& all) {
  const size_t begin = context.input.visible_begin;
  const auto times = std::span(context.input.times_unix_ns).subspan(begin);
  Frame frame = StartFrame(context, AnswerName(context), "timeseries-wide");
  frame.fields.push_back(TimeField("time", {times.begin(), times.end()}));
  for (const SeriesChanges& one : all) {
    const ModelSeries& series = context.input.series[one.series];
    std::vector<double> dense(times.size());
    for (size_t i = 0; i < dense.size(); ++i) {
      dense[i] = std::isfinite(series.values[begin + i]) ? 0 : kNan;
    }
    for (const size_t at : one.known_at) {
      dense[at - begin] = 1;
    }
    frame.fields.push_back(NumberField("changed", std::move(dense), series.labels));
  }
  return frame;
}

Frame CountFrame(const AnswerContext& context, const std::vector<SeriesChanges>& all) {
  Frame frame = StartFrame(context, AnswerName(context), "numeric-wide");
  for (const SeriesChanges& one : all) {
    const ModelSeries& series = context.input.series[one.series];
    FieldConfig config = PlainNumberStyle(Concat(series.display_name, " changes"), "");
    config.decimals = 0;
    frame.fields.push_back(
        NumberField("changes", {static_cast<double>(one.marks.size())}, series.labels, std::move(config)));
  }
  return frame;
}

// The marks as facts: time, kind, before, after, confidence, text.
nlohmann::json ChangesJson(const AnswerContext& context, const std::vector<ChangeMark>& marks) {
  nlohmann::json list = nlohmann::json::array();
  const int64_t step_ns = context.input.plan.step_ns;
  for (const ChangeMark& mark : marks) {
    const ChangePoint& change = mark.change;
    list.push_back({{"timeMs", mark.time_unix_ns / 1'000'000},
                    {"kind", ChangeKindName(change.kind)},
                    {"before", RoundTo(ReadableSize(change, change.before, step_ns), 6)},
                    {"after", RoundTo(ReadableSize(change, change.after, step_ns), 6)},
                    {"confidence", RoundTo(change.confidence, 3)},
                    {"text", ChangeText(change, context.input.series[mark.series].unit, step_ns)}});
  }
  return list;
}

nlohmann::json SummaryJson(const AnswerContext& context, const std::vector<SeriesChanges>& all) {
  nlohmann::json list = nlohmann::json::array();
  for (const SeriesChanges& one : all) {
    nlohmann::json entry = {{"series", context.input.series[one.series].display_name}, {"count", one.marks.size()}};
    if (list.size() < kMostToldSeries) {
      entry["changes"] = ChangesJson(context, one.marks);
    }
    list.push_back(std::move(entry));
  }
  return {{"analysis", "changepoints"},
          {"mode", kChangepointModeNames[context.spec.changepoints.online ? 1 : 0]},
          {"intervalSeconds", static_cast<double>(context.input.plan.step_ns) / 1e9},
          {"historySeconds", static_cast<double>(context.input.plan.history_ns) / 1e9},
          {"series", std::move(list)}};
}

void AddShortNotice(const AnswerContext& context, Frame& frame) {
  size_t short_series = 0;
  for (const ModelSeries& series : context.input.series) {
    const auto present = static_cast<size_t>(
        std::count_if(series.values.begin(), series.values.end(), [](double value) { return std::isfinite(value); }));
    short_series += present < kLeastChangeValues ? 1 : 0;
  }
  if (short_series > 0) {
    frame.meta.notices.push_back(
        {NoticeSeverity::kInfo,
         Concat(short_series, " of ", context.input.series.size(),
                short_series == 1 ? " series has fewer than " : " series have fewer than ", kLeastChangeValues,
                " values; nothing can be told of their changes. Widen the time range, or set a longer history.")});
  }
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerChangepoints(const AnswerContext& context) {
  const AnswerForm form = context.spec.form;
  if (!context.request.from_alert && form == AnswerForm::kSeverity) {
    return BadQueryError("Change points have no such form. Set form to overlay, rows, last or annotations.");
  }
  std::vector<SeriesChanges> results(context.input.series.size());
  BELLWETHER_ASSIGN_OR_RETURN(const SeriesPass pass,
                              ForEachSeries(context, kVerb, [&](size_t i) { results[i] = Search(context, i); }));
  std::vector<SeriesChanges> all;
  for (size_t i = 0; i < results.size(); ++i) {
    if (pass.Has(i)) {
      all.push_back(std::move(results[i]));
    }
  }
  Frame frame;
  std::vector<Frame> more;
  if (context.request.from_alert) {
    frame = AlertFrame(context, all);
  } else if (form == AnswerForm::kRows) {
    frame = RowsFrame(context, all);
  } else if (form == AnswerForm::kLast) {
    frame = CountFrame(context, all);
  } else if (form == AnswerForm::kAnnotations) {
    frame = RegionsFrame(context, ChangeRegions(context, AllMarks(all)), /*as_annotation_query=*/true);
  } else {
    frame = OverlayFrame(context, all);
    if (context.spec.show.regions) {
      more.push_back(RegionsFrame(context, ChangeRegions(context, AllMarks(all)), /*as_annotation_query=*/false));
    }
  }
  AddLateNotice(pass, kVerb, frame);
  AddShortNotice(context, frame);
  frame.meta.custom_json = SummaryJson(context, all).dump();
  std::vector<Frame> frames{std::move(frame)};
  std::move(more.begin(), more.end(), std::back_inserter(frames));
  return frames;
}

}  // namespace bellwether
