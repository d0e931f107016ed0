#pragma once

#include "proto/pluginv2/backend.pb.h"
#include "server/plugin/request/plugin_context.h"

namespace bellwether {

/// The context of a call as the rest of the plugin knows it; every field is carried over.
[[nodiscard]] PluginContext FromProto(const pluginv2::PluginContext& proto);

/// The inverse of FromProto; for clients and tests.
void ToProto(const PluginContext& context, pluginv2::PluginContext& proto);

}  // namespace bellwether
