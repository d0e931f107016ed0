#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/time/cancellation.h"
#include "server/base/time/time_range.h"
#include "server/frame/frame.h"

namespace bellwether {

/// What the administrator set for this data source instance (Grafana's jsonData).
struct DataSourceSettings {
  bool demo_enabled = true;

  /// Reads jsonData; unknown keys are ignored, an empty text gives the defaults. INVALID_ARGUMENT names the wrong key.
  [[nodiscard]] static absl::StatusOr<DataSourceSettings> Parse(std::string_view json_data);
};

/// One query of a batch, as Grafana sends it.
struct QueryRequest {
  std::string ref_id;
  std::string json;             ///< the saved query (contract: proto/contract/query.schema.json)
  TimeRange range;              ///< unchecked: `from` may lie behind `to`
  int64_t max_data_points = 0;  ///< unchecked: width of the panel in pixels
  absl::Duration interval;      ///< the panel's own step
  bool from_alert = false;  ///< an alert rule or a server-side expression asks: one dense numeric series per label set
};

/// The answer to one query. Frames may accompany an error.
struct QueryAnswer {
  absl::Status status;  ///< carries an Origin
  std::vector<CheckedFrame> frames;
};

/// Reads a small text file below the folder that the operator allowed: its text, or an error of downstream origin that
/// names the path. Safe to call from any thread. Empty where no folder is allowed.
using TextFileReader = std::function<absl::StatusOr<std::string>(std::string_view path)>;

/// Answers saved queries. Safe to call from several threads at once.
class QueryService {
 public:
  virtual ~QueryService() = default;

  [[nodiscard]] virtual QueryAnswer Answer(const QueryRequest& request, const DataSourceSettings& settings,
                                           const Cancellation& cancellation) const = 0;

  /// Checks a saved query without running it: OK or the 400 that Answer would give.
  [[nodiscard]] virtual absl::Status Validate(std::string_view query_json) const = 0;

  /// The list of analyses, methods with their assumptions, and source kinds as a JSON document (resource `/methods`).
  [[nodiscard]] virtual std::string MethodsJson() const = 0;

  /// The series of a source as a JSON array of {name, labels, unit, description}; `source_json` is the `source` object
  /// of a saved query, e.g. {"kind":"demo"} (resources `/demo/series` and `/series`).
  [[nodiscard]] virtual absl::StatusOr<std::string> SeriesJson(std::string_view source_json,
                                                               const DataSourceSettings& settings) const = 0;

  /// Replays an anomaly query at several budgets (resource `/backtest`): `body` holds the saved query, the days and the
  /// budgets, the answer is the JSON document of exec/backtest.h.
  [[nodiscard]] virtual absl::StatusOr<std::string> BacktestJson(std::string_view body,
                                                                 const DataSourceSettings& settings,
                                                                 const Cancellation& cancellation) const = 0;

  /// What the server allows, read-only, for the config editor (resource `/settings`): {"csvFolder": "..."|null,
  /// "version": "...", "sources": [...]}.
  [[nodiscard]] virtual std::string ServerSettingsJson() const = 0;
};

}  // namespace bellwether
