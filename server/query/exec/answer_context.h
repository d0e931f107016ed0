#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/time/cancellation.h"
#include "server/base/time/clock.h"
#include "server/query/exec/model_input.h"
#include "server/query/exec/series_workers.h"
#include "server/query/query_service.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {

/// What the answer to one query is made from.
struct AnswerContext {
  const QuerySpec& spec;
  const QueryRequest& request;
  const ModelInput& input;
  const QueryLimits& limits;
  absl::Time now;
  const Cancellation& cancellation;
  const Clock& clock;
  absl::Time deadline;  ///< by which the analysis has to be done: what is not then is left out and said
  SeriesWorkers& workers;
  const TextFileReader& read_file;
};

/// Points a series that the panel can show: what it asked for within our bound, 1,000 where it asked for nothing.
[[nodiscard]] size_t DisplayPoints(int64_t max_data_points, size_t bound);

/// An empty frame with name, refId, notices and executed query of the answer. `type` is the dataplane kind, or empty.
[[nodiscard]] Frame StartFrame(const AnswerContext& context, std::string name, std::string type);

/// The name for the answer's frame: the metric's where there is one metric, "<analysis>" otherwise.
[[nodiscard]] std::string AnswerName(const AnswerContext& context);

/// The indices of the visible part of the model's grid as a span-able range.
struct VisibleRange {
  size_t begin = 0;
  size_t size = 0;
};
[[nodiscard]] VisibleRange VisiblePart(const ModelInput& input);

/// Rounds to `digits` significant digits, so that JSON and tables read well. NaN and infinities stay.
[[nodiscard]] double RoundTo(double value, int digits);

/// A frame of shaded stretches that the panel draws over the graph (data topic "annotations") or, for annotation
/// queries
/// (`as_annotation_query`), the plain list.
struct Region {
  int64_t start_unix_ns = 0;
  int64_t end_unix_ns = 0;
  std::string title;
  std::string text;
  std::string color;
  std::vector<std::string> tags;
};
[[nodiscard]] Frame RegionsFrame(const AnswerContext& context, const std::vector<Region>& regions,
                                 bool as_annotation_query);

}  // namespace bellwether
