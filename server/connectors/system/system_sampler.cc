#include "server/connectors/system/system_sampler.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bellwether {
namespace {

constexpr size_t kMaxProcFileBytes = 1 << 20;  // /proc/stat of the largest machines has some hundred KiB.

double Share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string SystemSampler::ReadProc(std::string_view file) const {
  std::string text;
  const std::string path = absl::StrCat(options_.proc_root, "/", std::string(file));
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return text;
  }
  constexpr size_t kChunk = 16 << 10;
  while (text.size() < kMaxProcFileBytes) {
    const size_t size = text.size();
    text.resize(size + kChunk);
    const ssize_t got = ::read(fd, text.data() + size, kChunk);
    text.resize(size + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got == 0 || (got < 0 && errno != EINTR)) {
      break;
    }
  }
  ::close(fd);
  return text;
}

void SystemSampler::Add(std::string_view name, double value, std::string device) {
  readings_.push_back({name, std::move(device), value});
}

void SystemSampler::AddRate(std::string_view name, uint64_t before, uint64_t after, double per, std::string device) {
  if (after >= before && per > 0) {
    Add(name, static_cast<double>(after - before) / per, std::move(device));
  }
}

void SystemSampler::AddCpu(const ProcStat& before, const ProcStat& after) {
  // Single counters can step back a little (iowait does, see proc(5)); such a step counts as none.
  const auto delta = [&](uint64_t ProcStat::*field) {
    return after.*field >= before.*field ? after.*field - before.*field : 0;
  };
  const uint64_t user = delta(&ProcStat::user) + delta(&ProcStat::nice);
  const uint64_t system = delta(&ProcStat::system);
  const uint64_t idle = delta(&ProcStat::idle);
  const uint64_t iowait = delta(&ProcStat::iowait);
  const uint64_t irq = delta(&ProcStat::irq) + delta(&ProcStat::softirq);
  const uint64_t steal = delta(&ProcStat::steal);
  const uint64_t total = user + system + idle + iowait + irq + steal;
  if (total == 0 || after.user < before.user || after.idle + 1000 < before.idle) {
    return;  // No time has passed, or the counters began anew.
  }
  Add("cpu_total", Share(total - idle - iowait, total));
  Add("cpu_user", Share(user, total));
  Add("cpu_system", Share(system, total));
  Add("cpu_iowait", Share(iowait, total));
  Add("cpu_irq", Share(irq, total));
  Add("cpu_steal", Share(steal, total));
  Add("cpu_idle", Share(idle, total));
}

void SystemSampler::AddProcessRates(const ProcStat& before, const ProcStat& after, double seconds) {
  AddRate("context_switches", before.context_switches, after.context_switches, seconds);
  AddRate("forks", before.forks, after.forks, seconds);
}

void SystemSampler::AddDisks(const Snapshot& before, const Snapshot& after, double seconds) {
  for (const ProcDisk& disk : after.disks) {
    const auto old = std::find_if(before.disks.begin(), before.disks.end(),
                                  [&](const ProcDisk& one) { return one.device == disk.device; });
    if (old == before.disks.end()) {
      continue;
    }
    AddRate("disk_read", old->read_bytes, disk.read_bytes, seconds, disk.device);
    AddRate("disk_written", old->written_bytes, disk.written_bytes, seconds, disk.device);
    if (disk.io_ms >= old->io_ms) {
      Add("disk_busy", std::min(static_cast<double>(disk.io_ms - old->io_ms) / (10 * seconds), 100.0), disk.device);
    }
  }
}

void SystemSampler::AddInterfaces(const Snapshot& before, const Snapshot& after, double seconds) {
  for (const ProcInterface& interface : after.interfaces) {
    const auto old = std::find_if(before.interfaces.begin(), before.interfaces.end(),
                                  [&](const ProcInterface& one) { return one.name == interface.name; });
    if (old == before.interfaces.end()) {
      continue;
    }
    AddRate("network_received", old->rx_bytes, interface.rx_bytes, seconds, interface.name);
    AddRate("network_sent", old->tx_bytes, interface.tx_bytes, seconds, interface.name);
    AddRate("network_errors", old->errors, interface.errors, seconds, interface.name);
  }
}

void SystemSampler::AddGauges(const Snapshot& snapshot) {
  if (snapshot.stat.has_value()) {
    Add("processes_running", static_cast<double>(snapshot.stat->running));
    Add("processes_blocked", static_cast<double>(snapshot.stat->blocked));
  }
  if (const std::optional<ProcLoad> load = ParseProcLoad(ReadProc("loadavg")); load.has_value()) {
    Add("load_1", load->load1);
    Add("load_5", load->load5);
    Add("load_15", load->load15);
    Add("threads", static_cast<double>(load->threads));
  }
  if (const std::optional<ProcMemory> memory = ParseProcMemory(ReadProc("meminfo")); memory.has_value()) {
    Add("memory_used", static_cast<double>(memory->total - memory->available));
    Add("memory_available", static_cast<double>(memory->available));
    Add("memory_cached", static_cast<double>(memory->cached));
    Add("memory_used_percent", Share(memory->total - memory->available, memory->total));
    if (memory->swap_total > 0) {
      Add("swap_used", static_cast<double>(memory->swap_total - memory->swap_free));
      Add("swap_used_percent", Share(memory->swap_total - memory->swap_free, memory->swap_total));
    }
  }
  if (const std::optional<double> uptime = ParseProcUptimeSeconds(ReadProc("uptime")); uptime.has_value()) {
    Add("uptime", *uptime);
  }
  for (const auto& [file, name] :
       {std::pair("pressure/cpu", "pressure_cpu"), std::pair("pressure/memory", "pressure_memory"),
        std::pair("pressure/io", "pressure_io")}) {
    if (const std::optional<ProcPressure> pressure = ParseProcPressure(ReadProc(file)); pressure.has_value()) {
      Add(name, *pressure);
    }
  }
  struct statvfs disk {};
  if (!options_.disk_root.empty() && ::statvfs(options_.disk_root.c_str(), &disk) == 0 && disk.f_blocks > 0) {
    // As df reckons: blocks kept for root count as used by nobody.
    const uint64_t used = disk.f_blocks - std::min(disk.f_bfree, disk.f_blocks);
    Add("filesystem_used_percent", Share(used, used + disk.f_bavail));
  }
}

std::vector<SystemReading> SystemSampler::Sample(absl::Time now) {
  readings_.clear();
  Snapshot snapshot;
  snapshot.time = now;
  snapshot.stat = ParseProcStat(ReadProc("stat"));
  snapshot.disks = ParseProcDisks(ReadProc("diskstats"), options_.max_devices);
  snapshot.interfaces = ParseProcInterfaces(ReadProc("net/dev"), options_.max_devices);
  if (before_.has_value()) {
    const double seconds = absl::ToDoubleSeconds(now - before_->time);
    if (before_->stat.has_value() && snapshot.stat.has_value()) {
      AddCpu(*before_->stat, *snapshot.stat);
    }
    if (seconds > 0) {
      if (before_->stat.has_value() && snapshot.stat.has_value()) {
        AddProcessRates(*before_->stat, *snapshot.stat, seconds);
      }
      AddDisks(*before_, snapshot, seconds);
      AddInterfaces(*before_, snapshot, seconds);
    }
  }
  AddGauges(snapshot);
  before_ = std::move(snapshot);
  return std::exchange(readings_, {});
}

}  // namespace bellwether
