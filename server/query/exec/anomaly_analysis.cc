#include "server/query/exec/anomaly_analysis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "server/analytics/anomaly/incidents.h"
#include "server/analytics/anomaly/severity.h"
#include "server/base/status/status_macros.h"
#include "server/base/time/step.h"
#include "server/query/exec/metric_range.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

size_t IndexOf(std::span<const int64_t> times, int64_t time) {
  return static_cast<size_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
}

// The values as the detector is to see them, changed from row `begin` on. Copies only when the policy changes
// something. Looks at one block alone: what lies before it depends on the panel's range.
std::span<const double> ApplyMissingPolicy(std::span<const double> values, size_t begin, MissingPolicy policy,
                                           std::vector<double>& buffer) {
  if (policy == MissingPolicy::kIgnore || policy == MissingPolicy::kAlert) {
    return values;
  }
  buffer.assign(values.begin(), values.end());
  double last = kNan;
  for (double& value : std::span(buffer).subspan(begin)) {
    if (std::isfinite(value)) {
      last = value;
    } else {
      value = policy == MissingPolicy::kZero ? 0 : last;
    }
  }
  return buffer;
}

bool OutsideBand(double value, double lower, double upper) { return value < lower || value > upper; }

// An incident lasts as long as values stay outside the band: its rows keep the score and the severity that it has
// reached, so that an alert rule does not flap. Rows depend on earlier ones alone.
void HoldIncidents(std::span<const double> values, Detection& detection) {
  for (const AlarmStretch& incident : AlarmStretches(values, detection)) {
    double score = 0;
    double p_value = 1;
    Severity severity = Severity::kNone;
    for (size_t i = incident.first; i <= incident.last; ++i) {
      if (detection.is_anomaly[i] == 0 && !OutsideBand(values[i], detection.lower[i], detection.upper[i])) {
        continue;
      }
      score = std::max(score, detection.score[i]);
      p_value = std::min(p_value, detection.p_value[i]);
      severity = std::max(severity, detection.severity[i]);
      detection.is_anomaly[i] = 1;
      detection.score[i] = score;
      detection.p_value[i] = p_value;
      detection.severity[i] = severity;
    }
  }
}

// Nothing that people called normal or told us to ignore may alert, be it that an incident from before is still held
// there.
void Silence(std::span<const FeedbackInterval> feedback, std::span<const int64_t> times, Detection& detection) {
  for (const FeedbackInterval& said : feedback) {
    if (said.label == FeedbackLabel::kAnomaly) {
      continue;
    }
    for (size_t i = IndexOf(times, said.from_unix_ns); i < times.size() && times[i] < said.to_unix_ns; ++i) {
      detection.is_anomaly[i] = 0;
      detection.score[i] = 0;
      detection.severity[i] = Severity::kNone;
    }
  }
}

// A band does not promise what the metric cannot be. Only edges move: what is an anomaly is decided already.
void ClipBand(const MetricRange& range, Detection& detection) {
  for (std::vector<double>* column : {&detection.expected, &detection.lower, &detection.upper}) {
    for (double& value : *column) {
      value = value < range.min ? range.min : value > range.max ? range.max : value;
    }
  }
}

// Copies rows [from, to) of the block's detection (indices into the block) behind what is there already.
void AppendRows(const Detection& detection, size_t from, size_t to, SeriesVerdicts& verdicts) {
  const auto append = [&](const auto& source, auto& target) {
    target.insert(target.end(), source.begin() + static_cast<std::ptrdiff_t>(from),
                  source.begin() + static_cast<std::ptrdiff_t>(to));
  };
  append(detection.expected, verdicts.expected);
  append(detection.lower, verdicts.lower);
  append(detection.upper, verdicts.upper);
  append(detection.score, verdicts.score);
  append(detection.p_value, verdicts.p_value);
  append(detection.is_anomaly, verdicts.is_anomaly);
  append(detection.severity, verdicts.severity);
}

