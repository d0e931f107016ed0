#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "server/frame/frame.h"
#include "server/query/exec/anomaly_analysis.h"
#include "server/query/exec/answer_context.h"

namespace bellwether {

/// What is left of a series' verdicts once its fields are made: bounded by its incidents, not by its points.
struct SeriesSummary {
  std::vector<IncidentFact> incidents;
  std::vector<Period> periods;
  double alarms_per_week = 0;
  size_t learning_buckets = 0;
  bool is_judged = false;  ///< false: the time for the query was over before
};

/// The facts behind an anomaly answer, for the frame's meta.custom: per series the number of incidents by severity,
/// type and operational name, the periods found, the false-alarm budget promised and what the history spent. One
/// summary for each series of the input.
[[nodiscard]] std::string SummaryJson(const AnswerContext& context, const std::vector<SeriesSummary>& summaries);

/// Says on `frame` for how much of the range the detectors were still cold.
void AddLearningNotice(const AnswerContext& context, const std::vector<SeriesSummary>& summaries, Frame& frame);

/// A table of the incidents, latest first: start, end, series, severity, type, operational name, explanation, value,
/// expected, deviation, score, the band, the deviation in spreads, what broke, how rare it is, since when, which label
/// value carries it, what each view adds, and the nearest earlier one like it.
[[nodiscard]] Frame IncidentRowsFrame(const AnswerContext& context, const std::vector<SeriesSummary>& summaries);

/// The incidents found, as stretches to shade.
[[nodiscard]] std::vector<Region> IncidentRegions(const AnswerContext& context,
                                                  const std::vector<SeriesSummary>& summaries);

/// The stretches within the panel's range that the source itself says are abnormal, and those that the query calls
/// blackouts or has feedback on.
[[nodiscard]] std::vector<Region> LabelRegions(const AnswerContext& context);

}  // namespace bellwether
