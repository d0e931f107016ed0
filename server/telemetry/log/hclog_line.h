#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/telemetry/log/logger.h"

namespace bellwether {

/// The longest line EncodeHclogLine makes, its newline included. The host reads lines in buffers of 64 KiB.
inline constexpr size_t kHclogLineBytesMax = 60 * 1024;

/// One line, newline included, in the JSON form that Grafana's plugin host reads from a plugin's stderr: `@level`,
/// `@message`, `@module` and `@timestamp` (six decimals, UTC) as strings, then the attributes. Whatever comes in, the
/// line is valid JSON and valid UTF-8, at most kHclogLineBytesMax bytes long, and has no `@`-key but those four: text
/// is repaired and shortened on character boundaries, attributes that begin with '@' or are called "timestamp" (which
/// the host would drop) are renamed "attr_…", and those that no longer fit are counted in `attributes_dropped`.
[[nodiscard]] std::string EncodeHclogLine(absl::Time time, LogLevel level, std::string_view module,
                                          std::string_view message, absl::Span<const LogAttribute> attributes);

}  // namespace bellwether
