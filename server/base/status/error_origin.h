#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace bellwether {

/// Who is to blame for a failure. Grafana counts `kPlugin` errors against the plugin's service level and leaves
/// `kDownstream` ones (a bad query, an unreachable upstream) out.
enum class Origin { kPlugin, kDownstream };

/// Returns `status` marked with `origin`. A status that already carries an origin keeps it: the place where an error
/// happens knows best. OK stays OK.
[[nodiscard]] absl::Status WithOrigin(absl::Status status, Origin origin);

/// The origin carried by `status`. An unmarked error is `kPlugin`.
[[nodiscard]] Origin OriginOf(const absl::Status& status);

/// "plugin" or "downstream", as Grafana's errorSource field spells it.
[[nodiscard]] std::string_view OriginName(Origin origin);

/// The HTTP status that says the same as a gRPC code: INVALID_ARGUMENT 400, UNAUTHENTICATED 401, PERMISSION_DENIED 403,
/// NOT_FOUND 404, RESOURCE_EXHAUSTED 429, CANCELLED 499, UNIMPLEMENTED 501, UNAVAILABLE 502, DEADLINE_EXCEEDED 504,
/// OUT_OF_RANGE and FAILED_PRECONDITION 400, everything else 500; OK 200.
[[nodiscard]] int HttpStatusOf(const absl::Status& status);

/// An INVALID_ARGUMENT error of downstream origin: what the user asked for cannot be answered. `message` is a sentence
/// that says what was wrong and what to do next.
[[nodiscard]] absl::Status BadQueryError(std::string_view message);

}  // namespace bellwether
