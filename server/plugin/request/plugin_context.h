#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "server/telemetry/log/secret.h"

namespace bellwether {

/// The person at the browser.
struct User {
  std::string login;
  std::string name;
  std::string email;
  std::string role;

  friend bool operator==(const User&, const User&) = default;
};

/// Settings of an app plugin's instance.
struct AppInstance {
  std::string json_data;
  std::map<std::string, Secret> secrets;
  int64_t last_updated_unix_ms = 0;
  std::string api_version;

  friend bool operator==(const AppInstance&, const AppInstance&) = default;
};

/// Settings of the data source that is asked, as the administrator saved them.
struct DataSourceInstance {
  int64_t id = 0;
  std::string uid;
  std::string name;
  std::string url;
  std::string user;
  std::string database;
  bool basic_auth_enabled = false;
  std::string basic_auth_user;
  std::string json_data;
  std::map<std::string, Secret> secrets;
  int64_t last_updated_unix_ms = 0;
  std::string api_version;

  friend bool operator==(const DataSourceInstance&, const DataSourceInstance&) = default;
};

/// Who asks and on whose behalf; accompanies every call.
struct PluginContext {
  int64_t org_id = 0;
  std::string plugin_id;
  std::optional<User> user;  ///< absent when Grafana itself asks, e.g. to evaluate an alert rule
  std::optional<AppInstance> app;
  std::optional<DataSourceInstance> data_source;
  std::map<std::string, std::string> grafana_config;
  std::string plugin_version;
  std::string user_agent;
  std::string api_version;
  std::string grafana_namespace;

  friend bool operator==(const PluginContext&, const PluginContext&) = default;

  /// The data source's jsonData, empty when there is none.
  [[nodiscard]] std::string json_data() const { return data_source.has_value() ? data_source->json_data : ""; }
};

}  // namespace bellwether
