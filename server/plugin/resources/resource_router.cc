#include "server/plugin/resources/resource_router.h"

#include "server/base/status/error_origin.h"

#include "absl/strings/ascii.h"
#include "nlohmann/json.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bellwether {
namespace {

using nlohmann::json;

constexpr size_t kBodyBytesMax = size_t{4} << 20;

// Never throws, whatever bytes the texts hold.
std::string Dump(const json& document) { return document.dump(-1, ' ', false, json::error_handler_t::replace); }

ResourceResponse JsonResponse(int http_status, std::string body) {
  return {.http_status = http_status,
          .headers = {{"Content-Type", {"application/json"}}, {"X-Content-Type-Options", {"nosniff"}}},
          .body = std::move(body)};
}

ResourceResponse ErrorResponse(const absl::Status& status) {
  return ResourceError(HttpStatusOf(status), std::string(status.message()));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Percent-decoding of a query string's part (WHATWG URL, application/x-www-form-urlencoded): a '%' without two
// hexadecimal digits stands for itself.
std::string DecodeQueryPart(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

std::optional<std::string> QueryParameter(std::string_view url, std::string_view name) {
  url = url.substr(0, url.find('#'));
  const size_t mark = url.find('?');
  std::string_view rest = mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const size_t equals = part.find('=');
    if (DecodeQueryPart(part.substr(0, equals)) == name) {
      return equals == std::string_view::npos ? "" : DecodeQueryPart(part.substr(equals + 1));
    }
  }
  return std::nullopt;
}

std::string_view TrimSlashes(std::string_view path) {
  path = path.substr(0, path.find('?'));
  while (!path.empty() && path.front() == '/') {
    path.remove_prefix(1);
  }
  while (!path.empty() && path.back() == '/') {
    path.remove_suffix(1);
  }
  return path;
}

ResourceResponse Methods(const QueryService& queries, const ResourceRequest&, const Cancellation&) {
  return JsonResponse(200, queries.MethodsJson());
}

ResourceResponse Settings(const QueryService& queries, const ResourceRequest&, const Cancellation&) {
  return JsonResponse(200, queries.ServerSettingsJson());
}

ResourceResponse SeriesOf(const QueryService& queries, const ResourceRequest& request, std::string_view source) {
  const absl::StatusOr<DataSourceSettings> settings = DataSourceSettings::Parse(request.context.json_data());
  if (!settings.ok()) {
    return ErrorResponse(settings.status());
  }
  absl::StatusOr<std::string> series = queries.SeriesJson(source, *settings);
  return series.ok() ? JsonResponse(200, *std::move(series)) : ErrorResponse(series.status());
}

ResourceResponse DemoSeries(const QueryService& queries, const ResourceRequest& request, const Cancellation&) {
  return SeriesOf(queries, request, R"({"kind":"demo"})");
}

ResourceResponse Series(const QueryService& queries, const ResourceRequest& request, const Cancellation&) {
  const std::string source = request.body.empty() ? QueryParameter(request.url, "source").value_or("") : request.body;
  if (source.empty()) {
    return ResourceError(400,
                         "Say which source is meant: send its object, such as {\"kind\":\"demo\"}, as the body or "
                         "as the parameter source.");
  }
  return SeriesOf(queries, request, source);
}

ResourceResponse Validate(const QueryService& queries, const ResourceRequest& request, const Cancellation&) {
  const absl::Status status = queries.Validate(request.body);
  if (status.ok()) {
    return JsonResponse(200, R"({"valid":true})");
  }
  return JsonResponse(HttpStatusOf(status), Dump({{"valid", false}, {"error", std::string(status.message())}}));
}

ResourceResponse Backtest(const QueryService& queries, const ResourceRequest& request,
                          const Cancellation& cancellation) {
  const absl::StatusOr<DataSourceSettings> settings = DataSourceSettings::Parse(request.context.json_data());
  if (!settings.ok()) {
    return ErrorResponse(settings.status());
  }
  absl::StatusOr<std::string> answer = queries.BacktestJson(request.body, *settings, cancellation);
  return answer.ok() ? JsonResponse(200, *std::move(answer)) : ErrorResponse(answer.status());
}

struct Route {
  std::string_view path;
  std::string_view methods;  // as the Allow header spells them
  ResourceResponse (*answer)(const QueryService&, const ResourceRequest&, const Cancellation&);
  bool is_long = false;
};

constexpr std::array<Route, 6> kRoutes = {{{"methods", "GET", Methods},
                                           {"demo/series", "GET", DemoSeries},
                                           {"series", "GET, POST", Series},
                                           {"validate", "POST", Validate},
                                           {"backtest", "POST", Backtest, true},
                                           {"settings", "GET", Settings}}};

bool Allows(const Route& route, std::string_view method) {
  return route.methods == method || (route.methods == "GET, POST" && (method == "GET" || method == "POST"));
}

}  // namespace

ResourceResponse ResourceError(int http_status, const std::string& error) {
  return JsonResponse(http_status, Dump({{"error", error}}));
}

bool ResourceRouter::IsLong(std::string_view path) {
  return std::any_of(kRoutes.begin(), kRoutes.end(),
                     [path = TrimSlashes(path)](const auto& route) { return route.is_long && route.path == path; });
}

ResourceResponse ResourceRouter::Route(const ResourceRequest& request, const Cancellation& cancellation) const {
  if (request.body.size() > kBodyBytesMax) {
    return ResourceError(413, "The body has " + std::to_string(request.body.size()) + " bytes; at most " +
                                  std::to_string(kBodyBytesMax) + " are read.");
  }
  const std::string_view path = TrimSlashes(request.path);
  const std::string method = absl::AsciiStrToUpper(request.method);
  for (const auto& route : kRoutes) {
    if (route.path != path) {
      continue;
    }
    if (Allows(route, method)) {
      return route.answer(queries_, request, cancellation);
    }
    ResourceResponse refusal =
        ResourceError(405, "The resource " + std::string(path) + " answers " + std::string(route.methods) + " only.");
    refusal.headers["Allow"] = {std::string(route.methods)};
    return refusal;
  }
  json paths = json::array();
  for (const auto& route : kRoutes) {
    paths.push_back(std::string(route.path));
  }
  return JsonResponse(404, Dump({{"error", "There is no resource \"" + std::string(path.substr(0, 200)) + "\"."},
                                 {"paths", std::move(paths)}}));
}

}  // namespace bellwether
