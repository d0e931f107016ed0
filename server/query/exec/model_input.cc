#include "server/query/exec/model_input.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "server/analytics/series/grid.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/base/time/step.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

// Where the step is not known before the data are seen, they are asked for at this one.
constexpr absl::Duration kProbeStep = absl::Minutes(1);

absl::StatusOr<FetchResult> Fetch(const QuerySpec& spec, const Connector& connector, TimeRange range,
                                  absl::Duration step, const QueryLimits& limits, const Cancellation& cancellation) {
  FetchRequest request;
  request.query_json = spec.source_json;
  request.range = range;
  request.step = step;
  request.max_series = limits.max_series;
  request.max_points_per_series = 2 * limits.max_points_per_series;
  BELLWETHER_ASSIGN_OR_RETURN(FetchResult result, connector.Fetch(request, cancellation));
  if (result.series.size() > limits.max_series) {
    result.notices.push_back(
        {NoticeSeverity::kWarning, Concat("Only the first ", limits.max_series, " of ", result.series.size(),
                                          " series are analysed. Filter by labels to choose others.")});
    result.series.resize(limits.max_series);
  }
  return result;
}

// The typical distance between points: the median over the series of each one's median step.
absl::Duration InferStep(const std::vector<RawSeries>& series) {
  std::vector<int64_t> steps;
  for (const RawSeries& one : series) {
    if (const int64_t step = MedianStep(one.times_unix_ns); step > 0) {
      steps.push_back(step);
    }
  }
  if (steps.empty()) {
    return kProbeStep;
  }
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  // Two thirds, so that a step that jitters around a round figure finds it: 61 s becomes 1 m, not 2 m.
  return NiceStep(std::max(absl::Nanoseconds(*middle) * 2 / 3, absl::Milliseconds(1)));
}

int64_t FirstTime(const std::vector<RawSeries>& series, int64_t from_ns, int64_t to_ns) {
  int64_t first = to_ns;
  for (const RawSeries& one : series) {
    const auto begin = std::lower_bound(one.times_unix_ns.begin(), one.times_unix_ns.end(), from_ns);
    if (begin != one.times_unix_ns.end()) {
      first = std::min(first, *begin);
    }
  }
  return first;
}

// How far beyond the plan's end the values of regressors are asked for.
absl::Duration Ahead(const QuerySpec& spec) {
  const bool is_explained = spec.analysis == Analysis::kForecast && !spec.forecast.regressors.empty();
  return is_explained ? spec.forecast.horizon : absl::ZeroDuration();
}

void PutOnGrid(std::vector<RawSeries> raw, int64_t start_ns, absl::Duration ahead, ModelInput& input) {
  const ModelPlan& plan = input.plan;
  if (start_ns >= plan.visible_to_ns) {
    start_ns = plan.visible_to_ns;
  }
  const auto size = static_cast<size_t>((plan.visible_to_ns - start_ns) / plan.step_ns);
  input.times_unix_ns.resize(size);
  for (size_t i = 0; i < size; ++i) {
    input.times_unix_ns[i] = start_ns + static_cast<int64_t>(i) * plan.step_ns;
  }
  input.visible_begin = static_cast<size_t>(std::max<int64_t>(0, plan.visible_from_ns - start_ns) / plan.step_ns);
  input.visible_begin = std::min(input.visible_begin, size);
  input.series.reserve(raw.size());
  for (RawSeries& one : raw) {
    ModelSeries series;
    series.name = std::move(one.name);
    series.labels = std::move(one.labels);
    series.unit = std::move(one.unit);
    if (size > 0) {
      series.values = ToGrid(one.times_unix_ns, one.values, start_ns, plan.visible_to_ns, plan.step_ns).values;
    }
    if (ahead > absl::ZeroDuration()) {
      const int64_t to_ns = plan.visible_to_ns + CeilToStep(absl::ToInt64Nanoseconds(ahead), plan.step_ns);
      series.ahead = ToGrid(one.times_unix_ns, one.values, plan.visible_to_ns, to_ns, plan.step_ns).values;
    }
    // The raw points are not needed any more: one copy of the input at a time.
    std::vector<int64_t>().swap(one.times_unix_ns);
    std::vector<double>().swap(one.values);
    input.series.push_back(std::move(series));
  }
  MakeNamesUnique(input.series);
}

