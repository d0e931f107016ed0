#pragma once

#include <memory>
#include <string>

#include "server/base/time/clock.h"
#include "server/connectors/connector_registry.h"
#include "server/query/exec/model_plan.h"
#include "server/query/query_service.h"

namespace bellwether {

/// What an operator set for this process, shown read-only in the config editor.
struct ServerSettings {
  std::string version;
  std::string csv_folder;  ///< empty = CSV files are not allowed
};

/// The QueryService over a registry of connectors: parse, fetch, analyse, put into frames. `registry` and `clock` must
/// outlive it. `read_file` reads the calendars that queries name.
[[nodiscard]] std::unique_ptr<QueryService> MakeConnectorQueryService(const ConnectorRegistry& registry,
                                                                      const Clock& clock, ServerSettings settings,
                                                                      QueryLimits limits = {},
                                                                      TextFileReader read_file = nullptr);

}  // namespace bellwether
