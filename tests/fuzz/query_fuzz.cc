// Saved queries and bodies of backtests: whatever text arrives, the answer is a query within its bounds or a sentence,
// and its blackouts become disjoint stretches in order.
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/analytics/anomaly/backtest.h"
#include "server/base/status/error_origin.h"
#include "server/base/text/utf8.h"
#include "server/query/exec/feedback.h"
#include "server/query/spec/parse_backtest.h"
#include "server/query/spec/parse_feedback.h"
#include "server/query/spec/parse_query.h"
#include "tests/fuzz/require.h"

namespace {

using bellwether::FeedbackInterval;
using bellwether::FeedbackTimeline;
using bellwether::Require;

constexpr std::array<std::string_view, 3> kKinds = {"demo", "system", "csv"};

void RequireSentence(const absl::Status& status) {
  Require(bellwether::HttpStatusOf(status) == 400, "what a user wrote wrong is a 400");
  Require(bellwether::OriginOf(status) == bellwether::Origin::kDownstream, "and not our fault");
  const std::string_view message(status.message().data(), status.message().size());
  Require(!message.empty() && message.size() < 2000, "a sentence is neither empty nor endless");
  Require(bellwether::IsValidUtf8(message), "a sentence is text");
}

void RequireInOrder(const FeedbackTimeline& timeline) {
  int64_t end = INT64_MIN;
  for (const FeedbackInterval& interval : timeline) {
    Require(interval.from_unix_ns >= end && interval.to_unix_ns > interval.from_unix_ns, "disjoint and ascending");
    end = interval.to_unix_ns;
  }
}

bool IsBudget(double budget) {
  return budget >= bellwether::kLeastFalseAlarmsPerWeek && budget <= bellwether::kMostFalseAlarmsPerWeek;
}

void CheckAnomalies(const bellwether::AnomalySpec& spec) {
  Require(IsBudget(spec.false_alarms_per_week), "a budget is within its range");
  Require(std::isfinite(spec.min_deviation_absolute) && spec.min_deviation_absolute >= 0,
          "a deviation is none below 0");
  Require(spec.feedback.size() <= bellwether::kMostFeedback, "feedback is bounded");
  Require(spec.weekly_blackouts.size() + spec.single_blackouts.size() <= bellwether::kMostBlackouts,
          "blackouts are bounded");
  for (const bellwether::WeeklyBlackout& blackout : spec.weekly_blackouts) {
    Require(blackout.from_minute >= 0 && blackout.from_minute < 1440, "a blackout begins on its day");
    Require(blackout.to_minute > blackout.from_minute && blackout.to_minute <= blackout.from_minute + 1440,
            "and lasts a day at most");
  }
  // A year that holds both changes of the clock in either hemisphere.
  constexpr int64_t kFrom = 1'760'000'000'000'000'000;
  constexpr int64_t kTo = kFrom + int64_t{366} * 86'400'000'000'000;
  constexpr int64_t kStep = 300'000'000'000;
  const FeedbackTimeline blackouts = bellwether::BlackoutTimeline(spec, kFrom, kTo, kStep);
  RequireInOrder(blackouts);
  RequireInOrder(bellwether::TimelineOf(spec.feedback, blackouts, "load", "load a", kFrom, kTo, kStep));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto query = bellwether::ParseQuery(text, kKinds); query.ok()) {
    CheckAnomalies(query->anomalies);
  } else {
    RequireSentence(query.status());
  }
  if (const auto ask = bellwether::ParseBacktest(text); ask.ok()) {
    Require(ask->days > 0 && ask->days <= bellwether::kMostBacktestDays, "days are within their range");
    Require(ask->budgets.size() <= bellwether::kMostBacktestBudgets, "budgets are bounded");
    for (const double budget : ask->budgets) {
      Require(IsBudget(budget), "a budget is within its range");
    }
  } else {
    RequireSentence(ask.status());
  }
  return 0;
}
