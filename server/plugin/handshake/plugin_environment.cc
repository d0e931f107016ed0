#include "server/plugin/handshake/plugin_environment.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace bellwether {

PluginEnvironment ReadPluginEnvironment(const std::function<const char*(const char*)>& get) {
  const auto text = [&get](const char* name) {
    const char* value = get(name);
    return std::string(value == nullptr ? "" : value);
  };
  PluginEnvironment environment;
  environment.cookie_present = text("grafana_plugin_type") == "datasource";
  environment.protocol_versions = text("PLUGIN_PROTOCOL_VERSIONS");
  environment.asks_for_multiplexing = !text("PLUGIN_MULTIPLEX_GRPC").empty();
  environment.unix_socket_dir = text("PLUGIN_UNIX_SOCKET_DIR");
  environment.unix_socket_group = text("PLUGIN_UNIX_SOCKET_GROUP");
  int count = 0;
  if (absl::SimpleAtoi(text("GF_CONCURRENT_QUERY_COUNT"), &count) && count >= 1 && count <= 1000) {
    environment.concurrent_queries = static_cast<size_t>(count);
  }
  return environment;
}

absl::Status CheckProtocolVersion(const PluginEnvironment& environment) {
  if (environment.protocol_versions.empty()) {
    return absl::OkStatus();
  }
  const std::vector<std::string> versions = absl::StrSplit(environment.protocol_versions, ',');
  for (const std::string& version : versions) {
    if (std::string(absl::StripAsciiWhitespace(version)) == "2") {
      return absl::OkStatus();
    }
  }
  return absl::FailedPreconditionError("The plugin host speaks protocol versions " + environment.protocol_versions +
                                       " only; Bellwether needs version 2. Use Grafana 10.1 or later.");
}

}  // namespace bellwether
