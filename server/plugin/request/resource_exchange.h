#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/plugin/request/plugin_context.h"

namespace bellwether {

using HttpHeaders = std::map<std::string, std::vector<std::string>>;

/// An HTTP request to the data source's resources, as Grafana hands it on.
struct ResourceRequest {
  PluginContext context;
  std::string path;
  std::string method;
  std::string url;  ///< path and query string
  HttpHeaders headers;
  std::string body;
};

/// What a resource answers.
struct ResourceResponse {
  int http_status = 200;
  HttpHeaders headers;
  std::string body;

  friend bool operator==(const ResourceResponse&, const ResourceResponse&) = default;
};

}  // namespace bellwether
