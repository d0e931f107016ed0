#pragma once

#include <string>
#include <string_view>

#include "server/frame/frame.h"

namespace bellwether {

/// Appends `labels` as a JSON object.
void AppendLabelsJson(std::string& out, const Labels& labels);

/// Appends Grafana's FieldConfig JSON. Unset members are left out, so an empty config appends `{}`.
void AppendConfigJson(std::string& out, const FieldConfig& config);

/// Appends Grafana's frame meta JSON: only keys that the plugin SDK knows, `custom_json` as `custom`.
void AppendMetaJson(std::string& out, const FrameMeta& meta);

/// Whether the config, or the meta, has anything to say: an empty one is left out of a frame.
[[nodiscard]] bool IsEmpty(const FieldConfig& config);
[[nodiscard]] bool IsEmpty(const FrameMeta& meta);

/// info, warning or error.
[[nodiscard]] std::string_view NoticeSeverityName(NoticeSeverity severity);

}  // namespace bellwether
