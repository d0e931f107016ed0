#pragma once

#include <string>
#include <string_view>

#include "server/base/time/cancellation.h"
#include "server/plugin/request/resource_exchange.h"
#include "server/query/query_service.h"

namespace bellwether {

/// Answers the HTTP requests that the editors send to /api/datasources/uid/<uid>/resources/…, always with JSON:
///
///     GET       methods      analyses, methods and source kinds
///     GET       demo/series  the demo's series
///     GET POST  series       the series of the `source` object given as ?source= or as the body
///     POST      validate     {"valid": true}, or 400 {"valid": false, "error": …} for the saved query in the body
///     POST      backtest     what the saved query in the body would have done in the last days, at several budgets
///     GET       settings     what the server allows, read-only
///
/// Other paths give 404 with the known ones, other methods 405. Safe to use from any thread.
class ResourceRouter {
 public:
  /// `queries` must outlive the router.
  explicit ResourceRouter(const QueryService& queries) : queries_(queries) {}

  [[nodiscard]] ResourceResponse Route(const ResourceRequest& request, const Cancellation& cancellation = {}) const;

  /// Whether the answer takes as long as a query's: it belongs among them, not among what answers at once.
  [[nodiscard]] static bool IsLong(std::string_view path);

 private:
  const QueryService& queries_;
};

/// A JSON answer {"error": `error`} with `http_status`.
[[nodiscard]] ResourceResponse ResourceError(int http_status, const std::string& error);

}  // namespace bellwether
