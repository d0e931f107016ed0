#pragma once

#include <cstddef>
#include <string>

namespace bellwether {

/// Processors that a quota of the kernel's control groups grants, rounded up: `text` is that of the file cpu.max
/// (cgroup v2), such as "150000 100000" for one and a half. 0 where it sets no bound ("max 100000") or cannot be read.
[[nodiscard]] size_t ProcessorsOfQuota(const std::string& text);

/// Processors that this process may use: those of its affinity, or fewer where a container's quota grants fewer. At
/// least 1.
[[nodiscard]] size_t AllowedProcessors();

}  // namespace bellwether
