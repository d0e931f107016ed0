#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace bellwether {

/// Reads a Grafana duration: one or more whole or decimal numbers each with a unit of ms, s, m, h, d (24 h), w (7 d) or
/// y (365 d), as in "14d" or "1h30m". INVALID_ARGUMENT for anything else, for zero and for more than 1,000 years.
[[nodiscard]] absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

/// The shortest such text for `duration` in whole milliseconds, e.g. "1h30m"; "0s" for zero or less.
[[nodiscard]] std::string DurationText(absl::Duration duration);

}  // namespace bellwether
