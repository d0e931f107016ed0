#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "server/connectors/connector.h"

namespace bellwether {

/// The connectors this process has, by kind. Filled once at start, read from any thread afterwards.
class ConnectorRegistry {
 public:
  /// Adds `connector`; a later one of the same kind replaces an earlier one.
  void Add(std::unique_ptr<Connector> connector);

  /// The connector of `kind`, null when there is none.
  [[nodiscard]] const Connector* Find(std::string_view kind) const;

  /// The kinds in the order they were added.
  [[nodiscard]] std::vector<std::string_view> kinds() const;

 private:
  std::vector<std::unique_ptr<Connector>> connectors_;
};

}  // namespace bellwether
