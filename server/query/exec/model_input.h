#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/time/cancellation.h"
#include "server/connectors/connector.h"
#include "server/query/exec/feedback.h"
#include "server/query/exec/model_plan.h"
#include "server/query/query_service.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// One series on the model's grid.
struct ModelSeries {
  std::string name;          ///< the metric
  std::string display_name;  ///< unique within the answer, for people
  Labels labels;             ///< unique within the answer
  std::string unit;
  std::vector<double> values;  ///< as many as ModelInput::times; NaN = no data
  /// Where a forecast has regressors: what the source knows already of the buckets from the plan's end on, over the
  /// horizon.
  std::vector<double> ahead;
};

/// What the analyses read: every series on one shared grid.
struct ModelInput {
  ModelPlan plan;
  std::vector<int64_t> times_unix_ns;  ///< of the grid; begins no earlier than the first data
  size_t visible_begin = 0;            ///< index of the first bucket of the panel's range
  std::vector<ModelSeries> series;
  std::vector<LabelledInterval> labels;  ///< stretches that the source says are abnormal
  FeedbackTimeline blackouts;            ///< those of an anomaly query, within the plan
  std::vector<Notice> notices;
  std::string executed_query;
};

/// Fetches the series of `spec` and puts them on the model's grid, each as bucket means. Errors carry an Origin.
[[nodiscard]] absl::StatusOr<ModelInput> ReadModelInput(const QuerySpec& spec, const QueryRequest& request,
                                                        const Connector& connector, absl::Time now,
                                                        const QueryLimits& limits, const Cancellation& cancellation);

/// Gives every series labels and a display name that no other series of the answer has: the metric's name becomes the
/// label "series" where one answer holds several metrics, a number is added to what still is equal.
void MakeNamesUnique(std::vector<ModelSeries>& series);

}  // namespace bellwether
