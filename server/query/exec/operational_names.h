#pragma once

#include <string_view>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {

/// The name of what the table knows nothing of.
inline constexpr std::string_view kUnusualPattern = "unusual_pattern";

/// What an anomaly means to those who run the system: "latency_spike", "error_rate_spike", "throughput_drop",
/// "cpu_overload", "memory_leak", "resource_spike", "performance_degradation", else "unusual_pattern". Looked up in a
/// table by the words of the metric's name, its unit (Grafana's id), the type and the side; `deviation` below 0 = down.
[[nodiscard]] std::string_view OperationalName(AnomalyType type, double deviation, std::string_view unit,
                                               std::string_view metric);

}  // namespace bellwether
