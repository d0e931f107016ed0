#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/outliers/group_outliers.h"
#include "server/query/exec/answer_context.h"
#include "server/query/exec/series_pass.h"

namespace bellwether {

/// What is done with each series, as AddLateNotice takes it.
inline constexpr std::string_view kPeersVerb = "compared with their peers";

/// One series of a group and what is said of it.
struct JudgedPeer {
  size_t series = 0;  ///< index into the input's series
  SeriesOutlierVerdict verdict = {};
  std::vector<double> shares = {};  ///< the score at each visible step, where the answer tells it
};

/// The series of one metric, over the whole grid of the model.
struct PeerGroup {
  std::string metric;
  size_t size = 0;  ///< series of the metric
  GroupOutliers band;
  std::vector<JudgedPeer> peers;  ///< those that were judged in time
};

/// All groups, in the order of their first series.
struct PeerGroups {
  GroupOutlierOptions options;
  std::vector<PeerGroup> groups;
  SeriesPass pass;
};

/// Whether an outlying stretch reaches into the panel's range.
[[nodiscard]] bool IsVisible(const AnswerContext& context, const OutlierStretch& stretch);
[[nodiscard]] bool IsVisibleOutlier(const AnswerContext& context, const SeriesOutlierVerdict& verdict);

/// Judges every series against its peers, several at once, as ForEachSeries. INVALID_ARGUMENT for a window that the
/// history cannot fill.
[[nodiscard]] absl::StatusOr<PeerGroups> JudgePeers(const AnswerContext& context);

}  // namespace bellwether