DetectorOptions ToDetectorOptions(const AnomalySpec& spec) {
  DetectorOptions options;
  options.false_alarms_per_week = spec.false_alarms_per_week;
  options.direction = spec.direction;
  options.min_deviation_absolute = spec.min_deviation_absolute;
  options.min_deviation_relative = spec.min_deviation_relative;
  options.alert_on_missing = spec.missing == MissingPolicy::kAlert;
  return options;
}

// One block's rows of the model's grid, from the first that has a value: where the rows before it begin depends on the
// panel's range and on the other series.
struct BlockRows {
  size_t begin = 0;
  size_t end = 0;
};

BlockRows RowsOfBlock(const ModelInput& input, std::span<const double> values, int64_t block) {
  const std::span<const int64_t> times = input.times_unix_ns;
  BlockRows rows{IndexOf(times, block - input.plan.history_ns), IndexOf(times, block + input.plan.history_ns)};
  while (rows.begin < rows.end && !std::isfinite(values[rows.begin])) {
    ++rows.begin;
  }
  return rows;
}

// Rows before the first value: nothing is known of them.
void AppendUnknown(size_t count, SeriesVerdicts& verdicts) {
  const size_t size = verdicts.score.size() + count;
  for (std::vector<double>* column : {&verdicts.expected, &verdicts.lower, &verdicts.upper}) {
    column->resize(size, kNan);
  }
  verdicts.score.resize(size, 0);
  verdicts.p_value.resize(size, 1);
  verdicts.is_anomaly.resize(size, 0);
  verdicts.severity.resize(size, Severity::kNone);
}

// Adds the incidents that reach into the shown rows of a block. One that began before the block is told by this block
// alone, so that a panel that begins here says the same as one that began earlier.
void AppendIncidents(const Detection& detection, size_t shown_from, std::span<const double> values,
                     std::span<const int64_t> times, int64_t step_ns, double false_alarms_per_week,
                     const ModelSeries& series, SeriesVerdicts& verdicts) {
  for (const Incident& incident : detection.incidents) {
    if (incident.last < shown_from) {
      continue;
    }
    const auto is_alarm = [](uint8_t flag) { return flag != 0; };
    const auto first = detection.is_anomaly.begin() + static_cast<std::ptrdiff_t>(incident.first);
    const auto last = detection.is_anomaly.begin() + static_cast<std::ptrdiff_t>(incident.last) + 1;
    if (std::none_of(first, last, is_alarm)) {
      continue;  // silenced as a whole
    }
    const IncidentFact fact =
        MakeIncidentFact(incident, detection, values, times, step_ns, false_alarms_per_week, series);
    while (!verdicts.incidents.empty() && verdicts.incidents.back().end_unix_ns > fact.start_unix_ns) {
      verdicts.incidents.pop_back();
    }
    verdicts.incidents.push_back(fact);
  }
}

// What a block's detection says of one series, added to its verdicts. `times` and `values` are those of its rows, and
// `first_shown` the first row of the grid that is shown.
void TellBlock(const ModelInput& input, const ModelSeries& series, const AnomalySpec& spec, const BlockRows& rows,
               std::span<const double> values, std::span<const FeedbackInterval> feedback, size_t first_shown,
               Detection& detection, SeriesVerdicts& verdicts) {
  const auto times = std::span<const int64_t>(input.times_unix_ns).subspan(rows.begin, rows.end - rows.begin);
  const MetricRange range = NaturalRange(series);
  GradeAgainstRange(values, range.max - range.min, input.plan.step_ns, spec.false_alarms_per_week, detection);
  HoldIncidents(values, detection);
  Silence(feedback, times, detection);
  ClipBand(range, detection);
  const size_t shown_from = std::max(first_shown, rows.begin) - rows.begin;
  AppendRows(detection, shown_from, times.size(), verdicts);
  AppendIncidents(detection, shown_from, values, times, input.plan.step_ns, spec.false_alarms_per_week, series,
                  verdicts);
  if (detection.learning_points > shown_from) {
    verdicts.learning_buckets += std::min(detection.learning_points, times.size()) - shown_from;
  }
  verdicts.periods = std::move(detection.periods);
  verdicts.alarms_per_week = detection.alarms_per_week;
}

