#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// Which series of a query were looked at before its time was over.
struct SeriesPass {
  std::vector<uint8_t> done;         ///< by series of the input: 1 = looked at
  std::string_view what = "series";  ///< what was looked at, for people: "series", or "groups" of them
  size_t wanted = 0;                 ///< series to look at
  size_t late = 0;                   ///< of them, those that were not looked at

  [[nodiscard]] bool Has(size_t series) const { return done[series] != 0; }
};

/// Looks at every series of the input, several at once: calls `task(i)` for each, which may write to what belongs to
/// series i alone. Stops with CANCELLED when the caller is gone. When the time for the query is over, the series not
/// yet begun are left out and counted; for an alert rule, and when not one series was done, that is DEADLINE_EXCEEDED
/// (downstream) instead, since a rule cannot read a notice. `verb` says what was to be done: "judged", "forecast".
[[nodiscard]] absl::StatusOr<SeriesPass> ForEachSeries(const AnswerContext& context, std::string_view verb,
                                                       const std::function<void(size_t)>& task);

/// The same for the series `which` (indices into the input) alone. Where each stands for a group, `what` says so.
[[nodiscard]] absl::StatusOr<SeriesPass> ForEachSeries(const AnswerContext& context, std::span<const size_t> which,
                                                       std::string_view verb, const std::function<void(size_t)>& task,
                                                       std::string_view what = "series");

/// The same for all series of the input in groups of up to `size`: calls `task` with the indices of a group.
[[nodiscard]] absl::StatusOr<SeriesPass> ForSeriesGroups(const AnswerContext& context, std::string_view verb,
                                                         size_t size,
                                                         const std::function<void(std::span<const size_t>)>& task);

/// Says on `frame` how many series or groups were left out, if any.
void AddLateNotice(const SeriesPass& pass, std::string_view verb, Frame& frame);

}  // namespace bellwether
