#include "server/connectors/system/proc_parsers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace bellwether {
namespace {

constexpr uint64_t kSectorBytes = 512;  // Of /proc/diskstats, whatever the disk's own sectors are.

/// Takes the next line off `text`.
bool TakeLine(std::string_view& text, std::string_view& line) {
  if (text.empty()) {
    return false;
  }
  const size_t end = std::min(text.find('\n'), text.size());
  line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return true;
}

/// Takes the next word off `line`; empty at its end.
std::string_view TakeWord(std::string_view& line) {
  const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  const size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

template <typename Number>
bool Parse(std::string_view word, Number& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size();
}

/// Takes `numbers.size()` whole numbers off `line`; how many there were.
size_t TakeNumbers(std::string_view& line, std::span<uint64_t> numbers) {
  size_t count = 0;
  while (count < numbers.size() && Parse(TakeWord(line), numbers[count])) {
    ++count;
  }
  return count;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsSkippedDisk(std::string_view name) {
  for (const std::string_view prefix : {"loop", "ram", "zram", "sr", "fd"}) {
    if (name.starts_with(prefix)) {
      return true;
    }
  }
  // sda1, vdb2: a letter disk with a number; nvme0n1p1, mmcblk0p1: a number, p, a number.
  const size_t last = name.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == name.size()) {
    return false;
  }
  for (const std::string_view prefix : {"sd", "hd", "vd", "xvd"}) {
    if (name.starts_with(prefix)) {
      return true;
    }
  }
  return name[last] == 'p' && last > 0 && IsDigit(name[last - 1]);
}

}  // namespace

std::optional<ProcStat> ParseProcStat(std::string_view text) {
  ProcStat stat;
  bool has_cpu = false;
  std::string_view line;
  while (TakeLine(text, line)) {
    const std::string_view key = TakeWord(line);
    std::array<uint64_t, 8> n{};
    if (key == "cpu") {
      if (TakeNumbers(line, n) < 4) {
        return std::nullopt;
      }
      stat.user = n[0], stat.nice = n[1], stat.system = n[2], stat.idle = n[3];
      stat.iowait = n[4], stat.irq = n[5], stat.softirq = n[6], stat.steal = n[7];
      has_cpu = true;
    } else if (key == "ctxt") {
      TakeNumbers(line, {&stat.context_switches, 1});
    } else if (key == "processes") {
      TakeNumbers(line, {&stat.forks, 1});
    } else if (key == "procs_running") {
      TakeNumbers(line, {&stat.running, 1});
    } else if (key == "procs_blocked") {
      TakeNumbers(line, {&stat.blocked, 1});
    }
  }
  return has_cpu ? std::optional(stat) : std::nullopt;
}

std::optional<ProcLoad> ParseProcLoad(std::string_view text) {
  ProcLoad load;
  std::string_view line;
  if (!TakeLine(text, line) || !Parse(TakeWord(line), load.load1) || !Parse(TakeWord(line), load.load5) ||
      !Parse(TakeWord(line), load.load15)) {
    return std::nullopt;
  }
  const std::string_view tasks = TakeWord(line);  // running/existing
  const size_t slash = tasks.find('/');
  if (slash == std::string_view::npos || !Parse(tasks.substr(slash + 1), load.threads) || !std::isfinite(load.load1) ||
      !std::isfinite(load.load5) || !std::isfinite(load.load15)) {
    return std::nullopt;
  }
  return load;
}

std::optional<ProcMemory> ParseProcMemory(std::string_view text) {
  ProcMemory memory;
  bool has_available = false;
  uint64_t free = 0;
  std::string_view line;
  while (TakeLine(text, line)) {
    const std::string_view key = TakeWord(line);
    uint64_t kib = 0;
    if (TakeNumbers(line, {&kib, 1}) != 1 || kib > (UINT64_MAX >> 10)) {
      continue;
    }
    const uint64_t bytes = kib << 10;
    if (key == "MemTotal:") {
      memory.total = bytes;
    } else if (key == "MemAvailable:") {
      memory.available = bytes;
      has_available = true;
    } else if (key == "MemFree:") {
      free = bytes;
    } else if (key == "Cached:") {
      memory.cached = bytes;
    } else if (key == "SwapTotal:") {
      memory.swap_total = bytes;
    } else if (key == "SwapFree:") {
      memory.swap_free = bytes;
    }
  }
  if (!has_available) {
    memory.available = free + memory.cached;  // Kernels before 3.14 do not say it.
  }
  memory.available = std::min(memory.available, memory.total);
  memory.swap_free = std::min(memory.swap_free, memory.swap_total);
  return memory.total > 0 ? std::optional(memory) : std::nullopt;
}

std::optional<double> ParseProcUptimeSeconds(std::string_view text) {
  double seconds = 0;
  std::string_view line;
  if (!TakeLine(text, line) || !Parse(TakeWord(line), seconds) || !(seconds >= 0) || !std::isfinite(seconds)) {
    return std::nullopt;
  }
  return seconds;
}

std::optional<ProcPressure> ParseProcPressure(std::string_view text) {
  std::string_view line;
  constexpr std::string_view kKey = "avg10=";
  while (TakeLine(text, line)) {
    if (TakeWord(line) != "some") {
      continue;
    }
    const std::string_view word = TakeWord(line);
    double percent = 0;
    if (word.starts_with(kKey) && Parse(word.substr(kKey.size()), percent) && percent >= 0 && percent <= 100) {
      return percent;
    }
  }
  return std::nullopt;
}

std::vector<ProcDisk> ParseProcDisks(std::string_view text, size_t max_devices) {
  std::vector<ProcDisk> disks;
  std::string_view line;
  while (disks.size() < max_devices && TakeLine(text, line)) {
    TakeWord(line);  // major
    TakeWord(line);  // minor
    const std::string_view name = TakeWord(line);
    std::array<uint64_t, 10> n{};
    if (name.empty() || name.size() > 64 || IsSkippedDisk(name) || TakeNumbers(line, n) < n.size()) {
      continue;
    }
    disks.push_back({std::string(name), n[2] * kSectorBytes, n[6] * kSectorBytes, n[9]});
  }
  return disks;
}

std::vector<ProcInterface> ParseProcInterfaces(std::string_view text, size_t max_devices) {
  std::vector<ProcInterface> interfaces;
  std::string_view line;
  while (interfaces.size() < max_devices && TakeLine(text, line)) {
    const size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) {
      continue;  // The two lines of the heading.
    }
    std::string_view head = line.substr(0, colon);
    const std::string_view name = TakeWord(head);
    line.remove_prefix(colon + 1);
    std::array<uint64_t, 11> n{};
    if (name.empty() || name.size() > 64 || name == "lo" || name.starts_with("veth") ||
        TakeNumbers(line, n) < n.size()) {
      continue;
    }
    interfaces.push_back({std::string(name), n[0], n[8], n[2] + n[10]});
  }
  return interfaces;
}

}  // namespace bellwether
