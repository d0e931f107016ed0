#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/time/cancellation.h"
#include "server/base/time/time_range.h"
#include "server/frame/frame.h"

namespace bellwether {

/// One series as an upstream delivered it: points in ascending time, no duplicate times, values possibly NaN (missing).
/// The two vectors are equally long.
struct RawSeries {
  std::string name;  ///< the metric, e.g. "revenue"
  Labels labels;     ///< tells series of one metric apart
  std::string unit;  ///< Grafana unit id, may be empty
  std::vector<int64_t> times_unix_ns;
  std::vector<double> values;
};

/// A stretch of an upstream that is known to be abnormal (the demo's incidents, labels in a file).
struct LabelledInterval {
  TimeRange range;
  std::string series;  ///< name of the metric it concerns
  Labels labels;       ///< of the series it concerns; empty = all
  std::string type;    ///< spike, drop, level_shift, drift, variance_change, season_break, flatline, missing_data
  std::string title;
};

/// What a connector answers.
struct FetchResult {
  std::vector<RawSeries> series;
  std::vector<LabelledInterval> incidents;
  std::vector<Notice> notices;  ///< e.g. "3 of 1,200 rows were skipped: line 17 has no number in column value."
  std::string executed_query;   ///< for the query inspector, no secrets
};

/// What is asked of a connector. `query_json` is the `source` object of the saved query ({"kind": "csv", ...}), already
/// known to be a JSON object with that kind; each connector reads its own keys and ignores others.
struct FetchRequest {
  std::string query_json;
  TimeRange range;
  /// Width of the buckets the caller will aggregate to. A connector that generates or samples delivers points at about
  /// this step (aligned to the clock: times are multiples of `step` since the epoch); one that stores raw points
  /// delivers them raw, or aggregates to unbiased bucket means when there are more than `max_points_per_series`.
  absl::Duration step;
  size_t max_series = 1000;
  size_t max_points_per_series = 100'000;
};

/// One selectable series, for the query editor's picker.
struct SeriesInfo {
  std::string name;
  Labels labels;
  std::string unit;
  std::string description;
};

/// A kind of upstream. Implementations are safe to call from several threads at once.
class Connector {
 public:
  virtual ~Connector() = default;

  /// The value of `source.kind` that selects this connector.
  [[nodiscard]] virtual std::string_view kind() const = 0;

  /// The step a model of this source uses unless the query gives one. Zero = unknown: it is inferred from the data.
  [[nodiscard]] virtual absl::Duration PreferredStep() const { return absl::ZeroDuration(); }

  /// Reads the series asked for. An error carries an Origin and a sentence with the next step: INVALID_ARGUMENT for a
  /// bad query, NOT_FOUND, PERMISSION_DENIED, UNAVAILABLE, CANCELLED, RESOURCE_EXHAUSTED past a bound. No data in the
  /// range is not an error: series with no points, or none.
  [[nodiscard]] virtual absl::StatusOr<FetchResult> Fetch(const FetchRequest& request,
                                                          const Cancellation& cancellation) const = 0;

  /// The series a user can pick from (for csv: of the file named in `query_json`, or the files when none is named).
  [[nodiscard]] virtual absl::StatusOr<std::vector<SeriesInfo>> List(std::string_view query_json) const = 0;
};

}  // namespace bellwether
