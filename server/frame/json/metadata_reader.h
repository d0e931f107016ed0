#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json_fwd.hpp"
#include "server/frame/frame.h"

namespace bellwether {

/// Parses a JSON document whose nesting is bounded. INVALID_ARGUMENT naming `what` otherwise.
[[nodiscard]] absl::StatusOr<nlohmann::json> ParseMetadata(std::string_view text, std::string_view what);

/// Labels from a JSON object of strings, or null for none. INVALID_ARGUMENT for anything else.
[[nodiscard]] absl::StatusOr<Labels> ReadLabels(const nlohmann::json& json);

/// What Bellwether knows of a FieldConfig. Members that are unknown, or not of the type that Grafana gives them, count
/// as unset: they only change how a field looks.
[[nodiscard]] FieldConfig ReadConfig(const nlohmann::json& json);

/// What Bellwether knows of a frame's meta, as lenient as ReadConfig.
[[nodiscard]] FrameMeta ReadMeta(const nlohmann::json& json);

}  // namespace bellwether
