#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "server/base/status/error_origin.h"
#include "server/telemetry/metrics/metric_registry.h"

namespace bellwether {

/// How a call ended, for the metrics. A batch of queries counts as an error when any of its queries failed.
enum class Outcome { kOk, kError, kCancelled };

/// Counts calls and their durations under the names that Grafana's own plugin SDK uses:
/// grafana_plugin_request_total{endpoint,status,status_source} and grafana_plugin_request_duration_seconds{endpoint}.
class RequestMetrics {
 public:
  /// `registry` must outlive this.
  explicit RequestMetrics(MetricRegistry& registry);

  /// `endpoint` is queryData, callResource, checkHealth, collectMetrics, subscribeStream, publishStream or runStream.
  void Record(std::string_view endpoint, Outcome outcome, Origin origin, absl::Duration duration);

 private:
  CounterFamily& total_;
  HistogramFamily& duration_;
};

}  // namespace bellwether
