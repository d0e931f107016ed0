#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bellwether {

/// What a feature of a host or service measures.
enum class FeatureRole {
  kOther,
  kCpu,
  kMemory,
  kDisk,
  kNetwork,
  kLatency,
  kErrors,
  kThroughput,
  kQueue,
  kTemperature,
};

/// "cpu", "memory" …; "other" where nothing is known.
[[nodiscard]] std::string_view FeatureRoleName(FeatureRole role);

/// What a feature's numbers mean.
struct FeatureMeaning {
  FeatureRole role = FeatureRole::kOther;
  bool is_spare = false;  ///< counts what is left (free memory, idle time): it falls where others rise
};

/// The meaning of a metric by the words of its name, the role else by its unit (Grafana's ids), from a table.
[[nodiscard]] FeatureMeaning MeaningOf(std::string_view name, std::string_view unit);

/// A known kind of host anomaly.
struct HostAnomalyKind {
  std::string_view id;      ///< "cpu_overload", "memory_leak" …
  std::string_view action;  ///< what to do first, a sentence
};

/// One unusual feature of a moment.
struct FeatureEvidence {
  FeatureRole role = FeatureRole::kOther;
  bool is_up = true;       ///< more is used or happens than is usual
  bool is_rising = false;  ///< has kept going up for long, as leaks do
  double share = 0;        ///< of the anomaly, 0 to 1
};

/// The kind that explains most of the evidence: of the table's patterns whose features are all there, the one whose
/// features carry the largest share, and of equals the one that asks for more. Never empty: "unusual_pattern" fits all.
[[nodiscard]] const HostAnomalyKind& ClassifyHostAnomaly(std::span<const FeatureEvidence> evidence);

/// All kinds, in the table's order.
[[nodiscard]] std::span<const HostAnomalyKind> HostAnomalyKinds();

}  // namespace bellwether
