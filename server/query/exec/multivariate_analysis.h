#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/time/cancellation.h"
#include "server/frame/frame.h"
#include "server/query/exec/model_input.h"

namespace bellwether {

/// Series that are looked at together: those with the same labels (the metrics of one host), or all series of the
/// answer where no two share their labels.
struct FeatureGroup {
  Labels labels;
  std::string name;              ///< for people: the values of the labels, or "all series"
  std::vector<size_t> features;  ///< indices of the input's series, at least two
};

/// The groups of an answer, in the order of its series. INVALID_ARGUMENT (downstream) for fewer than two series and for
/// a group of more than a forest can take.
[[nodiscard]] absl::StatusOr<std::vector<FeatureGroup>> GroupFeatures(const ModelInput& input);

/// What one series adds to an incident of its group.
struct FeaturePart {
  size_t series = 0;  ///< of the input
  double share = 0;   ///< of the anomaly, 0 to 1
  double units = 0;   ///< distance from its median on the history, in its own spreads, with sign
};

/// A stretch of buckets in which a group was unusual; some of them are visible.
struct GroupIncident {
  size_t first = 0;  ///< indices into the input's grid
  size_t last = 0;
  size_t peak = 0;  ///< the most surprising bucket
  double score = 0;
  double p_value = 1;              ///< at the peak
  std::vector<FeaturePart> parts;  ///< at the peak, largest share first
  std::string_view kind;           ///< of the table of host anomalies
  std::string_view action;         ///< what to do first
};

/// The verdicts on one group, columns of the visible part's length.
struct GroupVerdicts {
  std::vector<double> score;    ///< NaN where there was no history to learn from, and where nothing was seen
  std::vector<double> p_value;  ///< likewise
  std::vector<uint8_t> is_anomaly;
  std::vector<GroupIncident> incidents;
  size_t learning_buckets = 0;         ///< visible buckets without a history
  std::vector<size_t> never_together;  ///< series of the input that never have a value when another of the group has
};

/// Judges one group. As with single series, time is cut into blocks of one history each, aligned to the clock; the
/// detector of a block has learned from the block before, so every zoom and every alert rule gets the same verdict. An
/// incident that goes on into the next block is one.
[[nodiscard]] absl::StatusOr<GroupVerdicts> JudgeGroup(const ModelInput& input, const FeatureGroup& group,
                                                       const MultivariateSpec& spec, const Cancellation& cancellation);

}  // namespace bellwether