absl::Status JudgeBlock(const ModelInput& input, std::span<const ModelSeries* const> series, const AnomalySpec& spec,
                        int64_t block, std::span<SeriesVerdicts> verdicts) {
  const std::span<const int64_t> all_times = input.times_unix_ns;
  const size_t begin = IndexOf(all_times, block - input.plan.history_ns);
  const size_t first_shown = std::max(IndexOf(all_times, block), input.visible_begin);
  std::vector<SeriesToJudge> asked;
  std::vector<BlockRows> rows;
  std::vector<size_t> places;                               // of what is asked in `series`
  std::vector<std::vector<double>> buffers(series.size());  // of values that the policy for missing ones changed
  for (size_t i = 0; i < series.size(); ++i) {
    const BlockRows own = RowsOfBlock(input, series[i]->values, block);
    const size_t unknown = std::clamp(own.begin, first_shown, std::max(own.end, first_shown)) - first_shown;
    AppendUnknown(unknown, verdicts[i]);
    verdicts[i].learning_buckets += unknown;
    if (own.begin >= own.end) {
      continue;
    }
    const auto values = std::span<const double>(series[i]->values).subspan(begin, own.end - begin);
    asked.push_back({.values = ApplyMissingPolicy(values, own.begin - begin, spec.missing, buffers[i]),
                     .begin = own.begin - begin,
                     .feedback = TimelineOf(spec.feedback, input.blackouts, series[i]->name, series[i]->display_name,
                                            all_times[own.begin], all_times[own.end - 1] + input.plan.step_ns,
                                            input.plan.step_ns)});
    rows.push_back(own);
    places.push_back(i);
  }
  if (asked.empty()) {
    return absl::OkStatus();
  }
  BELLWETHER_ASSIGN_OR_RETURN(
      std::vector<Detection> detections,
      DetectTogether(all_times.subspan(begin, rows.front().end - begin), asked, spec.method, ToDetectorOptions(spec)));
  for (size_t k = 0; k < asked.size(); ++k) {
    TellBlock(input, *series[places[k]], spec, rows[k], asked[k].values.subspan(asked[k].begin), asked[k].feedback,
              first_shown, detections[k], verdicts[places[k]]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<SeriesVerdicts>> JudgeSeries(const ModelInput& input,
                                                        std::span<const ModelSeries* const> series,
                                                        const AnomalySpec& spec, const Cancellation& cancellation) {
  std::vector<SeriesVerdicts> verdicts(series.size());
  if (input.visible_begin >= input.times_unix_ns.size()) {
    return verdicts;
  }
  const int64_t block_ns = input.plan.history_ns;
  const int64_t visible_from = input.times_unix_ns[input.visible_begin];
  for (int64_t block = FloorToStep(visible_from, block_ns); block < input.plan.visible_to_ns; block += block_ns) {
    BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
    BELLWETHER_RETURN_IF_ERROR(JudgeBlock(input, series, spec, block, verdicts));
  }
  return verdicts;
}

absl::StatusOr<SeriesVerdicts> JudgeSeries(const ModelInput& input, const ModelSeries& series, const AnomalySpec& spec,
                                           const Cancellation& cancellation) {
  const ModelSeries* const one = &series;
  BELLWETHER_ASSIGN_OR_RETURN(std::vector<SeriesVerdicts> verdicts,
                              JudgeSeries(input, std::span(&one, 1), spec, cancellation));
  return std::move(verdicts.front());
}

}  // namespace bellwether
