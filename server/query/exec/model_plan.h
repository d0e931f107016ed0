#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/time/time_range.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// Bounds of one query.
struct QueryLimits {
  size_t max_series = 1000;
  size_t max_points_per_series = 250'000;  ///< model steps, history included
  size_t max_points_total = 20'000'000;    ///< model steps of all series together
  size_t max_display_points = 20'000;      ///< drawn per series, whatever the panel asks for
  size_t max_horizon_steps = 10'000;
  size_t max_forecast_steps_total = 2'000'000;  ///< of all series together
  size_t max_threads = 0;                       ///< that analyse series at once; 0 = one for each processor
  absl::Duration max_time = absl::Seconds(25);  ///< from the query's begin; Grafana's own time-outs begin at 30 s
};

/// When a model learns and what it is asked about. All times are nanoseconds since the epoch and multiples of
/// `step_ns`. Nothing here depends on the panel's resolution, so every zoom and every alert rule gets the same answer.
struct ModelPlan {
  int64_t step_ns = 0;
  int64_t history_ns = 0;  ///< a multiple of step_ns
  int64_t visible_from_ns = 0;
  int64_t visible_to_ns = 0;  ///< end of the last complete bucket: never beyond now
  int64_t learn_from_ns = 0;  ///< where the data for the answer begins
};

/// The nearest step at or above `step` that divides the clock well: 1, 2, 5, 10, 15, 30 s or min, 1, 2, 3, 6, 12 h, 1
/// d, 7 d …
[[nodiscard]] absl::Duration NiceStep(absl::Duration step);

/// The history that "auto" means: 4,032 steps (two weeks of 5 minutes), in whole days above one day, and at most
/// 50 years of 365 days.
[[nodiscard]] absl::Duration AutoHistory(absl::Duration step);

/// The step of a model: the query's own, else `preferred`, made coarser when the horizon or a given history would hold
/// too many steps of it, and for a forecast with a history of its own choice when that would hold less than two weeks
/// and the horizon still holds 60 steps.
[[nodiscard]] absl::Duration ModelStep(const QuerySpec& spec, absl::Duration preferred);

/// Plans for `step`. INVALID_ARGUMENT (downstream) when the range or the history hold more steps than the limits allow,
/// with the step that would do, or when the range with its history leaves the years that nanoseconds can hold.
[[nodiscard]] absl::StatusOr<ModelPlan> PlanModel(const QuerySpec& spec, absl::Duration step, TimeRange range,
                                                  absl::Time now, const QueryLimits& limits);

/// Checks a range that came from outside: `from` before `to`, within the years 1678 to 2261 that nanoseconds can hold.
[[nodiscard]] absl::Status CheckRange(TimeRange range);

}  // namespace bellwether
