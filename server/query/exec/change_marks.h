#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/analytics/changepoint/changepoints.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// A change of one series of the input, on the grid of the model.
struct ChangeMark {
  size_t series = 0;  ///< index into the input
  ChangePoint change;
  int64_t time_unix_ns = 0;     ///< of the first bucket after the change
  int64_t told_at_unix_ns = 0;  ///< end of the bucket that settled it, for changes found as values came in; else 0
};

/// What happened, in a sentence with its numbers in `unit` and slopes by day: "Its level rose from 41.2 % to 78 %
/// (confidence 94 %)."
[[nodiscard]] std::string ChangeText(const ChangePoint& change, std::string_view unit, int64_t step_ns);

/// Size as a share of what was before; NaN where that is 0. Of a variance, ratio less 1.
[[nodiscard]] double RelativeSize(const ChangePoint& change);

/// `value` of a change in the units that people read: slopes a day, others as they are.
[[nodiscard]] double ReadableSize(const ChangePoint& change, double value, int64_t step_ns);

/// A shaded stretch for each mark.
[[nodiscard]] std::vector<Region> ChangeRegions(const AnswerContext& context, const std::vector<ChangeMark>& marks);

}  // namespace bellwether
