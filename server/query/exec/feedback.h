#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// Disjoint intervals, ascending.
using FeedbackTimeline = std::vector<FeedbackInterval>;

/// Every blackout of `spec` that touches [from, to), merged. Weekly ones follow the clock of their zone through its
/// changes: an hour that is skipped begins or ends with the change, one that repeats is covered both times. Starts are
/// rounded down to `step_ns`, because a bucket that is partly in a blackout is in it.
[[nodiscard]] FeedbackTimeline BlackoutTimeline(const AnomalySpec& spec, int64_t from_ns, int64_t to_ns,
                                                int64_t step_ns);

/// What the query says of one series between two times: `blackouts`, and the feedback that names the series by
/// `display_name`, by the metric's `name`, or not at all. Where stretches overlap a blackout wins, then what the query
/// names later.
[[nodiscard]] FeedbackTimeline TimelineOf(std::span<const SeriesFeedback> feedback,
                                          std::span<const FeedbackInterval> blackouts, std::string_view name,
                                          std::string_view display_name, int64_t from_ns, int64_t to_ns,
                                          int64_t step_ns);

/// Intervals of one label in any order, as disjoint ones: those that overlap or touch become one.
[[nodiscard]] FeedbackTimeline Merged(std::vector<FeedbackInterval> intervals);

/// The later of two layers wins where they overlap. Each must be disjoint and ascending, and so is the result.
[[nodiscard]] FeedbackTimeline Overlay(std::span<const FeedbackInterval> below,
                                       std::span<const FeedbackInterval> above);

}  // namespace bellwether
