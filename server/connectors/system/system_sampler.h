#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/connectors/system/proc_parsers.h"
#include "server/connectors/system/system_options.h"

namespace bellwether {

/// One reading of one metric of this machine.
struct SystemReading {
  std::string_view name;  ///< one of SystemMetrics()
  std::string device;     ///< disk or interface, empty for metrics of the whole machine
  double value = 0;
};

/// A metric that can be read.
struct SystemMetric {
  std::string_view name;
  std::string_view unit;  ///< Grafana unit id
  std::string_view description;
  std::string_view label;  ///< name of the label that holds the device, may be empty
};

/// Everything the sampler may deliver; what a machine lacks (pressure, swap, disks) is left out of the readings.
[[nodiscard]] std::span<const SystemMetric> SystemMetrics();

/// Reads /proc and turns counters into rates by remembering the reading before. A counter that went backward (a reset
/// or a wrap) yields no rate for that interval. Not thread-safe.
class SystemSampler {
 public:
  explicit SystemSampler(const SystemOptions& options) : options_(options) {}

  /// The readings at `now`. Rates are missing in the first call.
  [[nodiscard]] std::vector<SystemReading> Sample(absl::Time now);

 private:
  struct Snapshot {
    absl::Time time;
    std::optional<ProcStat> stat;
    std::vector<ProcDisk> disks;
    std::vector<ProcInterface> interfaces;
  };

  std::string ReadProc(std::string_view file) const;
  void AddCpu(const ProcStat& before, const ProcStat& after);
  void AddProcessRates(const ProcStat& before, const ProcStat& after, double seconds);
  void AddDisks(const Snapshot& before, const Snapshot& after, double seconds);
  void AddInterfaces(const Snapshot& before, const Snapshot& after, double seconds);
  void AddGauges(const Snapshot& snapshot);
  void Add(std::string_view name, double value, std::string device = "");
  void AddRate(std::string_view name, uint64_t before, uint64_t after, double per, std::string device = "");

  const SystemOptions options_;
  std::optional<Snapshot> before_;
  std::vector<SystemReading> readings_;
};

}  // namespace bellwether
