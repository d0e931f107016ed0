#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"

namespace bellwether {

/// Encodes `frame` as an Arrow IPC file the way Grafana's plugin SDK does (one record batch, metadata version V5, no
/// dictionaries, no compression). The only allocation that grows with the data is the returned string.
[[nodiscard]] std::string EncodeArrow(const CheckedFrame& frame);

/// Decodes what EncodeArrow or Grafana's SDK wrote. INVALID_ARGUMENT with the place of the fault on anything else;
/// every offset and length is checked against `bytes`, so hostile input costs no more memory than a small multiple of
/// its size.
[[nodiscard]] absl::StatusOr<CheckedFrame> DecodeArrow(std::string_view bytes);

}  // namespace bellwether
