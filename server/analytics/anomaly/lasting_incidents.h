#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/anomaly/batch_segments.h"
#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// What the segments of a series were found in.
struct SegmentSource {
  std::span<const double> values;  ///< as they came
  std::span<const size_t> rows;    ///< the row of each number that was searched
  std::span<const double> rest;    ///< those numbers: values less season, over `unit`
  double unit = 1;
  double rows_per_week = 2016;
  /// Whether what people said allows an alarm on a row.
  std::span<const unsigned char> may_alarm;
};

/// Turns segments into incidents: one each for those rarer than the budget, with its kind, its extent and what speaks
/// for it. Writes the score of every segment to the row at which it shows, raises its alarm there, and moves what was
/// expected within a shifted level or a drift to where the rows around it are. `options` are those of the series, with
/// the part of the budget that is for segments. Returns the incidents by place.
[[nodiscard]] std::vector<Incident> JudgeSegments(std::span<const LastingSegment> segments, const SegmentSource& source,
                                                  const DetectorOptions& options, Detection& detection);

/// Puts incidents that last and those of single rows together, each ordered by place: those that overlap become one, of
/// the kind of the one that lasts. Where the other is of a kind that rows tell better (a flatline, missing data, a
/// broken season) and covers most of it, the kind is that of the other. Ordered by place, none overlap.
[[nodiscard]] std::vector<Incident> WithLasting(std::vector<Incident> lasting, std::vector<Incident> others,
                                                const VerdictColumns& verdicts);

}  // namespace bellwether
