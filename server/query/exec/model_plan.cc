#include "server/query/exec/model_plan.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/base/time/step.h"
#include "server/query/spec/duration.h"

namespace bellwether {
namespace {

constexpr int64_t kAutoHistorySteps = 4032;
constexpr int64_t kMostHistorySteps = 20'160;
constexpr int64_t kMostAutoHorizonSteps = 1000;
constexpr int64_t kEnoughHorizonSteps = 60;
constexpr absl::Duration kWantedHistory = absl::Hours(14 * 24);  // holds the week twice
// Steps of a month and more would otherwise ask for a history that nanoseconds cannot hold.
constexpr absl::Duration kLongestAutoHistory = absl::Hours(50 * 365 * 24);
// What int64 nanoseconds hold, with room to spare: 1678 to 2261.
constexpr absl::Duration kFarthestFromEpoch = absl::Seconds(9'200'000'000);

// Refuses a plan whose times or lengths would leave int64 nanoseconds: the blocks of a history reach back from the
// range by up to three histories and their rounding to steps.
absl::Status CheckReach(TimeRange range, absl::Duration history, absl::Duration step, absl::Time now) {
  const absl::Time earliest = range.from - 3 * (history + step) - step;
  const absl::Time latest = std::min(range.to, now) + step;
  if (earliest < absl::UnixEpoch() - kFarthestFromEpoch || latest - earliest > kFarthestFromEpoch) {
    return BadQueryError(Concat("The time range with a history of ", DurationText(absl::Trunc(history, absl::Hours(1))),
                                " and an interval of ", DurationText(step),
                                " reaches back before the year 1678. Choose a later range, a shorter history or a "
                                "shorter interval."));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Duration NiceStep(absl::Duration step) {
  static constexpr std::array<int64_t, 29> kSeconds = {
      1,      2,      5,      10,      15,      20,        30,        60,        120,       180,
      300,    600,    900,    1200,    1800,    3600,      7200,      10'800,    14'400,    21'600,
      28'800, 43'200, 86'400, 172'800, 604'800, 1'209'600, 2'592'000, 7'776'000, 31'536'000};
  if (step < absl::Seconds(1)) {
    for (const int64_t ms : {1, 2, 5, 10, 20, 50, 100, 200, 500}) {
      if (step <= absl::Milliseconds(ms)) {
        return absl::Milliseconds(ms);
      }
    }
  }
  for (const int64_t seconds : kSeconds) {
    if (step <= absl::Seconds(seconds)) {
      return absl::Seconds(seconds);
    }
  }
  return absl::Seconds(kSeconds.back()) * ((step - absl::Nanoseconds(1)) / absl::Seconds(kSeconds.back()) + 1);
}

absl::Duration AutoHistory(absl::Duration step) {
  const absl::Duration history = std::min(step * kAutoHistorySteps, kLongestAutoHistory);
  const absl::Duration unit = history > absl::Hours(24) ? absl::Hours(24) : absl::Hours(1);
  return absl::Ceil(history, unit);
}

absl::Duration ModelStep(const QuerySpec& spec, absl::Duration preferred) {
  if (spec.interval.has_value()) {
    return *spec.interval;
  }
  absl::Duration step = preferred;
  if (spec.history.has_value()) {
    step = std::max(step, *spec.history / kMostHistorySteps);
  }
  if (spec.analysis == Analysis::kForecast) {
    const absl::Duration horizon = spec.forecast.horizon;
    step = std::max(step, horizon / kMostAutoHorizonSteps);
    if (!spec.history.has_value()) {
      // A coarser step sees more of the past: up to two weeks of it, as long as the horizon keeps enough steps.
      step = std::max(step, std::min(horizon / kEnoughHorizonSteps, kWantedHistory / kAutoHistorySteps));
    }
  }
  return NiceStep(step);
}

absl::Status CheckRange(TimeRange range) {
  if (range.from < absl::UnixEpoch() - kFarthestFromEpoch || range.to > absl::UnixEpoch() + kFarthestFromEpoch) {
    return BadQueryError("The time range lies outside the years 1678 to 2261. Choose a range within them.");
  }
  if (range.from == range.to) {
    return BadQueryError("The time range is empty: from equals to. Choose a longer range.");
  }
  if (range.from > range.to) {
    return BadQueryError(Concat("The time range ends (", absl::FormatTime(range.to, absl::UTCTimeZone()),
                                ") before it begins (", absl::FormatTime(range.from, absl::UTCTimeZone()),
                                "). Swap from and to."));
  }
  return absl::OkStatus();
}

absl::StatusOr<ModelPlan> PlanModel(const QuerySpec& spec, absl::Duration step, TimeRange range, absl::Time now,
                                    const QueryLimits& limits) {
  ModelPlan plan;
  plan.step_ns = absl::ToInt64Nanoseconds(step);
  const absl::Duration history = std::max(spec.history.value_or(AutoHistory(step)), step);
  if (range.length() / step > static_cast<int64_t>(limits.max_points_per_series) ||
      history / step > static_cast<int64_t>(limits.max_points_per_series)) {
    const absl::Duration longest = std::max(range.length(), history);
    const absl::Duration enough = NiceStep(longest / (static_cast<int64_t>(limits.max_points_per_series) / 2));
    return BadQueryError(absl::StrFormat(
        "The %s of %s holds %d steps of %s; at most %d can be analysed. Set interval to at least %s, or choose a "
        "shorter %s.",
        range.length() >= history ? "time range" : "history", DurationText(absl::Trunc(longest, absl::Seconds(1))),
        longest / step, DurationText(step), limits.max_points_per_series, DurationText(enough),
        range.length() >= history ? "range" : "history"));
  }
  BELLWETHER_RETURN_IF_ERROR(CheckReach(range, history, step, now));
  plan.history_ns = CeilToStep(absl::ToInt64Nanoseconds(history), plan.step_ns);
  plan.visible_from_ns = FloorToStep(absl::ToUnixNanos(range.from), plan.step_ns);
  // The bucket that holds `to` counts when it is already complete.
  const int64_t now_ns = FloorToStep(absl::ToUnixNanos(now), plan.step_ns);
  plan.visible_to_ns = std::min(CeilToStep(absl::ToUnixNanos(std::min(range.to, now)), plan.step_ns), now_ns);
  plan.visible_from_ns = std::min(plan.visible_from_ns, plan.visible_to_ns);
  switch (spec.analysis) {
    case Analysis::kAnomalies:
    case Analysis::kChangepoints:
      // Blocks of one history each, aligned to the clock; the verdicts of a block rest on the block before it and on
      // itself.
      plan.learn_from_ns = FloorToStep(plan.visible_from_ns, plan.history_ns) - plan.history_ns;
      break;
    case Analysis::kMultivariate:
      // Likewise; and an incident may have begun in the block before, whose verdicts rest on the one before that.
      plan.learn_from_ns = FloorToStep(plan.visible_from_ns, plan.history_ns) - 2 * plan.history_ns;
      break;
    case Analysis::kForecast:
    case Analysis::kPatterns:
      plan.learn_from_ns = std::min(plan.visible_to_ns - plan.history_ns, plan.visible_from_ns);
      break;
    case Analysis::kOutliers:
      plan.learn_from_ns = plan.visible_from_ns - plan.history_ns;
      break;
    case Analysis::kTrend:
    case Analysis::kRaw:
      plan.learn_from_ns = plan.visible_from_ns;
      break;
  }
  return plan;
}

}  // namespace bellwether
