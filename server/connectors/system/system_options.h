#pragma once

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace bellwether {

/// What the system connector samples and keeps.
struct SystemOptions {
  std::string proc_root = "/proc";                    ///< tests use a folder of fixtures
  std::string disk_root = "/";                        ///< the file system whose fill level is sampled; empty = none
  absl::Duration sample_interval = absl::Seconds(5);  ///< between two readings
  absl::Duration slot = absl::Seconds(15);            ///< one kept value is the mean of the readings of a slot
  absl::Duration retention = absl::Hours(24);
  size_t max_series = 80;  ///< 80 series of 5,760 slots of 4 bytes are 1.8 MB, reached after 24 hours
  size_t max_devices = 8;  ///< disks, and as many network interfaces
};

}  // namespace bellwether
