#pragma once

#include <map>
#include <string>

namespace bellwether {

/// Whether an alert rule or a server-side expression asks: header `FromAlert` or `X-Grafana-From-Expr` is "true".
/// Grafana's releases differ in letter case and in whether forwarded headers begin with "http_"; both are accepted.
[[nodiscard]] bool AsksForAlert(const std::map<std::string, std::string>& headers);

}  // namespace bellwether
