#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/connectors/system/system_options.h"
#include "server/connectors/system/system_sampler.h"

namespace bellwether::injected {

/// Writes what the system connector's sampler reads of this machine into a folder, one table a metric and device:
/// cpu_total.csv, disk_busy@sda.csv …, columns timestamp (UTC) and value. Rows are added to tables that are there, so
/// that a recording can be gone on with; every row is on disk before the next one is taken.
class HostRecorder {
 public:
  HostRecorder(std::string folder, const SystemOptions& options = {}) : folder_(std::move(folder)), sampler_(options) {}

  /// Makes the folder. FAILED_PRECONDITION where that cannot be.
  [[nodiscard]] absl::Status Open();

  /// Takes a reading and writes it under `stamp`. The first one holds no rates. FAILED_PRECONDITION where a table
  /// cannot be written.
  [[nodiscard]] absl::Status Take(absl::Time stamp);

  [[nodiscard]] size_t tables() const { return tables_.size(); }

 private:
  std::string folder_;
  SystemSampler sampler_;
  std::map<std::string, std::string> tables_;  ///< path of each table written to
};

/// Records for `rows` steps, at whole multiples of the step on the clock. A reading that comes late leaves a gap.
[[nodiscard]] absl::Status RecordHost(const std::string& folder, size_t rows, absl::Duration step);

}  // namespace bellwether::injected
