#include "server/plugin/request/request_headers.h"

#include "absl/strings/ascii.h"

namespace bellwether {

bool AsksForAlert(const std::map<std::string, std::string>& headers) {
  for (const auto& [name, value] : headers) {
    std::string canonical = absl::AsciiStrToLower(name);
    if (canonical.rfind("http_", 0) == 0) {
      canonical.erase(0, 5);
    }
    if ((canonical == "fromalert" || canonical == "x-grafana-from-expr") && absl::AsciiStrToLower(value) == "true") {
      return true;
    }
  }
  return false;
}

}  // namespace bellwether
