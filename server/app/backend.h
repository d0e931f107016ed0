#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "server/base/time/clock.h"
#include "server/query/query_service.h"

namespace bellwether {

/// What decides which objects the process has.
struct BackendOptions {
  std::string csv_folder;  ///< empty = the csv source answers that no folder is allowed
  absl::Duration system_sample_interval = absl::Seconds(5);  ///< between two readings of this host
  absl::Duration system_slot = absl::Seconds(15);            ///< readings of a slot are kept as their mean
};

/// Every object behind the query service, wired together: clock, connectors, service. Sampling of this host begins with
/// it and ends with it.
class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] static std::unique_ptr<Backend> Create(const BackendOptions& options);

  [[nodiscard]] virtual const QueryService& service() const = 0;
  [[nodiscard]] virtual const Clock& clock() const = 0;
};

}  // namespace bellwether
