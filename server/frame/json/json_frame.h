#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"

namespace bellwether {

/// Encodes `frame` as Grafana's JSON frame ({schema, data} with values, entities and nanos).
[[nodiscard]] std::string EncodeJsonFrame(const CheckedFrame& frame);

/// The most fields that a JSON frame may have. A field in memory is far larger than its shortest JSON.
inline constexpr size_t kJsonFieldsMax = 16384;

/// Decodes a Grafana JSON frame, as the SDK or the frontend writes it. INVALID_ARGUMENT names the field and the fault.
/// Unknown keys are ignored. Without `typeInfo` the frontend's type counts (number is float64, other is json). A field
/// becomes nullable when its type says so or a value is missing.
[[nodiscard]] absl::StatusOr<CheckedFrame> DecodeJsonFrame(std::string_view json);

}  // namespace bellwether
