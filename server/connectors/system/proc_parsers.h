#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bellwether {

/// The counters of /proc/stat. Times in ticks; all are ever-growing except the two process counts.
struct ProcStat {
  uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  uint64_t context_switches = 0;
  uint64_t forks = 0;
  uint64_t running = 0;
  uint64_t blocked = 0;
};

/// The three load averages.
struct ProcLoad {
  double load1 = 0, load5 = 0, load15 = 0;
  uint64_t threads = 0;  ///< scheduling entities that exist
};

/// In bytes.
struct ProcMemory {
  uint64_t total = 0, available = 0, cached = 0, swap_total = 0, swap_free = 0;
};

/// Ever-growing counters of one disk.
struct ProcDisk {
  std::string device;
  uint64_t read_bytes = 0, written_bytes = 0, io_ms = 0;
};

/// Ever-growing counters of one network interface.
struct ProcInterface {
  std::string name;
  uint64_t rx_bytes = 0, tx_bytes = 0, errors = 0;
};

/// The line "some" of a pressure file: share of the time that a task waited, in percent over 10 seconds.
using ProcPressure = double;

// Each parser takes the text of one file of /proc and gives nothing when the text is not of the form that proc(5)
// states.
[[nodiscard]] std::optional<ProcStat> ParseProcStat(std::string_view text);
[[nodiscard]] std::optional<ProcLoad> ParseProcLoad(std::string_view text);
[[nodiscard]] std::optional<ProcMemory> ParseProcMemory(std::string_view text);
[[nodiscard]] std::optional<double> ParseProcUptimeSeconds(std::string_view text);
[[nodiscard]] std::optional<ProcPressure> ParseProcPressure(std::string_view text);

/// Whole disks, without partitions, loop and ram devices; the first `max_devices` of the file.
[[nodiscard]] std::vector<ProcDisk> ParseProcDisks(std::string_view text, size_t max_devices);

/// Interfaces without loopback and the short-lived ones of containers (veth…); the first `max_devices` of the file.
[[nodiscard]] std::vector<ProcInterface> ParseProcInterfaces(std::string_view text, size_t max_devices);

}  // namespace bellwether