// Says after which gap nothing is left of what was learned before: the longest one of all series.
void AddGapNotice(ModelInput& input) {
  size_t longest = 0;
  size_t begin = 0;
  const ModelSeries* of = nullptr;
  for (const ModelSeries& series : input.series) {
    size_t after_last = 0;  // 0: no value yet
    for (size_t i = 0; i < series.values.size(); ++i) {
      if (std::isnan(series.values[i])) {
        continue;
      }
      if (after_last > 0 && i - after_last > longest) {
        longest = i - after_last;
        begin = after_last;
        of = &series;
      }
      after_last = i + 1;
    }
  }
  const int64_t gap_ns = static_cast<int64_t>(longest) * input.plan.step_ns;
  if (of == nullptr || gap_ns <= input.plan.history_ns) {
    return;
  }
  input.notices.push_back(
      {NoticeSeverity::kInfo,
       Concat(of->display_name, " has no values for ", DurationText(absl::Nanoseconds(gap_ns)), " from ",
              absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(input.times_unix_ns[begin]),
                               absl::UTCTimeZone()),
              " on, longer than the history of ", DurationText(absl::Nanoseconds(input.plan.history_ns)),
              " that is learned from: learning begins anew after it.")});
}

absl::Status CheckTotal(size_t series, size_t steps, const QueryLimits& limits) {
  if (steps > 0 && series > limits.max_points_total / steps) {
    return BadQueryError(Concat("The answer would need ", series, " series of ", steps, " steps; at most ",
                                limits.max_points_total,
                                " points in all can be analysed. Choose fewer series, a shorter history or a "
                                "longer interval."));
  }
  return absl::OkStatus();
}

}  // namespace

void MakeNamesUnique(std::vector<ModelSeries>& series) {
  std::set<std::string> metrics;
  for (const ModelSeries& one : series) {
    metrics.insert(one.name);
  }
  std::map<std::string, int> display_names;
  std::map<Labels, int> label_sets;
  for (ModelSeries& one : series) {
    std::vector<std::string> words;
    if (!one.name.empty()) {
      words.push_back(one.name);
    }
    for (const auto& [key, value] : one.labels) {
      words.push_back(value);
    }
    one.display_name = words.empty() ? "value" : absl::StrJoin(words, " ");
    if (metrics.size() > 1) {
      one.labels.emplace("series", one.name);
    }
    if (const int times = ++display_names[one.display_name]; times > 1) {
      absl::StrAppend(&one.display_name, " (", times, ")");
    }
    if (const int times = ++label_sets[one.labels]; times > 1) {
      one.labels["duplicate"] = Concat(times);
    }
  }
}

absl::StatusOr<ModelInput> ReadModelInput(const QuerySpec& spec, const QueryRequest& request,
                                          const Connector& connector, absl::Time now, const QueryLimits& limits,
                                          const Cancellation& cancellation) {
  BELLWETHER_RETURN_IF_ERROR(CheckRange(request.range));
  ModelInput input;
  FetchResult fetched;
  const absl::Duration preferred = connector.PreferredStep();
  if (spec.interval.has_value() || preferred > absl::ZeroDuration()) {
    const absl::Duration step = ModelStep(spec, preferred);
    BELLWETHER_ASSIGN_OR_RETURN(input.plan, PlanModel(spec, step, request.range, now, limits));
    const TimeRange range = {absl::FromUnixNanos(input.plan.learn_from_ns),
                             absl::FromUnixNanos(input.plan.visible_to_ns) + Ahead(spec)};
    if (range.from < range.to) {
      BELLWETHER_ASSIGN_OR_RETURN(fetched, Fetch(spec, connector, range, step, limits, cancellation));
    }
  } else {
    const absl::Time to = std::min(now, request.range.to);
    const TimeRange range = {absl::FromUnixSeconds(-9'000'000'000), to + Ahead(spec)};
    BELLWETHER_ASSIGN_OR_RETURN(fetched, Fetch(spec, connector, range, kProbeStep, limits, cancellation));
    const absl::Duration step = ModelStep(spec, InferStep(fetched.series));
    BELLWETHER_ASSIGN_OR_RETURN(input.plan, PlanModel(spec, step, request.range, now, limits));
  }
  const int64_t first = FirstTime(fetched.series, input.plan.learn_from_ns, input.plan.visible_to_ns);
  const int64_t start = std::max(input.plan.learn_from_ns, FloorToStep(first, input.plan.step_ns));
  const auto steps = static_cast<size_t>(std::max<int64_t>(0, input.plan.visible_to_ns - start) / input.plan.step_ns);
  BELLWETHER_RETURN_IF_ERROR(CheckTotal(fetched.series.size(), steps, limits));
  input.labels = std::move(fetched.incidents);
  input.notices = std::move(fetched.notices);
  input.executed_query = std::move(fetched.executed_query);
  if (spec.analysis == Analysis::kAnomalies) {
    input.blackouts =
        BlackoutTimeline(spec.anomalies, input.plan.learn_from_ns, input.plan.visible_to_ns, input.plan.step_ns);
  }
  PutOnGrid(std::move(fetched.series), start, Ahead(spec), input);
  if (spec.analysis == Analysis::kAnomalies || spec.analysis == Analysis::kMultivariate) {
    AddGapNotice(input);
  }
  BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
  return input;
}

}  // namespace bellwether
