#include "server/base/status/error_origin.h"

#include <string>
#include <utility>

#include "absl/strings/cord.h"

namespace bellwether {
namespace {

// Debian's Abseil has a string_view and an optional of its own, hence the conversions.
constexpr absl::string_view kOriginPayload = "bellwether/origin";

}  // namespace

absl::Status WithOrigin(absl::Status status, Origin origin) {
  if (status.ok() || status.GetPayload(kOriginPayload).has_value()) {
    return status;
  }
  status.SetPayload(kOriginPayload, absl::Cord(std::string(OriginName(origin))));
  return status;
}

Origin OriginOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kOriginPayload);
  return payload.has_value() && std::string(*payload) == OriginName(Origin::kDownstream) ? Origin::kDownstream
                                                                                         : Origin::kPlugin;
}

std::string_view OriginName(Origin origin) {
  switch (origin) {
    case Origin::kPlugin:
      return "plugin";
    case Origin::kDownstream:
      return "downstream";
  }
  return "plugin";
}

int HttpStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 502;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

absl::Status BadQueryError(std::string_view message) {
  return WithOrigin(absl::InvalidArgumentError(std::string(message)), Origin::kDownstream);
}

}  // namespace bellwether
