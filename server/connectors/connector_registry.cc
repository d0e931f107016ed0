#include "server/connectors/connector_registry.h"

#include <utility>

namespace bellwether {

void ConnectorRegistry::Add(std::unique_ptr<Connector> connector) {
  for (std::unique_ptr<Connector>& present : connectors_) {
    if (present->kind() == connector->kind()) {
      present = std::move(connector);
      return;
    }
  }
  connectors_.push_back(std::move(connector));
}

const Connector* ConnectorRegistry::Find(std::string_view kind) const {
  for (const std::unique_ptr<Connector>& connector : connectors_) {
    if (connector->kind() == kind) {
      return connector.get();
    }
  }
  return nullptr;
}

std::vector<std::string_view> ConnectorRegistry::kinds() const {
  std::vector<std::string_view> kinds;
  kinds.reserve(connectors_.size());
  for (const std::unique_ptr<Connector>& connector : connectors_) {
    kinds.push_back(connector->kind());
  }
  return kinds;
}

}  // namespace bellwether
