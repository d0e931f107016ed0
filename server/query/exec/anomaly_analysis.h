#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/detector.h"
#include "server/base/time/cancellation.h"
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

/// The verdicts on one series over the panel's range: columns of ModelInput's visible length.
struct SeriesVerdicts : VerdictColumns {
  std::vector<IncidentFact> incidents;
  std::vector<Period> periods;
  double alarms_per_week = 0;   ///< achieved on the history of the last block
  size_t learning_buckets = 0;  ///< visible buckets at which the model was still cold
};

/// Judges one series. The verdict on a bucket depends on the model's step, its history and the data alone: time is cut
/// into blocks of one history each, aligned to the clock, and the detector for a block starts at the beginning of the
/// block before. So every zoom, and every alert rule, gets the same verdict for the same bucket.
[[nodiscard]] absl::StatusOr<SeriesVerdicts> JudgeSeries(const ModelInput& input, const ModelSeries& series,
                                                         const AnomalySpec& spec, const Cancellation& cancellation);

/// One sentence: what was seen, what was expected, how unusual it is.
[[nodiscard]] std::string ExplainIncident(const IncidentFact& fact, const ModelSeries& series);

}  // namespace bellwether
