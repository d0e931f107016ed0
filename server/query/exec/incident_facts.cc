#include "server/query/exec/incident_facts.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "server/base/text/concat.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

std::string Number(double value) { return absl::StrFormat("%.4g", value); }

}  // namespace

IncidentFact MakeIncidentFact(const Incident& incident, const Detection& detection, std::span<const double> values,
                              std::span<const int64_t> times_unix_ns, int64_t step_ns) {
  IncidentFact fact;
  fact.start_unix_ns = times_unix_ns[incident.first];
  fact.end_unix_ns = times_unix_ns[incident.last] + step_ns;
  fact.peak_unix_ns = times_unix_ns[incident.peak];
  fact.peak_value = values[incident.peak];
  fact.expected = detection.expected[incident.peak];
  fact.lower = detection.lower[incident.peak];
  fact.upper = detection.upper[incident.peak];
  fact.score = detection.score[incident.peak];
  fact.p_value = detection.p_value[incident.peak];
  fact.type = incident.type;
  fact.severity = incident.severity;
  return fact;
}

std::string ExplainIncident(const IncidentFact& fact, const ModelSeries& series) {
  const std::string lasted = DurationText(absl::Nanoseconds(fact.end_unix_ns - fact.start_unix_ns));
  if (!std::isfinite(fact.peak_value)) {
    return Concat(series.display_name, " delivered no data for ", lasted, ".");
  }
  std::string text = Concat(series.display_name, " was ", Number(fact.peak_value));
  if (std::isfinite(fact.expected)) {
    text += Concat(" where ", Number(fact.expected), " was expected");
    if (std::isfinite(fact.lower) && std::isfinite(fact.upper)) {
      text += Concat(" (", Number(fact.lower), " to ", Number(fact.upper), ")");
    }
    const double deviation = fact.peak_value - fact.expected;
    text += Concat(": ", Number(std::abs(deviation)), deviation >= 0 ? " above" : " below");
    if (fact.expected != 0) {
      text += Concat(absl::StrFormat(" (%+.0f %%)", 100 * deviation / std::abs(fact.expected)));
    }
  }
  text += Concat(", lasting ", lasted);
  if (fact.p_value > 0 && fact.p_value < 1) {
    text += Concat(absl::StrFormat("; by chance once in %.0f buckets", 1 / fact.p_value));
  }
  return text + ".";
}

}  // namespace bellwether
