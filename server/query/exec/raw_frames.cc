#include "server/query/exec/raw_frames.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/analytics/series/grid.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/exec/answer_context.h"
#include "server/query/exec/graph_style.h"
#include "server/query/exec/model_input.h"

namespace bellwether {
namespace {

// The step to ask for and to aggregate to: the query's own, or the one at which the panel can draw the whole range.
absl::Duration RawStep(const QuerySpec& spec, const Connector& connector, const TimeRange& range, size_t points) {
  if (spec.interval.has_value()) {
    return *spec.interval;
  }
  const absl::Duration fit = NiceStep(range.length() / static_cast<int64_t>(points));
  return std::max(fit, connector.PreferredStep());
}

bool SameTimes(const std::vector<RawSeries>& series) {
  return std::all_of(series.begin(), series.end(),
                     [&](const RawSeries& one) { return one.times_unix_ns == series.front().times_unix_ns; });
}

void Aggregate(const QueryRequest& request, absl::Duration step, RawSeries& series) {
  GridSeries grid = ToGrid(series.times_unix_ns, series.values, absl::ToUnixNanos(request.range.from),
                           absl::ToUnixNanos(request.range.to), absl::ToInt64Nanoseconds(step));
  series.times_unix_ns.resize(grid.values.size());
  for (size_t i = 0; i < grid.values.size(); ++i) {
    series.times_unix_ns[i] = grid.TimeAt(i);
  }
  series.values = std::move(grid.values);
}

Field ValueField(size_t index, const ModelSeries& names, std::vector<double> values) {
  return NumberField("value", std::move(values), names.labels, ValueStyle(index, names.display_name, names.unit));
}

}  // namespace

absl::StatusOr<std::vector<Frame>> AnswerRaw(const QuerySpec& spec, const QueryRequest& request,
                                             const Connector& connector, absl::Time now, const QueryLimits& limits,
                                             const Cancellation& cancellation) {
  BELLWETHER_RETURN_IF_ERROR(CheckRange(request.range));
  if (spec.form != AnswerForm::kOverlay && !request.from_alert) {
    return BadQueryError("Raw series have no such form. Set form to overlay, or choose another analysis.");
  }
  const size_t points = DisplayPoints(request.max_data_points, limits.max_display_points);
  const absl::Duration step = RawStep(spec, connector, request.range, points);
  if (request.range.length() / step > static_cast<int64_t>(limits.max_points_per_series)) {
    return BadQueryError(Concat("The time range holds more than ", limits.max_points_per_series,
                                " steps of the interval. Set a longer interval, or choose a shorter range."));
  }
  FetchRequest fetch;
  fetch.query_json = spec.source_json;
  fetch.range = {request.range.from, std::max(request.range.from, std::min(request.range.to, now))};
  fetch.step = step;
  fetch.max_series = limits.max_series;
  fetch.max_points_per_series = limits.max_points_per_series;
  FetchResult result;
  if (fetch.range.from < fetch.range.to) {
    BELLWETHER_ASSIGN_OR_RETURN(result, connector.Fetch(fetch, cancellation));
  }
  BELLWETHER_RETURN_IF_ERROR(cancellation.Check());

  // Points that the panel can draw are left as they are.
  const bool too_many = std::any_of(result.series.begin(), result.series.end(),
                                    [&](const RawSeries& one) { return one.values.size() > points; });
  std::vector<ModelSeries> names;
  for (RawSeries& one : result.series) {
    if (too_many || spec.interval.has_value()) {
      Aggregate(request, step, one);
    }
    names.push_back({one.name, "", one.labels, one.unit, {}, {}});
  }
  MakeNamesUnique(names);

  Frame base;
  base.ref_id = request.ref_id;
  base.meta.notices = std::move(result.notices);
  if (std::all_of(result.series.begin(), result.series.end(),
                  [](const RawSeries& one) { return one.values.empty(); })) {
    base.meta.notices.push_back(
        {NoticeSeverity::kInfo, "The source has no data in this time range. Choose another range."});
  }
  base.meta.executed_query = std::move(result.executed_query);
  std::vector<Frame> frames;
  if (result.series.empty() || SameTimes(result.series)) {
    base.meta.type = "timeseries-wide";
    base.name = names.size() == 1 ? names.front().name : "raw";
    if (!result.series.empty()) {
      base.fields.push_back(TimeField("time", std::move(result.series.front().times_unix_ns)));
    }
    for (size_t i = 0; i < names.size(); ++i) {
      base.fields.push_back(ValueField(i, names[i], std::move(result.series[i].values)));
    }
    frames.push_back(std::move(base));
    return frames;
  }
  for (size_t i = 0; i < names.size(); ++i) {
    Frame frame = base;
    if (i > 0) {
      frame.meta.notices.clear();
    }
    frame.meta.type = "timeseries-multi";
    frame.name = names[i].display_name;
    frame.fields.push_back(TimeField("time", std::move(result.series[i].times_unix_ns)));
    frame.fields.push_back(ValueField(i, names[i], std::move(result.series[i].values)));
    frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace bellwether
