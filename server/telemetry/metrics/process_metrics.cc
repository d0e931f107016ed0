#include "server/telemetry/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

namespace bellwether {
namespace {

double ResidentBytes() {
  // Fields of statm: total and resident size, in pages.
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  if (!(statm >> total >> resident)) {
    return std::nan("");
  }
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) {
    return std::nan("");
  }
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void AddProcessMetrics(absl::Time started, MetricRegistry& registry) {
  registry.AddSampled({.name = "process_resident_memory_bytes",
                       .help = "Resident memory size in bytes.",
                       .labels = {},
                       .is_counter = false,
                       .read = ResidentBytes});
  registry.AddSampled({.name = "process_cpu_seconds_total",
                       .help = "User and system CPU time spent in seconds.",
                       .labels = {},
                       .is_counter = true,
                       .read = CpuSeconds});
  registry.AddSampled({.name = "process_start_time_seconds",
                       .help = "Start time of the process in seconds since the Unix epoch.",
                       .labels = {},
                       .is_counter = false,
                       .read = [started] { return std::floor(absl::ToDoubleSeconds(started - absl::UnixEpoch())); }});
}

}  // namespace bellwether
