#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"

namespace bellwether {

/// Encodes `frame` as Grafana's JSON frame ({schema, data} with values, entities and nanos).
[[nodiscard]] std::string EncodeJsonFrame(const CheckedFrame& frame);

/// Decodes a Grafana JSON frame. INVALID_ARGUMENT names the field and the fault. Unknown keys are ignored.
[[nodiscard]] absl::StatusOr<CheckedFrame> DecodeJsonFrame(std::string_view json);

}  // namespace bellwether
