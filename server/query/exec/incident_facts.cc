#include "server/query/exec/incident_facts.h"

#include <algorithm>
#include <cmath>

#include "server/query/exec/operational_names.h"

namespace bellwether {
namespace {

// Which way an incident goes: the sign is what counts.
double SideOf(const Incident& incident, double deviation) {
  const IncidentEvidence& evidence = incident.evidence;
  switch (incident.type) {
    case AnomalyType::kLevelShift:
      return std::isnan(evidence.level_change) ? deviation : evidence.level_change;
    case AnomalyType::kDrift:
      return std::isnan(evidence.slope_per_row) ? deviation : evidence.slope_per_row;
    case AnomalyType::kVarianceChange:
      return evidence.spread_ratio - 1;
    case AnomalyType::kMissingData:
      return -1;
    default:
      return deviation;
  }
}

std::vector<ViewShare> SharesOf(const std::vector<Contribution>& contributions) {
  double total = 0;
  for (const Contribution& one : contributions) {
    total += std::max(one.surprise, 0.0);
  }
  std::vector<ViewShare> views;
  for (const Contribution& one : contributions) {
    if (total > 0 && one.surprise > 0) {
      views.push_back({std::string(one.view), one.surprise / total});
    }
  }
  std::stable_sort(views.begin(), views.end(),
                   [](const ViewShare& a, const ViewShare& b) { return a.share > b.share; });
  return views;
}

}  // namespace

std::string_view BrokenComponent(AnomalyType type) {
  switch (type) {
    case AnomalyType::kLevelShift:
      return "level";
    case AnomalyType::kDrift:
      return "slope";
    case AnomalyType::kVarianceChange:
    case AnomalyType::kFlatline:
      return "variance";
    case AnomalyType::kSeasonBreak:
      return "season";
    case AnomalyType::kMissingData:
      return "missing data";
    case AnomalyType::kNone:
    case AnomalyType::kSpike:
    case AnomalyType::kDrop:
      return "value";
  }
  return "value";
}

IncidentFact MakeIncidentFact(const Incident& incident, const Detection& detection, std::span<const double> values,
                              std::span<const int64_t> times_unix_ns, int64_t step_ns, double false_alarms_per_week,
                              const ModelSeries& series) {
  IncidentFact fact;
  fact.start_unix_ns = times_unix_ns[incident.first];
  fact.end_unix_ns = times_unix_ns[incident.last] + step_ns;
  fact.peak_unix_ns = times_unix_ns[incident.peak];
  fact.since_unix_ns = times_unix_ns[std::min(incident.evidence.since, incident.first)];
  const size_t until = std::clamp(incident.evidence.until, incident.last, values.size() - 1);
  fact.until_unix_ns = times_unix_ns[until] + step_ns;
  fact.step_ns = step_ns;
  fact.goes_on = until + 1 == values.size();
  fact.peak_value = values[incident.peak];
  fact.expected = detection.expected[incident.peak];
  fact.lower = detection.lower[incident.peak];
  fact.upper = detection.upper[incident.peak];
  fact.score = detection.score[incident.peak];
  fact.p_value = detection.p_value[incident.peak];
  fact.type = incident.type;
  fact.severity = incident.severity;
  fact.operational_name = OperationalName(incident.type, SideOf(incident, fact.Deviation()), series.unit, series.name);
  fact.evidence = incident.evidence;
  fact.views = SharesOf(incident.contributions);
  for (const Incident& other : detection.incidents) {
    if (other.last < incident.first && other.type == incident.type) {
      fact.previous = PastIncident{times_unix_ns[other.first], times_unix_ns[other.last] + step_ns};
      ++fact.earlier_incidents;
    }
  }
  fact.seconds_between_alarms = 7 * 86'400 / false_alarms_per_week;
  const size_t cold = std::min(detection.learning_points, incident.first);
  fact.history_seconds = static_cast<double>(incident.first - cold) * static_cast<double>(step_ns) / 1e9;
  return fact;
}

}  // namespace bellwether
