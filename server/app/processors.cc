#include "server/app/processors.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace bellwether {
namespace {

std::string TextOf(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// In a container its own group is the root of what it sees; version 1 has the two numbers in two files.
std::string Quota() {
  if (std::string text = TextOf("/sys/fs/cgroup/cpu.max"); !text.empty()) {
    return text;
  }
  return TextOf("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") + " " + TextOf("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
}

}  // namespace

size_t ProcessorsOfQuota(const std::string& text) {
  std::istringstream words(text);
  double quota = 0;
  double period = 0;
  if (!(words >> quota >> period) || !(quota > 0) || !(period > 0)) {
    return 0;
  }
  const double processors = std::ceil(quota / period);
  return processors < 1e6 ? static_cast<size_t>(processors) : 0;
}

size_t AllowedProcessors() {
  const size_t present = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  const size_t granted = ProcessorsOfQuota(Quota());
  return granted == 0 ? present : std::min(present, granted);
}

}  // namespace bellwether
