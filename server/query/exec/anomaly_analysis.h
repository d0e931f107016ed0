#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/detector.h"
#include "server/base/time/cancellation.h"
#include "server/query/exec/incident_facts.h"
#include "server/query/exec/model_input.h"

namespace bellwether {

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

/// The same for several series of one input, faster than one after the other; kBankLanes at a time are best.
[[nodiscard]] absl::StatusOr<std::vector<SeriesVerdicts>> JudgeSeries(const ModelInput& input,
                                                                      std::span<const ModelSeries* const> series,
                                                                      const AnomalySpec& spec,
                                                                      const Cancellation& cancellation);

}  // namespace bellwether
