#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "server/analytics/anomaly/detector.h"
#include "server/query/exec/model_input.h"

namespace bellwether {

/// One incident of a series, with the numbers that tell its story.
struct IncidentFact {
  int64_t start_unix_ns = 0;
  int64_t end_unix_ns = 0;  ///< end of its last bucket
  int64_t peak_unix_ns = 0;
  double peak_value = 0;  ///< NaN for missing data
  double expected = 0;
  double lower = 0;
  double upper = 0;
  double score = 0;
  double p_value = 1;
  AnomalyType type = AnomalyType::kNone;
  Severity severity = Severity::kNone;
};

/// The facts of `incident`, whose rows index `detection`, `values` and `times_unix_ns`.
[[nodiscard]] IncidentFact MakeIncidentFact(const Incident& incident, const Detection& detection,
                                            std::span<const double> values, std::span<const int64_t> times_unix_ns,
                                            int64_t step_ns);

/// One sentence: what was seen, what was expected, how unusual it is.
[[nodiscard]] std::string ExplainIncident(const IncidentFact& fact, const ModelSeries& series);

}  // namespace bellwether
