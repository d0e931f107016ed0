#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/app/cli/series_table.h"
#include "server/query/exec/feedback.h"

namespace bellwether {

/// Reads stretches of time and what was said of them: a CSV file with the columns `from`, `to`, `label` (expected,
/// anomaly or ignore) and optionally `series`; an empty series means all. Times are read as in every table. Without a
/// column `label` each is `label_when_none`. Errors are sentences that name the file, the line and what to do.
[[nodiscard]] absl::StatusOr<std::vector<SeriesFeedback>> ReadFeedbackFile(
    const std::string& path, std::optional<FeedbackLabel> label_when_none);

/// A sentence for each name in `feedback` that no series of `table` has, at most three: what is said of it has no
/// effect.
[[nodiscard]] std::vector<std::string> FeedbackNotices(const std::vector<SeriesFeedback>& feedback,
                                                       const SeriesTable& table);

/// What is said of one series, by its name; later rows win where stretches overlap.
[[nodiscard]] FeedbackTimeline TimelineOfSeries(const std::vector<SeriesFeedback>& feedback, std::string_view series);

}  // namespace bellwether
