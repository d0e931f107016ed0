#pragma once

#include "server/plugin/request/resource_exchange.h"
#include "server/query/query_service.h"

namespace bellwether {

/// Answers the HTTP requests that the editors send to /api/datasources/uid/<uid>/resources/…, always with JSON:
///
///     GET       methods      analyses, methods and source kinds
///     GET       demo/series  the demo's series
///     GET POST  series       the series of the `source` object given as ?source= or as the body
///     POST      validate     {"valid": true}, or 400 {"valid": false, "error": …} for the saved query in the body
///     GET       settings     what the server allows, read-only
///
/// Other paths give 404 with the known ones, other methods 405. Safe to use from any thread.
class ResourceRouter {
 public:
  /// `queries` must outlive the router.
  explicit ResourceRouter(const QueryService& queries) : queries_(queries) {}

  [[nodiscard]] ResourceResponse Route(const ResourceRequest& request) const;

 private:
  const QueryService& queries_;
};

/// A JSON answer {"error": `error`} with `http_status`.
[[nodiscard]] ResourceResponse ResourceError(int http_status, const std::string& error);

}  // namespace bellwether
