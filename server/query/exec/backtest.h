#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/time/cancellation.h"
#include "server/base/time/clock.h"
#include "server/connectors/connector.h"
#include "server/query/exec/model_plan.h"
#include "server/query/exec/series_workers.h"
#include "server/query/spec/parse_backtest.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// The most model steps that one backtest replays, over all series and budgets: a few seconds of work.
inline constexpr size_t kMostBacktestSteps = 40'000'000;

/// Replays the anomaly query `spec` over the days asked for, once for each budget, with the very verdicts that panels
/// and alert rules get. The answer is a JSON document:
///
///     {"from", "to", "method", "series", "intervalSeconds", "graceSeconds", "labels": "none"|"partial"|"complete",
///      "budgets": [{"falseAlarmsPerWeek", "weeks", "alarms", "achievedPerWeek", "alarmSeconds", "trueAlarms",
///                   "falseAlarms", "anomalies", "caught", "recall", "precision", "incidents": [{"series", "start",
///                   "end", "type", "severity", "truth"}], "incidentsLeftOut"}],
///      "notices": ["…"]}
///
/// Times are moments in UTC; recall and precision are null where no label tells; the incidents are the latest 100.
/// Feedback from before the days and blackouts count as they do in panels; other feedback is the truth that alarms are
/// compared with, as are the stretches that the source itself calls abnormal. Series are replayed several at once on
/// `workers`. Errors carry an Origin: CANCELLED when the caller is gone, DEADLINE_EXCEEDED when `clock` has come to
/// `deadline` before all series were replayed, since a part of a curve misleads.
[[nodiscard]] absl::StatusOr<std::string> BacktestJson(const BacktestAsk& ask, const QuerySpec& spec,
                                                       const Connector& connector, const Clock& clock,
                                                       absl::Time deadline, const QueryLimits& limits,
                                                       const Cancellation& cancellation, SeriesWorkers& workers);

}  // namespace bellwether
