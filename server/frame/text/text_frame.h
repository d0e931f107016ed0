#pragma once

#include <cstddef>
#include <string>

#include "server/frame/frame.h"

namespace bellwether {

/// A readable form of `frame` for golden files and debugging: name, meta, a line a field (type, labels, config), then
/// at most `max_rows` rows (the first and the last ones, and how many were left out). Numbers print with up to
/// 10 significant digits, times as ISO-8601 UTC, missing values as null.
[[nodiscard]] std::string FrameToText(const CheckedFrame& frame, size_t max_rows = 50);

}  // namespace bellwether
