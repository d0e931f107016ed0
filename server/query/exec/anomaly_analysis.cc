#include "server/query/exec/anomaly_analysis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "server/base/status/status_macros.h"
#include "server/base/time/step.h"
#include "server/query/exec/metric_range.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The values as the detector is to see them. Copies only when the policy changes something.
std::span<const double> ApplyMissingPolicy(const std::vector<double>& values, MissingPolicy policy,
                                           std::vector<double>& buffer) {
  if (policy == MissingPolicy::kIgnore) {
    return values;
  }
  buffer = values;
  bool seen = false;
  double last = kNan;
  for (double& value : buffer) {
    if (std::isfinite(value)) {
      seen = true;
      last = value;
    } else if (seen) {  // what lies before the first value is not missing, it never was
      value = policy == MissingPolicy::kZero ? 0 : last;
    }
  }
  return buffer;
}

bool OutsideBand(double value, double lower, double upper) { return value < lower || value > upper; }

// An incident lasts as long as values stay outside the band: its rows keep the score and the severity that it has
// reached, so that an alert rule does not flap. Rows depend on earlier ones alone.
void HoldIncidents(std::span<const double> values, Detection& detection) {
  for (const Incident& incident : detection.incidents) {
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
  return options;
}

size_t IndexOf(std::span<const int64_t> times, int64_t time) {
  return static_cast<size_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
}

}  // namespace

absl::StatusOr<SeriesVerdicts> JudgeSeries(const ModelInput& input, const ModelSeries& series, const AnomalySpec& spec,
                                           const Cancellation& cancellation) {
  SeriesVerdicts verdicts;
  const std::span<const int64_t> times = input.times_unix_ns;
  if (input.visible_begin >= times.size()) {
    return verdicts;
  }
  const DetectorOptions options = ToDetectorOptions(spec);
  std::vector<double> buffer;
  const std::span<const double> values = ApplyMissingPolicy(series.values, spec.missing, buffer);
  const MetricRange range = NaturalRange(series);
  const int64_t block_ns = input.plan.history_ns;
  const int64_t visible_from = times[input.visible_begin];
  for (int64_t block = FloorToStep(visible_from, block_ns); block < input.plan.visible_to_ns; block += block_ns) {
    BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
    const size_t begin = IndexOf(times, block - block_ns);
    const size_t end = IndexOf(times, block + block_ns);
    BELLWETHER_ASSIGN_OR_RETURN(
        Detection detection, Detect(times.subspan(begin, end - begin), values.subspan(begin, end - begin), spec.method,
                                    options, DetectionMode::kOnline));
    HoldIncidents(values.subspan(begin, end - begin), detection);
    ClipBand(range, detection);
    const size_t shown_from = std::max(IndexOf(times, block), input.visible_begin) - begin;
    AppendRows(detection, shown_from, end - begin, verdicts);
    for (const Incident& incident : detection.incidents) {
      if (incident.last >= shown_from) {
        verdicts.incidents.push_back(MakeIncidentFact(incident, detection, values.subspan(begin, end - begin),
                                                      times.subspan(begin, end - begin), input.plan.step_ns));
      }
    }
    if (detection.learning_points > shown_from) {
      verdicts.learning_buckets += std::min(detection.learning_points, end - begin) - shown_from;
    }
    verdicts.periods = detection.periods;
    verdicts.alarms_per_week = detection.alarms_per_week;
  }
  return verdicts;
}

}  // namespace bellwether
