#include "server/connectors/system/system_sampler.h"

namespace bellwether {
namespace {

constexpr SystemMetric kMetrics[] = {
    {"cpu_total", "percent", "CPU time not idle", ""},
    {"cpu_user", "percent", "CPU time in programs, nice ones included", ""},
    {"cpu_system", "percent", "CPU time in the kernel", ""},
    {"cpu_iowait", "percent", "CPU time waiting for disks", ""},
    {"cpu_irq", "percent", "CPU time in interrupts", ""},
    {"cpu_steal", "percent", "CPU time taken by other guests of the host", ""},
    {"cpu_idle", "percent", "CPU time idle", ""},
    {"load_1", "short", "Load average over 1 minute", ""},
    {"load_5", "short", "Load average over 5 minutes", ""},
    {"load_15", "short", "Load average over 15 minutes", ""},
    {"memory_used", "bytes", "Memory that is not available", ""},
    {"memory_available", "bytes", "Memory that programs can get", ""},
    {"memory_cached", "bytes", "Memory holding file contents", ""},
    {"memory_used_percent", "percent", "Share of memory that is not available", ""},
    {"swap_used", "bytes", "Swap in use", ""},
    {"swap_used_percent", "percent", "Share of swap in use", ""},
    {"filesystem_used_percent", "percent", "Share of the root file system in use", ""},
    {"disk_read", "Bps", "Bytes read from a disk", "device"},
    {"disk_written", "Bps", "Bytes written to a disk", "device"},
    {"disk_busy", "percent", "Time a disk was busy", "device"},
    {"network_received", "Bps", "Bytes received by an interface", "interface"},
    {"network_sent", "Bps", "Bytes sent by an interface", "interface"},
    {"network_errors", "short", "Errors of an interface per second", "interface"},
    {"processes_running", "short", "Threads that run or wait for a CPU", ""},
    {"processes_blocked", "short", "Threads that wait for a disk", ""},
    {"threads", "short", "Threads of all processes", ""},
    {"context_switches", "short", "Context switches per second", ""},
    {"forks", "short", "Processes and threads started per second", ""},
    {"uptime", "s", "Time since the machine started", ""},
    {"pressure_cpu", "percent", "Time some task waited for a CPU", ""},
    {"pressure_memory", "percent", "Time some task waited for memory", ""},
    {"pressure_io", "percent", "Time some task waited for a disk", ""},
};

}  // namespace

std::span<const SystemMetric> SystemMetrics() { return kMetrics; }

}  // namespace bellwether
