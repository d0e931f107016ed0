#pragma once

#include "absl/time/time.h"
#include "server/telemetry/metrics/metric_registry.h"

namespace bellwether {

/// Registers process_resident_memory_bytes, process_cpu_seconds_total and process_start_time_seconds, read from
/// /proc/self and getrusage at each export. `started` is when the process began.
void AddProcessMetrics(absl::Time started, MetricRegistry& registry);

}  // namespace bellwether
